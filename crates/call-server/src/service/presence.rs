//! Who is online, told to contacts as it changes.
//! Never flickers: somebody who reloads a page stays online.

use super::{Calls, nodes};
use crate::{model::Frame, store::StoreError};
use call_protocol::{CallId, ContactState, DeviceId, UserId};
use call_rules::{Asker, ContactSide};
use std::sync::Arc;

/// Whether a person's contacts see them online.
///
/// # Errors
/// When the database fails.
pub async fn is_online(calls: &Calls, user: &UserId) -> Result<bool, StoreError> {
    Ok(calls.hub.is_online(user) || nodes::is_elsewhere((calls.other_nodes(), &calls.store), user).await?)
}

/// Tells contacts that a device came, if it was the first at any node.
pub fn device_came(calls: &Arc<Calls>, user: &UserId, elsewhere: &[DeviceId]) {
    if calls.hub.settle_presence(user).is_some() && elsewhere.is_empty() {
        let (calls, user) = (Arc::clone(calls), user.clone());
        tokio::spawn(async move { tell(&calls, &user).await });
    }
}

/// Tells contacts that a device went, if it was the last and none comes back in a moment.
pub fn device_went(calls: &Arc<Calls>, user: &UserId) {
    if calls.hub.any_connected(user) {
        return;
    }
    let (calls, user) = (Arc::clone(calls), user.clone());
    tokio::spawn(async move {
        tokio::time::sleep(calls.config.timings.presence_grace).await;
        if calls.hub.settle_presence(&user).is_some() {
            tell_if_offline(&calls, &user).await;
        }
    });
}

/// Tells a caller who reconnects while it rings if the callee has gone offline: that frame may have been lost with the socket.
pub fn caller_came(calls: &Arc<Calls>, asker: &Asker) {
    let callees: Vec<UserId> = {
        let book = calls.live.lock();
        let rings = |id: &CallId| {
            let record = &book.get(id).filter(|entry| entry.rings())?.record;
            (record.caller.id == asker.user).then(|| record.callee.id.clone())
        };
        book.ids_of(&asker.user).iter().filter_map(rings).collect()
    };
    for callee in callees {
        let (calls, asker) = (Arc::clone(calls), asker.clone());
        tokio::spawn(async move {
            match is_online(&calls, &callee).await {
                Ok(true) => {}
                Ok(false) => {
                    let gone = Frame::Presence { user_id: callee, online: false };
                    calls.hub.send_to(&asker.user, &asker.device, &gone);
                }
                Err(error) => error.log("a caller could not be told whether anybody is there"),
            }
        });
    }
}

/// Tells contacts of somebody whose node is gone, unless they are back in a moment.
pub fn settle(calls: &Arc<Calls>, user: &UserId) {
    let (calls, user) = (Arc::clone(calls), user.clone());
    tokio::spawn(async move {
        tokio::time::sleep(calls.config.timings.presence_grace).await;
        tell_if_offline(&calls, &user).await;
    });
}

/// Tells nothing while the person has a device at another node, nor when that cannot be known.
async fn tell_if_offline(calls: &Calls, user: &UserId) {
    match is_online(calls, user).await {
        Ok(true) => {}
        Ok(false) => tell(calls, user).await,
        Err(error) => error.log("presence could not be told"),
    }
}

async fn tell(calls: &Calls, user: &UserId) {
    let told = async {
        let (contacts, blocked) = (calls.store.contacts(user).await?, calls.store.blocked_by(user).await?);
        // As it is now: it may have changed again while the list was read.
        let connected = is_online(calls, user).await?;
        let frame = Frame::Presence { user_id: user.clone(), online: connected };
        let sees = |id: &UserId| {
            let blocks = blocked.iter().any(|blocked| blocked.id == *id);
            ContactSide { connected, blocks }.announces()
        };
        let accepted = contacts.into_iter().filter(|contact| contact.state == ContactState::Accepted);
        let people = accepted.map(|contact| contact.user.id).filter(sees);
        calls.tell(&people.collect::<Vec<_>>(), &frame);
        Ok::<_, StoreError>(())
    };
    if let Err(error) = told.await {
        error.log("presence could not be told");
    }
}
