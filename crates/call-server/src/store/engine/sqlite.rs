//! One SQLite file: one writer, whose transactions begin with `BEGIN IMMEDIATE` and so never wait for each other
//! half-way, and a pool of readers. WAL with `synchronous = NORMAL`: after a power cut the last commits may be missing,
//! and the file is whole.

use crate::store::{
    StoreError,
    engine::{
        database_file,
        disk_space::{Reserve, Room},
        migrator::migrator,
        session::Session,
    },
};
use sqlx::{
    AssertSqlSafe, Connection as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const READERS: u32 = 4;
/// How long a transaction waits for another program that holds the file, and a request for those before it.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// SQLite's own default, in bytes.
const PAGE: u64 = 4096;
/// As many pages as a file of SQLite's can have.
const MOST_PAGES: u64 = 4_294_967_294;
pub(in crate::store) const MIGRATIONS: [(i64, &str, &str); 7] = [
    (1, "messenger", include_str!("../../../migrations/sqlite/0001_messenger.sql")),
    (2, "calls", include_str!("../../../migrations/sqlite/0002_calls.sql")),
    (3, "call runtime", include_str!("../../../migrations/sqlite/0003_call_runtime.sql")),
    (4, "once and blocks", include_str!("../../../migrations/sqlite/0004_once_and_blocks.sql")),
    (5, "addresses", include_str!("../../../migrations/sqlite/0005_addresses.sql")),
    (6, "doors", include_str!("../../../migrations/sqlite/0006_doors.sql")),
    (7, "sessions", include_str!("../../../migrations/sqlite/0007_sessions.sql")),
];

/// The database of a server that runs alone.
#[derive(Debug)]
pub(in crate::store) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Pages that the file may have.
    limit: Option<u64>,
    /// Whether the writer may exceed the limit right now.
    beyond: AtomicBool,
    reserve: Reserve,
}

impl Sqlite {
    /// Opens a file that may have so many bytes at most.
    pub(in crate::store) async fn open(file: &Path, most: Option<u64>) -> Result<Self, StoreError> {
        database_file::prepare(file).await?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(LOCK_WAIT);
        let limit = most.map(|bytes| (bytes / PAGE).max(1));
        let capped = limit
            .into_iter()
            .fold(options.clone(), |options, most| options.pragma("max_page_count", most.to_string()));
        // Deleted content is overwritten.
        let capped = capped.pragma("secure_delete", "ON");
        let writer = lasting_pool(1).connect_with(capped).await?;
        migrator(&MIGRATIONS).run(&writer).await?;
        // The tables go from the log into the file itself: a piece of it, copied without the log, would otherwise be an empty
        // database like any other, and be served as one.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&writer).await?;
        let readers = lasting_pool(READERS).connect_with(options.read_only(true)).await?;
        let reserve = Reserve::beside(file).await;
        Ok(Self { writer, readers, limit, beyond: AtomicBool::new(false), reserve })
    }

    pub(in crate::store) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(in crate::store) async fn write(&self, room: Room) -> Result<Session, StoreError> {
        match room {
            Room::Usual if self.reserve.is_spent() => return Err(StoreError::Full),
            Room::Usual | Room::BeyondTheLimit => {}
            Room::Kept => {
                self.reserve.give().await;
                // A log that is in the database as a whole begins anew, in the room that it has.
                sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&self.writer).await?;
            }
        }
        let mut write = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(limit) = self.limit {
            let beyond = room != Room::Usual;
            if self.beyond.swap(beyond, Ordering::Relaxed) || beyond {
                // A file that is larger than its limit keeps its size, and does not grow.
                let most = if beyond { MOST_PAGES } else { limit };
                let pragma = AssertSqlSafe(format!("PRAGMA max_page_count = {most}"));
                sqlx::query(pragma).execute(&mut *write).await?;
            }
        }
        Ok(Session::Sqlite(write))
    }

    /// Truncates the write-ahead log, which still holds deleted content.
    pub(in crate::store) async fn empty_log(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
        Ok(())
    }

    /// Reserves the room for endings again, once there is enough.
    pub(in crate::store) async fn keep_room(&self) {
        self.reserve.take_back().await;
    }

    pub(in crate::store) async fn read(&self) -> Result<Session, StoreError> {
        Ok(Session::SqliteRead(self.readers.acquire().await?))
    }
}

/// A pool whose connections stay open: they are few, and opening one costs more than it saves. But one that does not know
/// any more whether it is in a transaction is closed: SQLite takes a transaction back by itself when the disk is full,
/// which the driver does not notice, and it would begin no other one on that connection.
fn lasting_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(LOCK_WAIT)
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // Behind what is being taken back right now.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        })
}
