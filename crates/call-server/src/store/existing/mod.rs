//! The server's tables beside those of an application that keeps people, conversations and messages itself.
//! Never changes the application's tables, and writes one thing into them: messages.
//!
//! The server's own tables live in a schema of their own. There, views named like the tables that are not the server's
//! (`users`, `conversation_members`, `contacts`, `messages`) show the application's, so that one set of SQL serves both.
//! `check` compares the configured names with what is there, `views` and `migrations` write the SQL.
//!
//! What the server's role needs: USAGE of the application's schemas, SELECT of the columns that are named, INSERT of
//! those of its messages, REFERENCES of the conversation's id, CREATE and USAGE of the server's own schema, and, where the
//! application has row level security, BYPASSRLS or policies for this role.

mod catalog;
mod check;
mod migrations;
mod names;
mod trial;
mod views;

pub(super) use migrations::beside;

pub use names::{Conversations, ExistingTables, Members, Messages, Name, TableName, Users};

use super::StoreError;
use catalog::Table;
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

/// The lock of the one server at a time that makes the schema and the views; a number of our own.
const LOCK: i64 = 0x6361_6c6c_5f76_6965;

/// An application's tables as they were found, and the names that were configured.
#[derive(Debug)]
pub(super) struct Existing {
    tables: ExistingTables,
    users: Table,
    conversations: Table,
    members: Table,
    messages: Table,
}

/// Looks whether the application's tables are as configured, and makes the server's own schema when it is not there.
///
/// # Errors
/// One sentence for each mismatch; nothing was changed then. When the database fails.
pub(super) async fn prepare(
    options: &PgConnectOptions,
    tables: &ExistingTables,
) -> Result<Existing, StoreError> {
    let mut db = outside(options, tables).await?;
    let existing = check::existing(&mut db, tables).await?;
    let mut write = db.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *write).await?;
    let there = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
    // IF NOT EXISTS would ask for the right to make schemas even when it makes none.
    if !sqlx::query_scalar::<_, bool>(there).bind(tables.schema.as_str()).fetch_one(&mut *write).await? {
        let create = AssertSqlSafe(format!("CREATE SCHEMA {}", views::name(&tables.schema)));
        sqlx::raw_sql(create).execute(&mut *write).await?;
    }
    write.commit().await?;
    db.close().await?;
    Ok(existing)
}

/// A session that finds what the role finds by itself, but nothing in the server's own schema, which has the role's name
/// as like as not: what the application's triggers find must not be ours.
async fn outside(options: &PgConnectOptions, tables: &ExistingTables) -> Result<PgConnection, sqlx::Error> {
    let mut db = PgConnection::connect_with(options).await?;
    let set = "SELECT set_config('search_path', coalesce((SELECT string_agg(quote_ident(name), ', ' ORDER BY place) \
        FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place) WHERE name <> $1), ''), false)";
    sqlx::query(set).bind(tables.schema.as_str()).execute(&mut db).await?;
    Ok(db)
}

/// Makes a session find the server's own tables and views first. What is temporary comes last, so that nothing stands in
/// for a table.
pub(super) async fn enter(db: &mut PgConnection, tables: &ExistingTables) -> Result<(), sqlx::Error> {
    let set = "SELECT set_config('search_path', \
        concat_ws(', ', $1, nullif(current_setting('search_path'), ''), 'pg_temp'), false)";
    sqlx::query(set).bind(views::name(&tables.schema)).execute(db).await?;
    Ok(())
}

/// Sees to it that tables of the default names, where they are there, have the shape that this server gives them.
///
/// # Errors
/// One sentence for each that has another; when the database fails.
pub(super) async fn refuse_strangers(db: &mut PgConnection) -> Result<(), StoreError> {
    let sentences = check::strangers(db).await?;
    if sentences.is_empty() { Ok(()) } else { Err(StoreError::Mismatches(sentences)) }
}

impl Existing {
    /// Makes the views as they are wanted now, unless they are so already, and binds calls to the application's
    /// conversations.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn join(&self, options: &PgConnectOptions) -> Result<(), StoreError> {
        let mut db = outside(options, &self.tables).await?;
        let mut write = db.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *write).await?;
        let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(&mut *write).await?;
        let wanted = views::all(self, &path);
        // Other servers may be using them: what need not be made anew is left in peace.
        if !check::is_made(&mut write, self, &wanted.mark).await? {
            sqlx::raw_sql(AssertSqlSafe(wanted.sql)).execute(&mut *write).await?;
        }
        if !check::is_bound(&mut write, self).await? {
            sqlx::raw_sql(AssertSqlSafe(views::bind_calls(self))).execute(&mut *write).await?;
        }
        write.commit().await?;
        db.close().await?;
        Ok(())
    }
}
