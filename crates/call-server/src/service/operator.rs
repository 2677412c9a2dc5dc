//! What an operator does with accounts: creates and lists them, sets passwords, and signs people out.
//! Never deletes: see `deletion`.

use super::{Accounts, accounts, invitations::accounts_are_ours, sessions};
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
    accounts: &Accounts,
    username: &str,
    display_name: Option<&str>,
    password: String,
) -> Result<User, ApiError> {
    accounts_are_ours(&accounts.config)?;
    let (user, password_hash) = accounts::fresh(accounts, (username, display_name), password, here()).await?;
    let account = NewAccount { user: user.clone(), password_hash, now: accounts.clock.now() };
    match accounts.store.add_account(account, Door::Operator).await? {
        Added::Account => Ok(user),
        Added::NameTaken => Err(ApiError::NameTaken),
        Added::Uninvited(why) => Err(why.into()),
    }
}

/// Every account, by name.
///
/// # Errors
/// Where an application keeps the accounts; when the database fails.
pub async fn list(accounts: &Accounts) -> Result<Vec<Account>, ApiError> {
    accounts_are_ours(&accounts.config)?;
    Ok(accounts.store.accounts(accounts.clock.now()).await?)
}

/// Sets a user's password, which ends all of their sessions.
///
/// # Errors
/// When there is no such account, or the password cannot be taken.
pub async fn reset_password(accounts: &Accounts, who: &str, password: String) -> Result<User, ApiError> {
    let user = named(accounts, who).await?;
    accounts::reset_password(accounts, &user.id, password).await?;
    accounts.store.leave_demo(&user.id).await?;
    Ok(user)
}

/// Ends all of somebody's sessions.
///
/// # Errors
/// When there is no such account.
pub async fn sign_out(accounts: &Accounts, who: &str) -> Result<User, ApiError> {
    let user = named(accounts, who).await?;
    sessions::end_all(accounts, &user.id, None, Farewell::Operator).await?;
    Ok(user)
}

/// The person of this unique name, or of this id.
///
/// # Errors
/// When there is none; where an application keeps the accounts.
pub async fn named(accounts: &Accounts, who: &str) -> Result<User, ApiError> {
    accounts_are_ours(&accounts.config)?;
    if let Some((user, _)) = accounts.store.account(&names::key(who)).await? {
        return Ok(user);
    }
    let by_id = match UserId::parse(who.trim()) {
        Some(id) => accounts.store.user(&id).await?,
        None => None,
    };
    by_id.ok_or(ApiError::NotFound("there is no account of this name or id; `user list` shows them"))
}

/// The operator's requests come from this machine and have priority.
fn here() -> By {
    By { network: Network::of(Ipv4Addr::LOCALHOST.into()), standing: Standing::Known }
}
