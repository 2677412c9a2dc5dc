//! Deletes accounts: by their own people, or by the operator. A live call is ended first, and the other person keeps
//! every call and message.
//! Never deletes anybody of an application that keeps its people itself.

use super::{Accounts, Calls, journal::Event, publish::publish_over, seat_life::connection, sessions};
use crate::{
    auth::{By, Standing},
    error::ApiError,
    model::Frame,
    network::Network,
    rates::Doing,
    store::{Applied, Deletion},
};
use call_protocol::{CallId, DeleteAccount, UserId};
use call_rules::{CallRecord, Moment};

/// Nobody is in more calls than this, one after the other, while their account is being deleted.
const CALLS: usize = 10;

/// Deletes the asker's own account.
///
/// # Errors
/// When the password is not theirs.
pub async fn delete_own(
    accounts: &Accounts,
    network: Network,
    user: &UserId,
    wanted: DeleteAccount,
) -> Result<(), ApiError> {
    // A stolen token is no way to try passwords.
    accounts.rates.allow(user, Doing::Proving)?;
    let person = accounts.store.user(user).await?.ok_or(ApiError::Unauthorized)?;
    let hash = accounts.store.account(&person.username).await?.map(|(_, hash)| hash);
    let by = By { network, standing: Standing::Known };
    if !accounts.passwords.matches(wanted.password, hash, by).await? {
        accounts.journal.note(Event::NotProven, network, Some(&person.username), Some(user)).await;
        return Err(ApiError::WrongPassword);
    }
    delete(accounts, user).await
}

/// Deletes somebody's account.
///
/// # Errors
/// When there is no such account.
pub async fn delete(accounts: &Accounts, user: &UserId) -> Result<(), ApiError> {
    if accounts.config.tables.is_some() {
        return Err(ApiError::NotFound("the application keeps the accounts; delete this one there"));
    }
    let contacts = accounts.store.contacts(user).await?;
    for _ in 0..CALLS {
        match accounts.store.delete_user(user, accounts.clock.now()).await? {
            Deletion::Unknown => return Err(ApiError::NotFound("there is no such account")),
            Deletion::InCall(call) => end(&accounts.calls, user, &call).await?,
            Deletion::Done => {
                tracing::info!(user.id = %user, "account deleted");
                sessions::deleted(accounts, user);
                if let Some(nodes) = accounts.calls.other_nodes() {
                    nodes.person_deleted(user);
                }
                let others: Vec<UserId> = contacts.into_iter().map(|contact| contact.user.id).collect();
                accounts.calls.tell(&others, &Frame::ContactRemoved { user_id: user.clone() });
                return Ok(());
            }
        }
    }
    Err(ApiError::Internal("somebody is in one call after the other".to_owned()))
}

async fn end(calls: &Calls, user: &UserId, call: &CallId) -> Result<(), ApiError> {
    let decide = |record: &CallRecord, now: Moment| {
        call_rules::leave((record, connection(&calls.live, record)), user, now)
    };
    let outcome = calls.store.change_call((call, None), None, &calls.clock, decide).await?;
    if let Some(Ok(Applied::Changed(changed))) = outcome {
        publish_over(calls, changed, None);
    }
    Ok(())
}
