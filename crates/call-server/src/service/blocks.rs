//! Blocking people.
//! Never shows a block to the blocked user: to them the other is offline, and a call between them was declined or hung up.

use super::{Calls, presence, publish::publish_over, seat_life::connection};
use crate::{error::ApiError, model::Frame};
use call_protocol::{User, UserId};
use call_rules::{Asker, ContactSide};

/// The people whom somebody blocks, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(calls: &Calls, user: &UserId) -> Result<Vec<User>, ApiError> {
    Ok(calls.store.blocked_by(user).await?)
}

/// Blocks somebody: their calls, messages and requests go nowhere from now on, and what rings or runs between the two is
/// over.
///
/// # Errors
/// When there is no such person, or it is the asker.
pub async fn block(calls: &Calls, asker: &Asker, other: &UserId) -> Result<(), ApiError> {
    if asker.user == *other {
        return Err(ApiError::Invalid("nobody can block themselves".to_owned()));
    }
    calls.rates.change(&asker.user, other.as_str())?;
    let leave =
        |record: &_, now| call_rules::leave((record, connection(&calls.live, record)), &asker.user, now);
    let blocked = calls.store.block(asker, other, &calls.clock, &leave).await?;
    let blocked = blocked.ok_or(ApiError::NotFound("there is no such person"))?;
    for changed in blocked.ended {
        publish_over(calls, changed, Some(asker));
    }
    if blocked.new {
        tracing::info!(user.id = %asker.user, contact.id = %other, "blocked");
        // They look the same whether they are connected or not.
        show(calls, &asker.user, other, ContactSide { connected: true, blocks: true }).await?;
    }
    Ok(())
}

/// Removes a block. Messages sent meanwhile stay hidden.
///
/// # Errors
/// When there was none.
pub async fn unblock(calls: &Calls, asker: &Asker, other: &UserId) -> Result<(), ApiError> {
    calls.rates.change(&asker.user, other.as_str())?;
    if !calls.store.unblock(asker, other, calls.clock.now()).await? {
        return Err(ApiError::NotFound("you do not block this person"));
    }
    tracing::info!(user.id = %asker.user, contact.id = %other, "unblocked");
    let connected = presence::is_online(calls, &asker.user).await?;
    show(calls, &asker.user, other, ContactSide { connected, blocks: false }).await
}

/// Shows a contact how a person looks to them from now on.
async fn show(calls: &Calls, person: &UserId, to: &UserId, side: ContactSide) -> Result<(), ApiError> {
    if calls.store.acquainted(person, to).await? {
        let frame = Frame::Presence { user_id: person.clone(), online: side.looks_online() };
        calls.tell(std::slice::from_ref(to), &frame);
    }
    Ok(())
}
