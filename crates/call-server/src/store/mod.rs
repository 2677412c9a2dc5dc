//! Everything that outlives the process, and all SQL. Each public method is one transaction.
//! Never decides: where two people could act at once, the caller hands in a decision that runs inside the transaction.

/// The database failed, or holds something that it should not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The folder of the database file could not be made.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// A row holds a word that no version of this server wrote.
    #[error("the database holds an unreadable value in {0}")]
    Unreadable(&'static str),
}
