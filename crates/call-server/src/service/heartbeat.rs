//! Keeps this node alive for the others, and finds those that died, for as long as the server runs.
//! Never decides what became of a call: the database tells.

use super::{App, nodes::Nodes, presence};
use crate::store::StoreError;
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};

/// Says that this node lives, takes over from dead nodes, and reads what may have been missed, for as long as the server
/// runs.
pub async fn run(app: Arc<App>) {
    let Some(nodes) = &app.nodes else { return };
    let mut ticks = interval(app.config.timings.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        nodes.log_refused(app.clock.tick());
        if let Err(error) = beat(&app, nodes).await {
            nodes.is_blind();
            error.log("this node could not say that it lives");
        }
    }
}

async fn beat(app: &Arc<App>, nodes: &Nodes) -> Result<(), StoreError> {
    for user in nodes.beat((&app.store, &app.hub), &app.config.timings.calls).await? {
        presence::settle(app, &user);
    }
    nodes.look(app).await
}
