//! Databases with people, and with calls of the past, written by SQL into the schema that the server made.
//! Never changes a schema.

use crate::people::{CONVERSATION, PERSON};
use anyhow::{Context, Result};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions,
};
use std::path::PathBuf;
use tokio::runtime;

const CALL: &str = "00000000-0000-7000-a000-";
const PARTICIPANT: &str = "00000000-0000-7000-b000-";
const MESSAGE: &str = "00000000-0000-7000-8100-";
/// The first old call began at this moment, in seconds since 1970; each next one ten seconds later.
const LONG_AGO: u64 = 1_420_070_400;

/// Where a server keeps everything.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// An SQLite file.
    File(PathBuf),
    /// The address of a PostgreSQL database.
    Url(String),
}

impl Database {
    /// How our server is told of it.
    pub(crate) fn arguments(&self) -> [String; 2] {
        match self {
            Self::File(file) => ["--database".to_owned(), file.display().to_string()],
            Self::Url(url) => ["--database-url".to_owned(), url.clone()],
        }
    }

    /// Writes people, each next two of them contacts with a conversation.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) fn add_people(&self, people: u32) -> Result<()> {
        let id = |n: &str| self.id(PERSON, n);
        let pair = self.id(CONVERSATION, "n");
        let (odd, even) = (id("2 * n + 1"), id("2 * n"));
        let now = "'2026-01-01T00:00:00.000Z'";
        let (all, pairs) = (self.series(people), self.series(people / 2));
        self.run(&[
            format!(
                "INSERT INTO users (id, username, display_name, password_hash) \
                 SELECT {}, 'person' || n, 'Person ' || n, '-' FROM {all}",
                id("n")
            ),
            format!("INSERT INTO conversations (id) SELECT {pair} FROM {pairs}"),
            format!(
                "INSERT INTO conversation_members (conversation_id, user_id) \
                 SELECT {pair}, {even} FROM {pairs} UNION ALL SELECT {pair}, {odd} FROM {pairs}"
            ),
            format!(
                "INSERT INTO contacts (requester_id, addressee_id, conversation_id, accepted_at, created_at) \
                 SELECT {even}, {odd}, {pair}, {now}, {now} FROM {pairs}"
            ),
        ])
    }

    /// Writes calls that are over, dealt out to so many pairs, with everything that the server leaves behind.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) fn add_calls(&self, calls: u32, pairs: u32) -> Result<()> {
        let all = self.series(calls);
        let (call, at) = (self.id(CALL, "n"), self.moment("n"));
        let pair = self.id(CONVERSATION, &format!("n % {pairs}"));
        let sides = [0, 1].map(|side| self.id(PERSON, &format!("2 * (n % {pairs}) + {side}")));
        let device = |side: usize| format!("'device-' || (2 * (n % {pairs}) + {side})");
        let per_side = |select: &dyn Fn(usize) -> String| {
            format!("SELECT {} FROM {all} UNION ALL SELECT {} FROM {all}", select(0), select(1))
        };
        let participant = |side: usize| {
            format!(
                "{}, {call}, {}, {at}, {at}, {at}",
                self.id(PARTICIPANT, &format!("2 * n + {side}")),
                sides[side]
            )
        };
        let seat = |side: usize| format!("{call}, {}, {}, {at}, {at}", sides[side], device(side));
        let audit = |what: &str, side: usize| {
            format!("SELECT {call}, {}, {}, '{what}', {at} FROM {all}", sides[side], device(side))
        };
        self.run(&[
            format!(
                "INSERT INTO calls (id, conversation_id, initiator_id, call_type, status, started_at, ended_at, \
                 created_at, updated_at) SELECT {call}, {pair}, {}, 'video', 'ended', {at}, {at}, {at}, {at} FROM {all}",
                sides[0]
            ),
            format!(
                "INSERT INTO call_participants (id, call_id, user_id, joined_at, left_at, created_at) {}",
                per_side(&participant)
            ),
            format!(
                "INSERT INTO call_runtime (call_id, conversation_id, ring_deadline, live, version) \
                 SELECT {call}, {pair}, {at}, 0, 3 FROM {all}"
            ),
            format!(
                "INSERT INTO call_seats (call_id, user_id, device_id, left_at, last_seen) {}",
                per_side(&seat)
            ),
            format!(
                "INSERT INTO messages (id, conversation_id, content, message_type, created_at) \
                 SELECT {}, {pair}, 'Video call, 1 minute', 'system', {at} FROM {all}",
                self.id(MESSAGE, "n")
            ),
            format!(
                "INSERT INTO audit_log (call_id, user_id, device_id, what, at) {} UNION ALL {} UNION ALL {}",
                audit("initiated", 0),
                audit("answered", 1),
                audit("ended", 0)
            ),
        ])?;
        self.run(&self.settled().map(str::to_owned))
    }

    /// Brings the database to rest after much was written at once: a vacuum of all that is new, which PostgreSQL would
    /// start by itself in the middle of the measurement, would be counted as the price of what is stored.
    const fn settled(&self) -> [&str; 2] {
        match self {
            Self::File(_) => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Self::Url(_) => ["VACUUM (ANALYZE)", "CHECKPOINT"],
        }
    }

    /// Runs statements one after the other, on PostgreSQL each in a transaction of its own.
    ///
    /// # Errors
    /// When the database refuses one.
    pub(crate) fn run(&self, statements: &[String]) -> Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::File(file) => {
                    let options = SqliteConnectOptions::new().filename(file).foreign_keys(false);
                    let mut connection = SqliteConnection::connect_with(&options).await?;
                    for statement in statements {
                        run(&mut connection, statement).await?;
                    }
                    connection.close().await?;
                }
                Self::Url(url) => {
                    let mut connection = PgConnection::connect(url).await?;
                    // The rows are right by the way they are made; checking every reference takes most of the time.
                    run(&mut connection, "SET session_replication_role = replica").await?;
                    for statement in statements {
                        run(&mut connection, statement).await?;
                    }
                    connection.close().await?;
                }
            }
            Ok(())
        })
    }

    /// An id out of its beginning and a number.
    fn id(&self, beginning: &str, number: &str) -> String {
        match self {
            Self::File(_) => format!("printf('{beginning}%012x', {number})"),
            Self::Url(_) => format!("('{beginning}' || lpad(to_hex({number}), 12, '0'))::uuid"),
        }
    }

    /// The numbers from 0, as `n`.
    fn series(&self, count: u32) -> String {
        match self {
            Self::File(_) => format!(
                "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {count}) SELECT n FROM s)"
            ),
            Self::Url(_) => format!("(SELECT generate_series(0, {count} - 1) AS n) s"),
        }
    }

    fn moment(&self, number: &str) -> String {
        match self {
            Self::File(_) => {
                format!("strftime('%Y-%m-%dT%H:%M:%fZ', {LONG_AGO} + 10 * {number}, 'unixepoch')")
            }
            Self::Url(_) => format!("to_timestamp({LONG_AGO} + 10 * {number}) AT TIME ZONE 'UTC'"),
        }
    }
}

async fn run<'c, E: Executor<'c>>(connection: E, statement: &str) -> Result<()> {
    let done = connection.execute(AssertSqlSafe(statement.to_owned())).await;
    done.map(drop)
        .with_context(|| format!("the database refused: {}", statement.get(..60).unwrap_or(statement)))
}
