//! Whether there are other nodes. A node that is alone costs no more than a server without nodes: it does not write down who
//! is connected to it, and publishes nothing. The registry in the database, and notices, show when that changes.

use super::Nodes;
use crate::{
    clock::Tick,
    hub::Hub,
    service::Calls,
    store::{Beat, Store, StoreError},
};
use call_protocol::close_code;
use call_rules::Timings;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What is known of other nodes.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Whether this node writes and publishes as one of several.
    joined: AtomicBool,
    /// Whether another node lives right now.
    others: AtomicBool,
    /// Since when none does.
    alone: Mutex<Option<Tick>>,
}

impl Calls {
    /// The other nodes, as long as there are any; nothing for a server that is alone.
    pub(in crate::service) fn other_nodes(&self) -> Option<&Nodes> {
        self.nodes.as_ref().filter(|nodes| nodes.has_others())
    }
}

impl Nodes {
    /// Whether there may be others.
    pub(super) fn has_others(&self) -> bool {
        self.others.joined.load(Ordering::Relaxed)
    }

    /// Whether a notice would reach anybody.
    pub(super) fn is_heard(&self) -> bool {
        self.bus.is_configured() || self.others.others.load(Ordering::Relaxed)
    }

    /// A node that begins among others, or expects them.
    pub(super) fn begin_among_others(&self) {
        self.others.joined.store(true, Ordering::Relaxed);
    }

    fn note(&self, others: bool, now: Tick) -> Duration {
        self.others.others.store(others, Ordering::Relaxed);
        let mut alone = self.others.alone.lock().unwrap_or_else(PoisonError::into_inner);
        *alone = if others { None } else { alone.or(Some(now)) };
        alone.map_or(Duration::ZERO, |since| now.0.saturating_sub(since.0))
    }
}

/// Another node lives: from now on this one publishes notices, and writes down who is connected to it.
///
/// # Errors
/// When the database fails; it is tried again.
pub(super) async fn meet(nodes: &Nodes, (store, hub): (&Store, &Hub)) -> Result<(), StoreError> {
    nodes.note(true, nodes.clock.tick());
    if nodes.others.joined.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    nodes.mark_unwatched();
    let met = write_down(nodes, (store, hub)).await;
    if met.is_err() {
        nodes.others.joined.store(false, Ordering::Relaxed);
    }
    met
}

async fn write_down(nodes: &Nodes, (store, hub): (&Store, &Hub)) -> Result<(), StoreError> {
    tracing::info!(node.id = %nodes.node.id, "another node serves the same database: they work together");
    let visits = nodes.visits();
    for visit in store.join(&nodes.node, &visits).await? {
        hub.close_device(&visit.user, &visit.device, close_code::REPLACED);
    }
    let still = nodes.visits();
    for gone in visits.iter().filter(|visit| !still.contains(visit)) {
        store.device_went(&nodes.node, gone).await?;
    }
    nodes.say_here();
    nodes.mark_everybody_behind();
    Ok(())
}

/// Takes note of what the database says about other nodes.
///
/// # Errors
/// When the database fails.
pub(super) async fn note(
    nodes: &Nodes,
    (store, hub): (&Store, &Hub),
    timings: &Timings,
    Beat { others, .. }: Beat,
) -> Result<(), StoreError> {
    if others {
        return meet(nodes, (store, hub)).await;
    }
    let alone = nodes.note(false, nodes.clock.tick());
    // Until then what the last other node wrote of its people counts.
    let over = alone > timings.abandoned + timings.lease;
    if over && !nodes.bus.is_configured() && nodes.others.joined.swap(false, Ordering::Relaxed) {
        tracing::info!(node.id = %nodes.node.id, "no other node is left");
        store.clear_out(&nodes.node).await?;
    }
    Ok(())
}
