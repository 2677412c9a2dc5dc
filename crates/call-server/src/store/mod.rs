//! Everything that outlives the process, and all SQL. Each public method is one transaction.
//! Never decides: where two people could act at once, the caller hands in a decision that runs inside the transaction.
//!
//! One set of SQL serves both databases: `engine/session.rs` is the only place that knows there are two, `engine/sqlite.rs`
//! and `engine/postgres.rs` open them and bring their schemas up to date. The wings, from the top: `messages`, `people`,
//! `calls`, `tables`, `engine`; beside them `nodes`, `upkeep`, and `existing`, the tables of an application.

mod calls;
mod engine;
mod error;
pub mod existing;
mod messages;
mod nodes;
mod people;
mod quoting;
mod tables;
mod upkeep;

pub use calls::change::Applied;
pub use calls::leases::Proof;
pub use calls::new_call::{Begun, FirstReply, NewCall};
pub use engine::backup::{Content, RestoreError, Restored, back_up, restore};
pub use engine::database_file::files;
pub use engine::file_lock::{Hold, HoldError};
pub use error::{StoreError, Trouble};
pub use messages::Posted;
pub use nodes::registry::{Beat, Node, SeatNote};
pub use nodes::wakeups::{Channel, Listening};
pub use people::accounts::{Account, Added, Door, NewAccount};
pub use people::blocks::Blocked;
pub use people::contacts::{Asked, ContactChange, MOST_ASKED};
pub use people::deletion::Deletion;
pub use people::invitations::{Admit, Invitation, NewInvitation};
pub use people::preferences::Kept;
pub use people::sessions::{NewSession, Renewed};
pub use upkeep::retention::Forgotten;

use engine::disk_space::Room;
use engine::postgres::{Postgres, Start};
use engine::sqlite::Sqlite;
pub use engine::stopwatch::Observer;
use engine::stopwatch::{Timed, Watch};
use existing::ExistingTables;
use std::{panic::Location, path::Path, sync::Arc};
use tables::audit::Refusals;
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

    /// Waits until a commit had no answer, so that it is unknown whether it took effect.
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

    /// A transaction that writes and holds the locks of these names from its begin; see `Session::lock` for their order.
    #[track_caller]
    fn write_holding<const N: usize>(
        &self,
        names: [&str; N],
    ) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        self.write_within(Room::Usual, Start::AtOnce, names)
    }

    /// The same with more room than usual: what ends a call must not fail for want of it. PostgreSQL has what its disk has.
    #[track_caller]
    fn write_within<const N: usize>(
        &self,
        room: Room,
        start: Start,
        names: [&str; N],
    ) -> impl Future<Output = Result<Timed, StoreError>> + Send {
        let watch = self.stopwatch(Location::caller(), "write");
        async move {
            // Boxed: opening a connection is a large future, which every request would otherwise hold.
            let session = match &self.database {
                Database::Sqlite(sqlite) => Box::pin(sqlite.write(room)).await,
                Database::Postgres(postgres) => Box::pin(postgres.write_holding(start, &names)).await,
            };
            Ok(Timed::new(session?, watch, Arc::clone(&self.doubt)))
        }
    }

    /// How many round trips to PostgreSQL there were so far.
    pub fn asked(&self) -> u64 {
        match &self.database {
            Database::Sqlite(_) => 0,
            Database::Postgres(postgres) => postgres.asked(),
        }
    }

    /// The room with which to repeat what failed for want of room, if there is more.
    fn more_room<T>(&self, room: Room, outcome: &Result<T, StoreError>) -> Option<Room> {
        match (&self.database, outcome) {
            (Database::Sqlite(_), Err(error)) if error.trouble() == Trouble::Full => room.more(),
            (Database::Sqlite(_), Ok(_) | Err(_)) | (Database::Postgres(_), _) => None,
        }
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
