//! The store on one SQLite file: one writer, whose transactions begin with `BEGIN IMMEDIATE` and so never wait for
//! each other half-way, and a pool of readers. WAL with `synchronous = NORMAL`: after a power cut the last commits
//! may be missing, and the file is whole.

mod accounts;
mod apply;
mod audit;
mod begin;
mod change;
mod contacts;
mod leases;
mod messages;
mod record;
mod rows;
mod settings;

pub use accounts::NewAccount;
pub use begin::{Begun, NewCall};
pub use change::Applied;
pub use contacts::ContactChange;
pub use leases::Proof;

use super::StoreError;
use sqlx::{
    SqlSafeStr, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{borrow::Cow, path::Path, time::Duration};

const READERS: u32 = 4;
const LOCK_WAIT: Duration = Duration::from_secs(5);
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "messenger", include_str!("../../../migrations/0001_messenger.sql")),
    (2, "calls", include_str!("../../../migrations/0002_calls.sql")),
    (3, "call runtime", include_str!("../../../migrations/0003_call_runtime.sql")),
];

/// A transaction of the one writer.
type Write = Transaction<'static, Sqlite>;

/// The database of a server that runs alone.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, making it and its folder when they are not there, and brings its schema up to date.
    ///
    /// # Errors
    /// When the folder or file cannot be written or is not a database of ours.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(folder).await?;
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(LOCK_WAIT);
        let writer = lasting_pool(1).connect_with(options.clone()).await?;
        migrator().run(&writer).await?;
        let readers = lasting_pool(READERS).connect_with(options.read_only(true)).await?;
        Ok(Self { writer, readers })
    }

    /// Waits for what is being written, then closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self) -> Result<Write, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// A pool whose connections stay open: they are few, and opening one costs more than it saves.
fn lasting_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        let sql = SqlSafeStr::into_sql_str(sql);
        Migration::new(version, Cow::Borrowed(description), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.to_vec())
}
