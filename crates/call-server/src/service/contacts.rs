//! Contacts: asked for by name, accepted by the other, removed by either.
//! Removing a contact also ends a call with them.
//! Never lets a call between former contacts go on.

use super::{Calls, accounts, nodes, presence, publish::publish_over, seat_life::connection};
use crate::{
    error::ApiError,
    model::Frame,
    rates::Doing,
    store::{Asked, ContactChange, MOST_ASKED},
};
use call_protocol::{AddContact, Contact, ContactState, UserId};
use call_rules::{Asker, ContactSide};

const NOBODY: ApiError = ApiError::NotFound("there is nobody with this name");
const NOT_THERE: ApiError = ApiError::NotFound("there is no such contact");

/// The user's list with live presence.
///
/// # Errors
/// When the database fails.
pub async fn list(calls: &Calls, user: &UserId) -> Result<Vec<Contact>, ApiError> {
    let contacts = calls.store.contacts(user).await?;
    let elsewhere = nodes::contacts_elsewhere((calls.other_nodes(), &calls.store), user).await?;
    let blockers = calls.store.blockers_of(user).await?;
    let online = |id: &UserId| {
        let connected = calls.hub.is_online(id) || elsewhere.contains(id);
        ContactSide { connected, blocks: blockers.contains(id) }.looks_online()
    };
    Ok(contacts.into_iter().map(|contact| with_presence(contact, online)).collect())
}

/// Asks somebody to be a contact, or accepts when they asked already; the flag says whether anything changed.
///
/// # Errors
/// When there is nobody of that name, it is the asker's own, or too many have not answered them.
pub async fn add(calls: &Calls, user: &UserId, wanted: AddContact) -> Result<(Contact, bool), ApiError> {
    calls.rates.allow(user, Doing::Naming)?;
    let username = accounts::name_of(&wanted.username).ok_or(NOBODY)?;
    calls.rates.change(user, &username)?;
    let asker = accounts::me(&calls.store, user).await?;
    if username == asker.username {
        return Err(ApiError::Invalid("this is your own name; add someone else".to_owned()));
    }
    let change = calls.store.add_contact(&asker, &username, calls.clock.now()).await?;
    let change = match change {
        Asked::Nobody => return Err(NOBODY),
        Asked::TooMany => {
            let sentence = format!(
                "{MOST_ASKED} people whom you asked have not answered; take some of that back before you ask more"
            );
            return Err(ApiError::Invalid(sentence));
        }
        Asked::Changed(change) => *change,
    };
    let changed = change.changed;
    for asked_before in &change.forgotten {
        tell_removed(calls, &change.mine.user.id, asked_before);
    }
    Ok((tell(calls, user, change).await?, changed))
}

/// Accepts somebody who asked.
///
/// # Errors
/// When they did not ask.
pub async fn accept(calls: &Calls, user: &UserId, other: &UserId) -> Result<Contact, ApiError> {
    calls.rates.change(user, other.as_str())?;
    let change = calls.store.accept_contact(user, other, calls.clock.now()).await?.ok_or(NOT_THERE)?;
    tell(calls, user, change).await
}

/// Takes somebody off the list, or refuses what they asked.
///
/// # Errors
/// When they are not on it.
pub async fn remove(calls: &Calls, asker: &Asker, other: &UserId) -> Result<(), ApiError> {
    let user = &asker.user;
    calls.rates.change(user, other.as_str())?;
    let leave = |record: &_, now| call_rules::leave((record, connection(&calls.live, record)), user, now);
    let ended = calls.store.remove_contact(asker, other, &calls.clock, &leave).await?.ok_or(NOT_THERE)?;
    tracing::info!(user.id = %user, contact.id = %other, "contact removed");
    for changed in ended {
        publish_over(calls, changed, Some(asker));
    }
    calls.tell(std::slice::from_ref(user), &Frame::ContactRemoved { user_id: other.clone() });
    // Whether they are connected does not matter here.
    let they = ContactSide { connected: false, blocks: calls.store.blockers_of(user).await?.contains(other) };
    if they.hears() {
        calls.tell(std::slice::from_ref(other), &Frame::ContactRemoved { user_id: user.clone() });
    }
    Ok(())
}

async fn tell(calls: &Calls, user: &UserId, change: ContactChange) -> Result<Contact, ApiError> {
    let other = change.mine.user.id.clone();
    let (my_blockers, their_blockers) =
        (calls.store.blockers_of(user).await?, calls.store.blockers_of(&other).await?);
    let connected = presence::is_online(calls, user).await?;
    let me = ContactSide { connected, blocks: their_blockers.contains(user) };
    let connected = presence::is_online(calls, &other).await?;
    let they = ContactSide { connected, blocks: my_blockers.contains(&other) };
    let mine = with_presence(change.mine, |_| they.looks_online());
    if change.changed {
        tracing::info!(user.id = %user, contact.id = %other, state = ?mine.state, "contact changed");
        calls.tell(std::slice::from_ref(user), &Frame::Contact { contact: mine.clone() });
        if they.hears() {
            let theirs = with_presence(change.theirs, |_| me.looks_online());
            calls.tell(&[other], &Frame::Contact { contact: theirs });
        }
    }
    Ok(mine)
}

/// Tells two people that a request between them is no more.
fn tell_removed(calls: &Calls, one: &UserId, two: &UserId) {
    for (to, of) in [(one, two), (two, one)] {
        calls.tell(std::slice::from_ref(to), &Frame::ContactRemoved { user_id: of.clone() });
    }
}

fn with_presence(contact: Contact, is_online: impl Fn(&UserId) -> bool) -> Contact {
    let online = contact.state == ContactState::Accepted && is_online(&contact.user.id);
    Contact { online, ..contact }
}
