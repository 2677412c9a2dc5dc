//! Who is online, told to contacts as it changes.
//! Never flickers: somebody who reloads a page stays online.

use super::App;
use crate::model::Frame;
use call_protocol::{ContactState, UserId};
use std::sync::Arc;

/// Whether a person's contacts see them online.
pub fn is_online(app: &App, user: &UserId) -> bool {
    app.hub.is_online(user)
}

/// Tells contacts that a device came, if it was the first.
pub fn device_came(app: &Arc<App>, user: &UserId) {
    if app.hub.settle_presence(user).is_some() {
        let (app, user) = (Arc::clone(app), user.clone());
        tokio::spawn(async move { tell(&app, &user).await });
    }
}

/// Tells contacts that a device went, if it was the last and none comes back in a moment.
pub fn device_went(app: &Arc<App>, user: &UserId) {
    if app.hub.any_connected(user) {
        return;
    }
    let (app, user) = (Arc::clone(app), user.clone());
    tokio::spawn(async move {
        tokio::time::sleep(app.config.timings.presence_grace).await;
        if app.hub.settle_presence(&user).is_some() {
            tell(&app, &user).await;
        }
    });
}

async fn tell(app: &App, user: &UserId) {
    let contacts = match app.store.contacts(user).await {
        Ok(contacts) => contacts,
        Err(error) => {
            tracing::error!(%error, user.id = %user, "presence could not be told");
            return;
        }
    };
    // As it is now: it may have changed again while the list was read.
    let frame = Frame::Presence { user_id: user.clone(), online: is_online(app, user) };
    for contact in contacts.iter().filter(|contact| contact.state == ContactState::Accepted) {
        app.hub.send(&contact.user.id, &frame);
    }
}
