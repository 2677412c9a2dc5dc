//! One SQL text with its values, for either database. Values are named by `$1`, `$2` …, which both understand.
//! Never holds a value inside the text; where one has to be written out, it is as a literal.

use crate::store::{engine::pg_moment::PgMoment, quoting::write_literal};
use crate::{model::Json, timestamp};
use call_rules::Moment;
use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};
use std::{borrow::Cow, fmt::Write, str::FromStr};
use uuid::Uuid;

/// A statement that is ready to run.
#[derive(Debug)]
pub(in crate::store) struct Query<'q> {
    sql: Cow<'static, str>,
    values: Vec<Value<'q>>,
}

#[derive(Clone, Debug)]
enum Value<'q> {
    /// A UUID: text in SQLite.
    Id(Option<&'q str>),
    Text(Option<&'q str>),
    Number(i64),
    /// RFC 3339 text in SQLite, so that it sorts.
    Moment(Option<Moment>),
    /// Text in SQLite.
    Json(Option<Json>),
}

/// A statement that reads, and does more on PostgreSQL: what would be another statement, and its waiting.
#[derive(Debug)]
pub(in crate::store) struct AndMore {
    /// For SQLite.
    pub(in crate::store) plain: String,
    /// For PostgreSQL; the time at which it read is the column `read_at`, a [`PgMoment`].
    pub(in crate::store) more: String,
}

impl AndMore {
    /// Reads, and tells the time.
    pub(in crate::store) fn and_now(plain: String) -> Self {
        let more = format!("SELECT q.*, clock_timestamp() AS read_at FROM ({plain}) q");
        Self { plain, more }
    }

    /// Reads, and takes the lock of each row's `id`, in their order, before it tells the time. The lock's number is the
    /// column `lock_key`: the last half of the id, as [`crate::store::engine::session::lock_key`] has it.
    pub(in crate::store) fn and_lock(plain: String) -> Self {
        let key = "('x' || right(replace(q.id::text, '-', ''), 16))::bit(64)::bigint";
        // The offset keeps the rows together until they are in order.
        let ordered = format!("SELECT q.*, {key} AS lock_key FROM ({plain}) q ORDER BY lock_key OFFSET 0");
        let more = format!(
            "SELECT o.*, pg_advisory_xact_lock(o.lock_key), clock_timestamp() AS read_at FROM ({ordered}) o"
        );
        Self { plain, more }
    }
}

/// Bytes of the text, and values, of statements that leave together; more grow.
const USUAL_TEXT: usize = 1536;
const USUAL_VALUES: usize = 32;

/// How statements that leave together stand in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Joint {
    /// One after the other.
    Sequence,
    /// All but the last one as parts of the last one.
    Parts,
    /// All as parts of one that fails unless the last one changed a row.
    PartsOrNothing,
}

/// Begins a statement; a text that is put together holds constants only.
pub(in crate::store) fn query<'q>(sql: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query { sql: sql.into(), values: Vec::new() }
}

impl<'q> Query<'q> {
    fn with(mut self, value: Value<'q>) -> Self {
        self.values.push(value);
        self
    }

    /// The id of something; an id that no server of ours made is nobody's.
    pub(in crate::store) fn id(self, id: impl Into<Option<&'q str>>) -> Self {
        self.with(Value::Id(id.into()))
    }

    pub(in crate::store) fn text(self, text: impl Into<Option<&'q str>>) -> Self {
        self.with(Value::Text(text.into()))
    }

    pub(in crate::store) fn number(self, number: impl Into<i64>) -> Self {
        self.with(Value::Number(number.into()))
    }

    pub(in crate::store) fn moment(self, moment: impl Into<Option<Moment>>) -> Self {
        self.with(Value::Moment(moment.into()))
    }

    pub(in crate::store) fn json(self, json: Option<Json>) -> Self {
        self.with(Value::Json(json))
    }

    /// Statements that leave together, in one text.
    pub(in crate::store) fn joined(queries: impl IntoIterator<Item = Self>, joint: Joint) -> Self {
        let mut sql = String::with_capacity(USUAL_TEXT);
        let mut values = Vec::with_capacity(USUAL_VALUES);
        let mut queries = queries.into_iter().enumerate().peekable();
        while let Some((n, query)) = queries.next() {
            let is_last = queries.peek().is_none();
            let is_part = match joint {
                Joint::Sequence => false,
                Joint::Parts => !is_last,
                Joint::PartsOrNothing => true,
            };
            sql.push_str(match (joint, is_part, n) {
                (Joint::Sequence, _, 1..) => "; ",
                (_, true, 0) => "WITH ",
                (_, true, _) => ", ",
                (_, false, 0) => "",
                (_, false, _) => " ",
            });
            if is_part {
                write!(sql, "part_{n} AS (").expect("a String takes any text");
            }
            renumber(&mut sql, &query.sql, values.len());
            sql.push_str(if is_part { ")" } else { "" });
            values.extend(query.values);
            if is_last && joint == Joint::PartsOrNothing {
                // Nothing is divided by zero: PostgreSQL takes back what a statement did that fails.
                sql.insert_str(sql.len() - 1, " RETURNING 1");
                write!(sql, " SELECT 1 / count(*) FROM part_{n}").expect("a String takes any text");
            }
        }
        Self { sql: sql.into(), values }
    }

    pub(in crate::store) fn sql(&self) -> &str {
        &self.sql
    }

    /// The types of its values in PostgreSQL, as they are written after the name of a statement that is prepared.
    pub(in crate::store) fn types(&self) -> String {
        let kind = |value: &Value<'_>| match value {
            Value::Id(_) => "uuid",
            Value::Text(_) => "text",
            Value::Number(_) => "int8",
            Value::Moment(_) => "timestamptz",
            Value::Json(_) => "jsonb",
        };
        let kinds: Vec<_> = self.values.iter().map(kind).collect();
        if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) }
    }

    /// Writes its values as PostgreSQL's SQL has them, after the name of a statement that was prepared.
    pub(in crate::store) fn write_values(&self, text: &mut String) {
        for (n, value) in self.values.iter().enumerate() {
            text.push_str(if n == 0 { " (" } else { ", " });
            match value {
                Value::Id(id) => write_literal(text, id.and_then(uuid).map(|id| id.to_string()).as_deref()),
                Value::Text(value) => write_literal(text, *value),
                Value::Number(number) => write!(text, "{number}").expect("a String takes any text"),
                Value::Moment(moment) => {
                    write_literal(text, moment.map(|moment| timestamp::format(moment).0).as_deref());
                }
                Value::Json(json) => write_literal(text, json.as_deref().map(RawValue::get)),
            }
        }
        text.push_str(if self.values.is_empty() { "" } else { ")" });
    }

    pub(in crate::store) fn for_sqlite<'a>(
        self,
    ) -> sqlx::query::Query<'a, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.sql)), |query, value| match value {
            Value::Id(text) | Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
            Value::Moment(moment) => query.bind(moment.map(|moment| timestamp::format(moment).0)),
            Value::Json(json) => query.bind(json.as_deref().map(RawValue::get).map(str::to_owned)),
        })
    }

    pub(in crate::store) fn for_postgres<'a>(
        self,
    ) -> sqlx::query::Query<'a, Postgres, <Postgres as sqlx::Database>::Arguments> {
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.sql)), |query, value| match value {
            Value::Id(id) => query.bind(id.and_then(uuid)),
            // PostgreSQL has no text with a NUL in it; nothing that anybody looks for has one.
            Value::Text(text) => query.bind(text.map(|text| text.replace('\0', "\u{fffd}"))),
            Value::Number(number) => query.bind(number),
            Value::Moment(moment) => query.bind(moment.map(PgMoment)),
            Value::Json(json) => query.bind(json.map(sqlx::types::Json)),
        })
    }
}

/// The UUID that a text is, in the one form in which ids are kept: PostgreSQL would find one row by many spellings, and
/// what is compared afterwards would not be equal.
fn uuid(id: &str) -> Option<Uuid> {
    let kept = id.len() == 36 && !id.bytes().any(|byte| byte.is_ascii_uppercase());
    kept.then(|| Uuid::from_str(id).ok()).flatten()
}

/// Adds the text with its values named from `$1 + before` on.
fn renumber(text: &mut String, sql: &str, before: usize) {
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number = number.parse::<usize>().unwrap_or_default() + before;
        write!(text, "${number}").expect("a String takes any text");
        text.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> [Query<'static>; 3] {
        let two = query("UPDATE a SET b = $2, c = $1 WHERE d = $1").number(1).number(2);
        [two, query("DELETE FROM e"), query("INSERT INTO f VALUES ($1)").number(3)]
    }

    #[test]
    fn statements_that_leave_together_keep_their_own_values() {
        let sequence = Query::joined(three(), Joint::Sequence);
        let text = "UPDATE a SET b = $2, c = $1 WHERE d = $1; DELETE FROM e; INSERT INTO f VALUES ($3)";
        assert_eq!((sequence.sql.as_ref(), sequence.values.len()), (text, 3));
        let parts = Query::joined(three(), Joint::Parts);
        let text = "WITH part_0 AS (UPDATE a SET b = $2, c = $1 WHERE d = $1), part_1 AS (DELETE FROM e) INSERT INTO f VALUES ($3)";
        assert_eq!((parts.sql.as_ref(), parts.values.len()), (text, 3));
    }

    #[test]
    fn statements_that_are_nothing_unless_the_last_one_finds_its_row_fail_without_it() {
        let or_nothing =
            Query::joined([query("DELETE FROM e"), query("DELETE FROM f")], Joint::PartsOrNothing);
        let text = "WITH part_0 AS (DELETE FROM e), part_1 AS (DELETE FROM f RETURNING 1) SELECT 1 / count(*) FROM part_1";
        assert_eq!(or_nothing.sql.as_ref(), text);
    }

    #[test]
    fn a_value_that_is_written_out_ends_where_it_ends() {
        let id = "0b8a4c5e-5d0e-7c6a-9f7e-3f1d2c4b5a69";
        let values = query("SELECT").id(id).id("x'); DROP TABLE users; --").text("a'; DROP TABLE users; --");
        let values = values.text("\\'\0").text(None::<&str>).number(-7).moment(Moment(1_767_225_600_000));
        let mut text = String::new();
        values.write_values(&mut text);
        let written = format!(
            " (E'{id}', NULL, E'a''; DROP TABLE users; --', E'\\\\''\u{fffd}', NULL, -7, E'2026-01-01T00:00:00.000Z')"
        );
        assert_eq!(text, written);
        assert_eq!(values.types(), " (uuid, uuid, text, text, text, int8, timestamptz)");
    }
}
