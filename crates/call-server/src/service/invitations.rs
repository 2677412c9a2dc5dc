//! Invitations to create an account: created, listed and revoked by the operator, checked by whoever has a link.
//! Never stores the token of a link, only its hash.

use crate::{
    config::Config,
    error::ApiError,
    ids, names,
    store::{Invitation, NewInvitation, Store},
};
use call_rules::Moment;
use std::time::Duration;

/// Characters of what an operator writes down.
const NOTE: usize = 200;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What an operator wants of an invitation.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For how many accounts it is.
    pub uses: u32,
    /// For how many days it is good.
    pub days: u32,
    /// What the operator is called on the machine.
    pub made_by: String,
    /// What they write down about it.
    pub note: Option<String>,
}

/// Creates an invitation; the link to hand on, which nobody can read again.
///
/// # Errors
/// Where an application keeps the accounts; when the database fails.
pub async fn make(config: &Config, store: &Store, wanted: Wanted, now: Moment) -> Result<String, ApiError> {
    accounts_are_ours(config)?;
    let token = ids::secret();
    let invitation = NewInvitation {
        id: ids::fresh(now),
        token_hash: ids::digest(&token),
        made_by: names::line(&wanted.made_by, names::LONGEST),
        note: wanted.note.map(|note| names::line(&note, NOTE)).filter(|note| !note.is_empty()),
        uses: wanted.uses,
        now,
        life: DAY * wanted.days,
    };
    store.add_invitation(&invitation).await?;
    // In the fragment, which browsers do not send: it appears in no log of a proxy.
    Ok(format!("{}/#invite={token}", config.public_address().0))
}

/// Every invitation, the newest first.
///
/// # Errors
/// Where an application keeps the accounts; when the database fails.
pub async fn list(config: &Config, store: &Store) -> Result<Vec<Invitation>, ApiError> {
    accounts_are_ours(config)?;
    Ok(store.invitations().await?)
}

/// Revokes an invitation: no account can be created with it any more.
///
/// # Errors
/// When there is none of this id.
pub async fn revoke(config: &Config, store: &Store, id: &str) -> Result<(), ApiError> {
    accounts_are_ours(config)?;
    let gone = store.revoke_invitation(id).await?;
    gone.then_some(())
        .ok_or(ApiError::NotFound("there is no invitation of this id; `invite list` shows them"))
}

/// Whether an account can be created with the token of a link; the invitation is not used up.
///
/// # Errors
/// Why not.
pub async fn look(store: &Store, token: &str, now: Moment) -> Result<(), ApiError> {
    let found = store.invitation(&ids::digest(token)).await?;
    Ok(call_rules::invitation(found, now)?)
}

/// # Errors
/// Where an application keeps the accounts.
pub(super) fn accounts_are_ours(config: &Config) -> Result<(), ApiError> {
    if config.accounts_elsewhere() {
        return Err(ApiError::NotFound(
            "another application keeps the accounts of this server; use its own ways",
        ));
    }
    Ok(())
}
