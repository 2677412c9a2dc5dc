//! Everything that outlives the process, and all SQL. Each public method is one transaction.
//! Never decides: where two people could act at once, the caller hands in a decision that runs inside the transaction.

mod sqlite;

pub use sqlite::{Applied, Begun, ContactChange, NewAccount, NewCall, Proof, SqliteStore as Store};

/// The database failed, or holds something that it should not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("{}", plainly(.0))]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("{0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The folder of the database file could not be made.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// A row holds something that no version of this server wrote.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
}

fn plainly(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
