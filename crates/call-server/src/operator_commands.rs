//! The commands that an operator runs once, without a server: forgetting what is old, accounts, invitations, copies of the
//! database. Never listens on a port. A server may run on the same database meanwhile; see each command.

pub use crate::relay::Finding;

use crate::{
    app::App,
    clock::Clock,
    config::{Config, Database},
    error::ApiError,
    model::Farewell,
    relay,
    server::open_store,
    service::{
        deletion,
        invitations::{self, Wanted},
        operator,
        relay::own_secret,
        retention, sessions, token_secret,
    },
    start_error::StartError,
    store::{self, Account, Content, Forgotten, Invitation, RestoreError, Restored, StoreError},
};
use call_protocol::{User, UserId};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a command failed; each message is one sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The database cannot be opened.
    #[error("{0}")]
    Start(#[from] StartError),
    /// No server has used the database yet.
    #[error(
        "there is no database of a call server at {}: name the server's own with --database or --config, as the server is started \
         with; a new one is made when the server starts for the first time",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// The database failed on the way.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// The database cannot be copied into this file.
    #[error("cannot copy the database {database} to {copy}: {2}", database = .0.display(), copy = .1.display())]
    BackUp(PathBuf, PathBuf, #[source] StoreError),
    /// A copy cannot be put back.
    #[error("{0}: {1}")]
    Copy(PathBuf, #[source] StoreError),
    /// A copy cannot be put back because of the database that is there.
    #[error("the database that is there now, {0}: {1}")]
    Present(PathBuf, #[source] StoreError),
    /// The database is on a server of its own.
    #[error(
        "the database {0} is PostgreSQL's: copy it with pg_dump --format=custom and put it back with pg_restore, while no call server runs"
    )]
    NoFile(Database),
    /// There is nothing to check.
    #[error("there is no relay to check: give the settings of the server, with --relay")]
    NoRelay,
    /// It cannot be done.
    #[error("{0}")]
    Refused(#[from] ApiError),
}

/// Tries every way to the relay of the server that runs with this configuration.
///
/// # Errors
/// When it has none, or the database, which may hold its secret, cannot be opened.
pub async fn check_relay(config: &Config, clock: &Clock) -> Result<Vec<Finding>, CommandError> {
    let ways = config.relay.as_ref().map(|own| own.turn()).ok_or(CommandError::NoRelay)?;
    has_data(config)?;
    let store = open_store(config).await?;
    let secret = own_secret(&token_secret(config, &store).await?);
    store.close().await;
    let mut findings = Vec::new();
    for way in ways {
        findings.push(relay::probe(&way, &secret, clock.wall()).await);
    }
    Ok(findings)
}

/// Forgets calls that were over, and rows of the audit log that were written, more than so many days ago. Messages about
/// calls stay, as all messages do.
///
/// # Errors
/// When the database cannot be opened, or fails.
pub async fn forget(config: Config, clock: Clock, days: u32) -> Result<Forgotten, CommandError> {
    let app = app(config, clock).await?;
    let forgotten = retention::forget(&app.store, app.clock.now(), days).await;
    app.store.close().await;
    Ok(forgotten?)
}

/// Deletes somebody's account, and leaves the others their calls and messages. A live call of theirs is ended in the
/// database; servers that run meanwhile see it within seconds, close their sockets and tell the other person.
///
/// # Errors
/// When there is no such account, an application keeps the accounts, or the database cannot be opened.
pub async fn delete_user(config: Config, clock: Clock, user: &UserId) -> Result<(), CommandError> {
    let app = app(config, clock).await?;
    let deleted = deletion::delete(&app.accounts, user).await;
    app.store.close().await;
    Ok(deleted?)
}

/// Copies the database into a file, while a server serves it or not.
///
/// # Errors
/// When the database is no file or not there, or the copy cannot be written.
pub async fn back_up(config: &Config, copy: &Path) -> Result<Content, CommandError> {
    let database = file(config)?;
    has_data(config)?;
    let made = store::back_up(database, copy).await;
    made.map_err(|error| CommandError::BackUp(database.to_owned(), copy.to_owned(), error))
}

/// Puts a copy back in place of what the database holds, while a server serves it or not. People stay signed in as they are
/// now; where nobody is yet, as they were.
///
/// # Errors
/// When the database is no file, or the copy is damaged, another program's, or a newer version's.
pub async fn restore(config: &Config, clock: &Clock, copy: &Path) -> Result<Restored, CommandError> {
    let database = file(config)?;
    let restored = store::restore(copy, database, clock.now()).await;
    restored.map_err(|error| match error {
        RestoreError::Copy(error) => CommandError::Copy(copy.to_owned(), error),
        RestoreError::Present(error) => CommandError::Present(database.to_owned(), error),
    })
}

fn file(config: &Config) -> Result<&Path, CommandError> {
    match &config.database {
        Database::File(file) => Ok(file),
        Database::Url(_) => Err(CommandError::NoFile(config.database.clone())),
    }
}

/// Signs somebody out everywhere; servers that run meanwhile see it within seconds, and close their sockets.
///
/// # Errors
/// When an application signs people in, or the database cannot be opened.
pub async fn sign_out(config: Config, clock: Clock, user: &UserId) -> Result<(), CommandError> {
    let app = app(config, clock).await?;
    let ended = sessions::end_all(&app.accounts, user, None, Farewell::Operator).await;
    app.store.close().await;
    Ok(ended?)
}

/// Deletes the account of this unique name or id; see [`delete_user`].
///
/// # Errors
/// As there.
pub async fn delete_named(config: Config, clock: Clock, who: &str) -> Result<User, CommandError> {
    let app = app(config, clock).await?;
    let deleted = async {
        let user = operator::named(&app.accounts, who).await?;
        deletion::delete(&app.accounts, &user.id).await.map(|()| user)
    };
    finish(&app, deleted.await).await
}

/// Creates an account; it can be signed in to at once.
///
/// # Errors
/// When a field is out of range, the name is taken, or the database cannot be opened.
pub async fn add_user(
    config: Config,
    clock: Clock,
    (username, display_name): (&str, Option<&str>),
    password: String,
) -> Result<User, CommandError> {
    let app = app(config, clock).await?;
    let made = operator::add(&app.accounts, username, display_name, password).await;
    finish(&app, made).await
}

/// Every account, by name.
///
/// # Errors
/// When an application keeps the accounts, or the database cannot be opened.
pub async fn users(config: Config, clock: Clock) -> Result<Vec<Account>, CommandError> {
    let app = app(config, clock).await?;
    let all = operator::list(&app.accounts).await;
    finish(&app, all).await
}

/// Gives somebody another password; servers that run meanwhile close their sockets within seconds.
///
/// # Errors
/// When there is no such account, the password cannot be taken, or the database cannot be opened.
pub async fn reset_password(
    config: Config,
    clock: Clock,
    who: &str,
    password: String,
) -> Result<User, CommandError> {
    let app = app(config, clock).await?;
    let user = operator::reset_password(&app.accounts, who, password).await;
    finish(&app, user).await
}

/// Ends all of somebody's sessions; servers that run meanwhile close their sockets within seconds.
///
/// # Errors
/// When there is no such account, or the database cannot be opened.
pub async fn sign_out_named(config: Config, clock: Clock, who: &str) -> Result<User, CommandError> {
    let app = app(config, clock).await?;
    let user = operator::sign_out(&app.accounts, who).await;
    finish(&app, user).await
}

/// Makes an invitation; its link.
///
/// # Errors
/// When an application keeps the accounts, or the database cannot be opened.
pub async fn invite(config: Config, clock: Clock, wanted: Wanted) -> Result<String, CommandError> {
    let app = app(config, clock).await?;
    let link = invitations::make(&app.config, &app.store, wanted, app.clock.now()).await;
    finish(&app, link).await
}

/// Every invitation, the newest first.
///
/// # Errors
/// When an application keeps the accounts, or the database cannot be opened.
pub async fn invitations(config: Config, clock: Clock) -> Result<Vec<Invitation>, CommandError> {
    let app = app(config, clock).await?;
    let all = invitations::list(&app.config, &app.store).await;
    finish(&app, all).await
}

/// Takes an invitation back.
///
/// # Errors
/// When there is none of this id, or the database cannot be opened.
pub async fn revoke_invitation(config: Config, clock: Clock, id: &str) -> Result<(), CommandError> {
    let app = app(config, clock).await?;
    let gone = invitations::revoke(&app.config, &app.store, id).await;
    finish(&app, gone).await
}

async fn finish<T>(app: &App, outcome: Result<T, ApiError>) -> Result<T, CommandError> {
    app.store.close().await;
    Ok(outcome?)
}

async fn app(config: Config, clock: Clock) -> Result<App, CommandError> {
    has_data(&config)?;
    let store = open_store(&config).await?;
    Ok(App::new(config, clock, store, None).await?)
}

/// Refuses a database that only a server's start makes: what is written into a new one, in the wrong place, is never seen.
fn has_data(config: &Config) -> Result<(), CommandError> {
    let Database::File(file) = &config.database else { return Ok(()) };
    match file.metadata() {
        Ok(found) if found.len() == 0 => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        // What cannot be looked at is said when it cannot be opened.
        Ok(_) | Err(_) => return Ok(()),
    }
    Err(CommandError::NoDatabase(std::path::absolute(file).unwrap_or_else(|_| file.clone())))
}
