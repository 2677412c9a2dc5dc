//! Recovery from a commit without an answer, of which it is unknown whether it took effect: the live calls are compared with
//! the database, and every connected device gets a new snapshot.
//! Never repeats the request: its client was told to try again.

use super::{
    App, nodes,
    snapshot::{self, welcome},
};
use crate::{model::Frame, store::StoreError};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How long after it answers again the database may still carry out an earlier request: a little longer than it keeps the
/// transaction of a silent client.
const LATE: Duration = Duration::from_secs(12);

/// Settles what is in doubt for as long as the server runs.
pub async fn run(app: Arc<App>) {
    loop {
        app.store.in_doubt().await;
        tracing::warn!("it is not known whether something was written: everybody here is told anew");
        for pause in [Duration::ZERO, LATE] {
            sleep(pause).await;
            while let Err(error) = tell_anew(&app).await {
                error.log("what is in doubt could not be read");
                sleep(app.config.timings.beat).await;
            }
        }
    }
}

async fn tell_anew(app: &App) -> Result<(), StoreError> {
    if let Some(nodes) = app.company() {
        nodes::may_have_missed(nodes);
        return Ok(());
    }
    let live = app.store.live_versions().await?;
    let changed = app.live.lock().changed(&live);
    for id in changed {
        nodes::read_call(app, &id).await?;
    }
    // One after the other: if all clients read everything at once, the load could be the next outage.
    for user in app.hub.people() {
        let Some(person) = app.store.user(&user).await? else { continue };
        let book = app.live.lock();
        app.hub.send(&user, &Frame::Welcome(welcome(app, &book, person)));
        snapshot::ask_for_offers(app, &book, &user);
    }
    Ok(())
}
