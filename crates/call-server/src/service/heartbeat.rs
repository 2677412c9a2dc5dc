//! Keeps this node alive for the others, and finds those that died, for as long as the server runs.
//! Never decides what became of a call: the database tells.

use super::{Calls, nodes::Nodes, presence};
use crate::store::StoreError;
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};

/// Says that this node lives, takes over from dead nodes, and reads what may have been missed, for as long as the server
/// runs.
pub async fn run(calls: Arc<Calls>) {
    let Some(nodes) = &calls.nodes else { return };
    let mut ticks = interval(calls.config.timings.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        nodes.log_refused(calls.clock.tick());
        if let Err(error) = beat(&calls, nodes).await {
            nodes.mark_unwatched();
            error.log("this node could not say that it lives");
        }
    }
}

async fn beat(calls: &Arc<Calls>, nodes: &Nodes) -> Result<(), StoreError> {
    for user in nodes.beat((&calls.store, &calls.hub), &calls.config.timings.calls).await? {
        presence::settle(calls, &user);
    }
    nodes.look(calls).await
}
