//! Deletes accounts: by their own people, or by the operator. A live call is ended first, and the other person keeps
//! every call and message.
//! Never deletes anybody of an application that keeps its people itself.

use super::{
    App,
    journal::{self, Event},
    publish::publish_over,
    seat_life::connection,
    sessions,
};
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
    app: &App,
    network: Network,
    user: &UserId,
    wanted: DeleteAccount,
) -> Result<(), ApiError> {
    // A stolen token is no way to try passwords.
    app.rates.allow(user, Doing::Proving)?;
    let person = app.store.user(user).await?.ok_or(ApiError::Unauthorized)?;
    let hash = app.store.account(&person.username).await?.map(|(_, hash)| hash);
    let by = By { network, standing: Standing::Known };
    if !app.passwords.matches(wanted.password, hash, by).await? {
        journal::note(app, Event::NotProven, network, Some(&person.username), Some(user)).await;
        return Err(ApiError::WrongPassword);
    }
    delete(app, user).await
}

/// Deletes somebody's account.
///
/// # Errors
/// When there is no such account.
pub async fn delete(app: &App, user: &UserId) -> Result<(), ApiError> {
    if app.config.tables.is_some() {
        return Err(ApiError::NotFound("the application keeps the accounts; delete this one there"));
    }
    let contacts = app.store.contacts(user).await?;
    for _ in 0..CALLS {
        match app.store.delete_user(user, app.clock.now()).await? {
            Deletion::Unknown => return Err(ApiError::NotFound("there is no such account")),
            Deletion::InCall(call) => end(app, user, &call).await?,
            Deletion::Done => {
                tracing::info!(user.id = %user, "account deleted");
                sessions::deleted(app, user);
                if let Some(nodes) = app.company() {
                    nodes.person_deleted(user);
                }
                let others: Vec<UserId> = contacts.into_iter().map(|contact| contact.user.id).collect();
                app.tell(&others, &Frame::ContactRemoved { user_id: user.clone() });
                return Ok(());
            }
        }
    }
    Err(ApiError::Internal("somebody is in one call after the other".to_owned()))
}

async fn end(app: &App, user: &UserId, call: &CallId) -> Result<(), ApiError> {
    let decide = |record: &CallRecord, now: Moment| {
        call_rules::leave((record, connection(&app.live, record)), user, now)
    };
    let outcome = app.store.change_call((call, None), None, &app.clock, decide).await?;
    if let Some(Ok(Applied::Changed(changed))) = outcome {
        publish_over(app, changed, None);
    }
    Ok(())
}
