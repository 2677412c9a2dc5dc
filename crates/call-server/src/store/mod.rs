//! Everything that outlives the process, and all SQL. Each public method is one transaction.
//! Never decides: where two people could act at once, the caller hands in a decision that runs inside the transaction.
//!
//! One set of SQL serves both databases: `session` is the only place that knows there are two, `sqlite` and `postgres`
//! open them and bring their schemas up to date.

mod accounts;
mod after;
mod apply;
mod audit;
mod backup;
mod begin;
mod blocks;
mod change;
mod contacts;
mod deletion;
mod existing;
mod file;
mod health;
mod hold;
mod invitations;
mod leases;
mod messages;
mod nodes;
mod notify;
mod once;
mod part;
mod pg_moment;
mod pool;
mod postgres;
mod privacy;
mod query;
mod record;
mod retention;
mod roll;
mod room;
mod row;
mod rows;
mod session;
mod sessions;
mod settings;
mod sqlite;
mod time;
mod timed;
mod trouble;

pub use accounts::{Account, Added, Door, NewAccount};
pub use backup::{Content, Restored, back_up, restore};
pub use begin::{Begun, FirstReply, NewCall};
pub use blocks::Blocked;
pub use change::Applied;
pub use contacts::{Asked, ContactChange, MOST_ASKED};
pub use deletion::Deletion;
pub use hold::{Hold, HoldError};
pub use invitations::{Invitation, NewInvitation};
pub use leases::Proof;
pub use messages::Posted;
pub use nodes::{Beat, Node, SeatNote};
pub use notify::{Channel, Listening};
pub use privacy::Kept;
pub use retention::Forgotten;
pub use sessions::{NewSession, Renewed};
pub use trouble::Trouble;

use crate::config::ExistingTables;
use audit::Refusals;
use postgres::Postgres;
use room::Room;
use sqlite::Sqlite;
use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use std::{borrow::Cow, panic::Location, path::Path, sync::Arc};
use timed::{Timed, Watch};
use tokio::sync::Notify;

/// The database of a server.
#[derive(Debug)]
pub struct Store {
    database: Database,
    watch: Option<Watch>,
    doubt: Arc<Notify>,
    /// Refusals that were written down lately, by who was refused and why.
    refusals: Refusals,
}

#[derive(Debug)]
enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens an SQLite file, making it and its folder when they are not there, and brings its schema up to date. It never
    /// grows beyond `most` bytes.
    ///
    /// # Errors
    /// When the folder or file cannot be written or is not a database of ours.
    pub async fn open(file: &Path, most: Option<u64>) -> Result<Self, StoreError> {
        Ok(Self::over(Database::Sqlite(Sqlite::open(file, most).await?)))
    }

    /// Connects to PostgreSQL, with at most so many connections, and brings its schema up to date.
    ///
    /// # Errors
    /// When the address cannot be read, the database cannot be reached, or refuses the schema.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StoreError> {
        Ok(Self::over(Database::Postgres(Postgres::connect(url, connections, None).await?)))
    }

    /// Connects to the PostgreSQL database of an application that keeps people, conversations and messages itself, with at
    /// most so many connections, and brings the schema of the server's own tables beside them up to date.
    ///
    /// # Errors
    /// As [`Store::connect`], and every mismatch between these names and what is there.
    pub async fn connect_beside(
        url: &str,
        connections: u32,
        tables: &ExistingTables,
    ) -> Result<Self, StoreError> {
        Ok(Self::over(Database::Postgres(Postgres::connect(url, connections, Some(tables)).await?)))
    }

    fn over(database: Database) -> Self {
        Self { database, watch: None, doubt: Arc::default(), refusals: Refusals::default() }
    }

    /// Waits until nobody knows whether something was written: no answer came to a commit.
    pub async fn in_doubt(&self) {
        self.doubt.notified().await;
    }

    /// Waits for what is being written, then closes the database.
    pub async fn close(&self) {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.close().await,
            Database::Postgres(postgres) => postgres.close().await,
        }
    }

    /// A transaction that writes.
    #[track_caller]
    fn write(&self) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        self.write_holding([])
    }

    /// A transaction that writes and holds the locks of these names from its begin; see [`Session::lock`] for their order.
    #[track_caller]
    fn write_holding<const N: usize>(
        &self,
        names: [&str; N],
    ) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        self.write_within(Room::Usual, names)
    }

    /// The same with more room than usual: what ends a call must not fail for want of it. PostgreSQL has what its disk has.
    #[track_caller]
    fn write_within<const N: usize>(
        &self,
        room: Room,
        names: [&str; N],
    ) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        let watch = self.stopwatch(Location::caller(), "write");
        async move {
            // Boxed: they have room for opening a connection, which every request would carry along.
            let session = match &self.database {
                Database::Sqlite(sqlite) => Box::pin(sqlite.write(room)).await,
                Database::Postgres(postgres) => Box::pin(postgres.write_holding(&names)).await,
            };
            Ok(Timed::new(session?, watch, Arc::clone(&self.doubt)))
        }
    }

    /// Whether what ends a call, and failed, is to be tried once more: with more room, as long as there is some and the want
    /// of it is why it failed.
    fn again_with_more<T>(&self, room: &mut Room, outcome: &Result<T, StoreError>) -> bool {
        let more = match (&self.database, outcome) {
            (Database::Sqlite(_), Err(error)) if error.trouble() == Trouble::Full => room.more(),
            (Database::Sqlite(_), Ok(_) | Err(_)) => None,
            (Database::Postgres(_), _) => None,
        };
        *room = more.unwrap_or(*room);
        more.is_some()
    }

    /// Keeps room for the ends of calls, and takes it back once there is enough.
    pub async fn keep_room(&self) {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.keep_room().await,
            Database::Postgres(_) => {}
        }
    }

    /// A connection for one statement that reads.
    #[track_caller]
    fn read(&self) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        let watch = self.stopwatch(Location::caller(), "read");
        async move {
            let session = match &self.database {
                Database::Sqlite(sqlite) => Box::pin(sqlite.read()).await,
                Database::Postgres(postgres) => Box::pin(postgres.read()).await,
            };
            Ok(Timed::new(session?, watch, Arc::clone(&self.doubt)))
        }
    }
}

/// The numbered steps from nothing to the present schema.
fn migrator<S: Clone + Into<Cow<'static, str>>>(migrations: &[(i64, &'static str, S)]) -> Migrator {
    let migrations = migrations.iter().map(|(version, description, sql)| {
        let sql = AssertSqlSafe(sql.clone().into()).into_sql_str();
        Migration::new(*version, Cow::Borrowed(description), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// The database failed, or holds something that it should not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("{}", plainly(.0))]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("{}", schema(.0))]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The folder of the database file could not be made.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The file is another program's or damaged; what tells so.
    #[error("{0}")]
    Unusable(String),
    /// A row holds something that no version of this server wrote.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// It does not answer, which says nothing about what became of the question.
    #[error("the database does not answer")]
    Silent,
    /// Everything that it may be asked on is in use.
    #[error("all {0} connections to the database are in use, and none became free in time")]
    Crowded(u32),
    /// What room is left is kept for the ends of calls.
    #[error("the disk is full")]
    Full,
    /// Tables are not as they were configured, or not ours: one sentence for each mismatch.
    #[error("the tables in the database do not fit:\n- {}", .0.join("\n- "))]
    Mismatches(Vec<String>),
}

fn schema(error: &sqlx::migrate::MigrateError) -> String {
    if let sqlx::migrate::MigrateError::VersionMissing(step) = error {
        return format!(
            "it was made by a newer version of this program, which knows step {step} of its schema"
        );
    }
    error.to_string()
}

fn plainly(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
