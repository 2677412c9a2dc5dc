//! Follows the notices of other nodes.
//! Never acts without the database where it could matter: a notice may come late, twice, or not at all.

use super::{
    Nodes, catch_up,
    notices::{Envelope, Notice},
    others,
};
use crate::{
    bus::{Received, Rejected, Subscription},
    live::Entry,
    metrics::Metrics,
    service::{Accounts, known_people, sessions},
    store::StoreError,
};
use call_protocol::{UserId, close_code};
use call_rules::Moment;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Hears the other nodes for as long as the server runs: one notice after the other, so that people hear things in the
/// order in which they happened.
pub async fn listen(accounts: Arc<Accounts>, subscription: Arc<Mutex<Subscription>>) {
    let Some(nodes) = &accounts.calls.nodes else { return };
    // Free at once: only an earlier run of this task, which has ended, held it.
    let mut subscription = subscription.lock().await;
    while let Some(heard) = subscription.next().await {
        let envelope = match heard {
            Received::Notice(text) => serde_json::from_str::<Envelope>(&text),
            Received::Rejected(rejected) => {
                nodes.refuse(&accounts.calls.metrics, rejected);
                continue;
            }
            Received::Loss => {
                nodes.tell_of_loss();
                continue;
            }
        };
        if let Err(error) = others::meet(nodes, (&accounts.store, &accounts.calls.hub)).await {
            error.log("another node could not be joined");
        }
        let followed = match envelope {
            Ok(envelope) if envelope.concerns(nodes) => read(&accounts, nodes, envelope).await,
            Ok(_) => Ok(()), // for nobody here
            Err(error) => {
                // A node of another version.
                tracing::warn!(%error, "a notice of another node could not be read");
                Ok(())
            }
        };
        if let Err(error) = followed {
            error.log("a notice of another node could not be followed");
            nodes.mark_everybody_behind();
        }
    }
}

impl Envelope {
    /// Whether this node has to act on it. Every node keeps what is known of a ringing call in memory only, since its people
    /// may connect to any, and every node refuses tokens of ended sessions.
    fn concerns(&self, nodes: &Nodes) -> bool {
        match &self.notice {
            Notice::Lost
            | Notice::Here { .. }
            | Notice::Deleted
            | Notice::SessionsEnded
            | Notice::Warmth { .. }
            | Notice::Negotiated { .. }
            | Notice::Call { warmth: Some(_), .. } => true,
            Notice::Call { warmth: None, .. } | Notice::Frame { .. } | Notice::Moved { .. } => {
                self.to.iter().any(|user| nodes.is_connected_here(user))
            }
        }
    }
}

async fn read(accounts: &Accounts, nodes: &Nodes, envelope: Envelope) -> Result<(), StoreError> {
    let here: Vec<UserId> = envelope.to.into_iter().filter(|user| nodes.is_connected_here(user)).collect();
    let age = accounts.clock.now().since(Moment(envelope.at));
    if age >= accounts.config.timings.notice_stale {
        nodes.mark_behind(here);
        return Ok(());
    }
    match envelope.notice {
        Notice::Call { id, warmth } => {
            catch_up::read_call(&accounts.calls, &id, warmth).await?;
        }
        Notice::Warmth { id, warmth } => {
            let mut book = accounts.calls.live.lock();
            if let Some(entry) = book.get_mut(&id).filter(|entry| entry.rings()) {
                entry.warmth = warmth;
            }
        }
        Notice::Negotiated { id } => {
            accounts.calls.live.lock().get_mut(&id).map(Entry::note_negotiated);
        }
        Notice::Frame { device, frame } => accounts.calls.hub.pass(&here, device.as_ref(), frame.get()),
        Notice::Moved { device } => {
            for user in &here {
                // It may have come back meanwhile.
                if accounts.store.is_elsewhere(&nodes.node, user, &device).await? {
                    accounts.calls.hub.close_device(user, &device, close_code::REPLACED);
                }
            }
        }
        Notice::Deleted => {
            here.iter()
                .for_each(|user| accounts.calls.hub.close_person(user, known_people::gone(&accounts.tokens)));
            sessions::catch_up(accounts).await?;
        }
        Notice::SessionsEnded => sessions::catch_up(accounts).await?,
        Notice::Lost => nodes.mark_everybody_behind(),
        Notice::Here { deaf: true } => nodes.bus.note_deaf_node(),
        Notice::Here { deaf: false } => {}
    }
    Ok(())
}

impl Nodes {
    /// Counts a message that no node wrote, and logs it once a minute.
    fn refuse(&self, metrics: &Metrics, rejected: Rejected) {
        metrics.rejected_notice(rejected);
        if self.rejected.is_news(&rejected, self.clock.tick()) {
            tracing::warn!(
                what = ?rejected,
                "something that no node wrote, or that was here before, came by the bus; nothing was done with it. If nodes \
                 do not hear each other: CALLS_BUS_KEY, or the database, is not the same on all of them"
            );
        }
    }
}
