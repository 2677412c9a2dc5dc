//! What an operator orders once, without a server: forgetting what is old, deleting somebody.
//! Never listens on a port. A server may run on the same database meanwhile; see each chore.

use crate::{
    clock::Clock,
    config::Config,
    error::ApiError,
    server::{StartError, open_store},
    service::{App, deletion, retention},
    store::{Forgotten, StoreError},
};
use call_protocol::UserId;

/// Why a chore was not done; each message is one sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// The database cannot be opened.
    #[error("{0}")]
    Start(#[from] StartError),
    /// The database failed on the way.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// It cannot be done.
    #[error("{0}")]
    Refused(#[from] ApiError),
}

/// Forgets calls that were over, and rows of the audit log that were written, more than so many days ago. Messages about
/// calls stay, as all messages do.
///
/// # Errors
/// When the database cannot be opened, or fails.
pub async fn forget(config: Config, clock: Clock, days: u32) -> Result<Forgotten, ChoreError> {
    let app = app(config, clock).await?;
    let forgotten = retention::forget(&app, days).await;
    app.store.close().await;
    Ok(forgotten?)
}

/// Deletes somebody's account, and leaves the others their calls and messages. A live call of theirs is ended in the
/// database; servers that run meanwhile see it within seconds, close their sockets and tell the other person.
///
/// # Errors
/// When there is no such account, an application keeps the accounts, or the database cannot be opened.
pub async fn delete_user(config: Config, clock: Clock, user: &UserId) -> Result<(), ChoreError> {
    let app = app(config, clock).await?;
    let deleted = deletion::delete(&app, user).await;
    app.store.close().await;
    Ok(deleted?)
}

async fn app(config: Config, clock: Clock) -> Result<App, ChoreError> {
    let store = open_store(&config).await?;
    Ok(App::new(config, clock, store, None).await?)
}
