//! Recovery from a commit without an answer, of which it is unknown whether it took effect: the live calls are compared with
//! the database, and every connected device gets a new snapshot.
//! Never repeats the request: its client was told to try again.

use super::{
    Calls, nodes,
    snapshot::{self, welcome},
};
use crate::{model::Frame, store::StoreError};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How long after it answers again the database may still carry out an earlier request: a little longer than it keeps the
/// transaction of a silent client.
const LATE: Duration = Duration::from_secs(12);

/// Settles what is in doubt for as long as the server runs.
pub async fn run(calls: Arc<Calls>) {
    loop {
        calls.store.in_doubt().await;
        tracing::warn!("it is not known whether something was written: everybody here is told anew");
        for pause in [Duration::ZERO, LATE] {
            sleep(pause).await;
            while let Err(error) = tell_anew(&calls).await {
                error.log("what is in doubt could not be read");
                sleep(calls.config.timings.beat).await;
            }
        }
    }
}

async fn tell_anew(calls: &Calls) -> Result<(), StoreError> {
    if let Some(nodes) = calls.other_nodes() {
        nodes::may_have_missed(nodes);
        return Ok(());
    }
    let live = calls.store.live_versions().await?;
    let changed = calls.live.lock().changed(&live);
    for id in changed {
        nodes::read_call(calls, &id).await?;
    }
    // One after the other: if all clients read everything at once, the load could be the next outage.
    for user in calls.hub.people() {
        let Some(person) = calls.store.user(&user).await? else { continue };
        let book = calls.live.lock();
        calls.hub.send(&user, &Frame::Welcome(welcome(calls, &book, person)));
        snapshot::ask_for_offers(calls, &book, &user);
    }
    Ok(())
}
