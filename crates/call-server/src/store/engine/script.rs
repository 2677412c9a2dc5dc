//! Several statements in one message to PostgreSQL, which costs the waiting of one: its simple query protocol takes them as
//! one text, and each of them sees what was committed before it began. What is executed was prepared on that connection
//! once, so that it is planned as rarely as what the driver prepares.
//! Never writes into that text what could be read as anything but a value; and what is in it may come into the log of a
//! database, so no secret is.

use crate::store::engine::query::Query;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Either, PgConnection, postgres::PgRow};
use std::{collections::HashMap, fmt::Write};

/// Bytes of a usual text; a longer one grows.
const USUAL_TEXT: usize = 2048;
/// How many statements a connection may have prepared before it is replaced; far more than there are.
const MOST: usize = 256;

/// The numbers of the statements that a connection has prepared, by their text.
#[derive(Debug, Default)]
pub(in crate::store) struct Prepared(HashMap<String, usize>);

/// Statements that leave in one message.
#[derive(Debug)]
pub(in crate::store) struct Script {
    text: String,
    statements: usize,
    /// What is prepared in it for the first time.
    fresh: Vec<String>,
}

/// The rows that each statement of a script gave, by its number.
#[derive(Debug)]
pub(in crate::store) struct Rows(Vec<Vec<PgRow>>);

impl Script {
    pub(in crate::store) fn new() -> Self {
        Self { text: String::with_capacity(USUAL_TEXT), statements: 0, fresh: Vec::new() }
    }

    /// Adds a statement without values, which is not prepared.
    pub(in crate::store) fn order(&mut self, sql: &str) {
        if self.statements > 0 {
            self.text.push_str("; ");
        }
        self.text.push_str(sql);
        self.statements += 1;
    }

    /// Adds a statement with its values; its number, by which its rows are found.
    pub(in crate::store) fn execute(&mut self, query: &Query<'_>, prepared: &Prepared) -> usize {
        let sql = query.sql();
        let known = prepared.0.get(sql).copied();
        let here = || self.fresh.iter().position(|text| text == sql).map(|at| prepared.0.len() + at);
        let name = known.or_else(here).unwrap_or_else(|| {
            let name = prepared.0.len() + self.fresh.len();
            let types = query.types();
            self.order(&format!("PREPARE calls_{name}{types} AS {sql}"));
            self.fresh.push(sql.to_owned());
            name
        });
        self.order("EXECUTE ");
        write!(self.text, "calls_{name}").expect("a String takes any text");
        query.write_values(&mut self.text);
        self.statements - 1
    }

    /// Whether something is prepared in it for the first time.
    pub(in crate::store) fn prepares(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Sends it.
    ///
    /// # Errors
    /// When the database refuses a statement: then those after it are not looked at.
    pub(in crate::store) async fn send(&mut self, db: &mut PgConnection) -> Result<Rows, sqlx::Error> {
        // Constants of the program, and values in the form that `Query::write_values` gives them.
        let raw = sqlx::raw_sql(AssertSqlSafe(std::mem::take(&mut self.text)));
        let mut rows = Vec::with_capacity(self.statements);
        rows.push(Vec::new());
        let mut outcomes = raw.fetch_many(db);
        while let Some(outcome) = outcomes.try_next().await? {
            match outcome {
                Either::Left(_) => rows.push(Vec::new()),
                Either::Right(row) => rows.last_mut().expect("it begins with one").push(row),
            }
        }
        Ok(Rows(rows))
    }
}

impl Rows {
    /// Those of one statement.
    pub(in crate::store) fn of(&mut self, statement: usize) -> Vec<PgRow> {
        self.0.get_mut(statement).map(std::mem::take).unwrap_or_default()
    }
}

impl Prepared {
    /// Takes in that a script was carried out.
    pub(in crate::store) fn learn(&mut self, script: Script) {
        for sql in script.fresh {
            let name = self.0.len();
            self.0.insert(sql, name);
        }
    }

    /// Whether a connection has prepared more than it should hold.
    pub(in crate::store) fn is_full(&self) -> bool {
        self.0.len() > MOST
    }
}
