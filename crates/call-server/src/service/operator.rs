//! What an operator does with accounts: creates and lists them, sets passwords, and signs people out.
//! Never deletes: see `deletion`.

use super::{App, accounts, invitations::accounts_are_ours, sessions};
use crate::{
    auth::{By, Standing},
    error::ApiError,
    model::Farewell,
    names,
    network::Network,
    store::{Account, Added, Door, NewAccount},
};
use call_protocol::{User, UserId};
use std::net::Ipv4Addr;

/// Creates an account.
///
/// # Errors
/// When a field is out of range or the name is taken; where an application keeps the accounts.
pub async fn add(
    app: &App,
    username: &str,
    display_name: Option<&str>,
    password: String,
) -> Result<User, ApiError> {
    accounts_are_ours(&app.config)?;
    let (user, password_hash) = accounts::fresh(app, (username, display_name), password, here()).await?;
    let account = NewAccount { user: user.clone(), password_hash, now: app.clock.now() };
    match app.store.add_account(account, Door::Operator).await? {
        Added::Account => Ok(user),
        Added::NameTaken => Err(ApiError::NameTaken),
        Added::Uninvited(why) => Err(why.into()),
    }
}

/// Every account, by name.
///
/// # Errors
/// Where an application keeps the accounts; when the database fails.
pub async fn list(app: &App) -> Result<Vec<Account>, ApiError> {
    accounts_are_ours(&app.config)?;
    Ok(app.store.accounts(app.clock.now()).await?)
}

/// Sets a user's password, which ends all of their sessions.
///
/// # Errors
/// When there is no such account, or the password cannot be taken.
pub async fn reset_password(app: &App, who: &str, password: String) -> Result<User, ApiError> {
    let user = named(app, who).await?;
    accounts::reset_password(app, &user.id, password).await?;
    app.store.leave_demo(&user.id).await?;
    Ok(user)
}

/// Ends all of somebody's sessions.
///
/// # Errors
/// When there is no such account.
pub async fn sign_out(app: &App, who: &str) -> Result<User, ApiError> {
    let user = named(app, who).await?;
    sessions::end_all(app, &user.id, None, Farewell::Operator).await?;
    Ok(user)
}

/// The person of this unique name, or of this id.
///
/// # Errors
/// When there is none; where an application keeps the accounts.
pub async fn named(app: &App, who: &str) -> Result<User, ApiError> {
    accounts_are_ours(&app.config)?;
    if let Some((user, _)) = app.store.account(&names::key(who)).await? {
        return Ok(user);
    }
    let by_id = match UserId::parse(who.trim()) {
        Some(id) => app.store.user(&id).await?,
        None => None,
    };
    by_id.ok_or(ApiError::NotFound("there is no account of this name or id; `user list` shows them"))
}

/// The operator's requests come from this machine and have priority.
fn here() -> By {
    By { network: Network::of(Ipv4Addr::LOCALHOST.into()), standing: Standing::Known }
}
