//! Blocking people.
//! Never shows a block to the blocked user: to them the other is offline, and a call between them was declined or hung up.

use super::{App, presence, publish::publish_over, seat_life::connection};
use crate::{error::ApiError, model::Frame};
use call_protocol::{User, UserId};
use call_rules::Asker;

/// The people whom somebody blocks, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, user: &UserId) -> Result<Vec<User>, ApiError> {
    Ok(app.store.blocked_by(user).await?)
}

/// Blocks somebody: their calls, messages and requests go nowhere from now on, and what rings or runs between the two is
/// over.
///
/// # Errors
/// When there is no such person, or it is the asker.
pub async fn block(app: &App, asker: &Asker, other: &UserId) -> Result<(), ApiError> {
    if asker.user == *other {
        return Err(ApiError::Invalid("nobody can block themselves".to_owned()));
    }
    app.rates.change(&asker.user, other.as_str())?;
    let leave =
        |record: &_, now| call_rules::leave((record, connection(&app.live, record)), &asker.user, now);
    let blocked = app.store.block(asker, other, &app.clock, &leave).await?;
    let blocked = blocked.ok_or(ApiError::NotFound("there is no such person"))?;
    for changed in blocked.ended {
        publish_over(app, changed, Some(asker));
    }
    if blocked.new {
        tracing::info!(user.id = %asker.user, contact.id = %other, "blocked");
        show(app, &asker.user, other, false).await?;
    }
    Ok(())
}

/// Removes a block. Messages sent meanwhile stay hidden.
///
/// # Errors
/// When there was none.
pub async fn unblock(app: &App, asker: &Asker, other: &UserId) -> Result<(), ApiError> {
    app.rates.change(&asker.user, other.as_str())?;
    if !app.store.unblock(asker, other, app.clock.now()).await? {
        return Err(ApiError::NotFound("you do not block this person"));
    }
    tracing::info!(user.id = %asker.user, contact.id = %other, "unblocked");
    show(app, &asker.user, other, presence::is_online(app, &asker.user).await?).await
}

/// Shows a person to a contact of theirs, as online or not.
async fn show(app: &App, person: &UserId, to: &UserId, online: bool) -> Result<(), ApiError> {
    if app.store.acquainted(person, to).await? {
        app.tell(std::slice::from_ref(to), &Frame::Presence { user_id: person.clone(), online });
    }
    Ok(())
}
