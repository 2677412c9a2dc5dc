//! Follows the notices of other nodes.
//! Never acts without the database where it could matter: a notice may come late, twice, or not at all.

use super::{
    Nodes, catch_up, company,
    notices::{Letter, Notice},
};
use crate::{
    bus::{Ear, Heard, Untrue},
    live::Entry,
    metrics::Metrics,
    service::{Accounts, people, sessions},
    store::StoreError,
};
use call_protocol::{UserId, close_code};
use call_rules::Moment;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Hears the other nodes for as long as the server runs: one notice after the other, so that people hear things in the
/// order in which they happened.
pub async fn listen(accounts: Arc<Accounts>, ear: Arc<Mutex<Ear>>) {
    let Some(nodes) = &accounts.calls.nodes else { return };
    // Nobody else has it, but the one who listened before and could not go on.
    let mut ear = ear.lock().await;
    while let Some(heard) = ear.hear().await {
        let letter = match heard {
            Heard::Notice(text) => serde_json::from_str::<Letter>(&text),
            Heard::Untrue(untrue) => {
                nodes.refuse(&accounts.calls.metrics, untrue);
                continue;
            }
            Heard::Loss => {
                nodes.tell_of_loss();
                continue;
            }
        };
        if let Err(error) = company::meet(nodes, (&accounts.store, &accounts.calls.hub)).await {
            error.log("another node could not be joined");
        }
        let followed = match letter {
            Ok(letter) if letter.concerns(nodes) => read(&accounts, nodes, letter).await,
            Ok(_) => Ok(()), // for nobody here
            Err(error) => {
                // A node of another version.
                tracing::warn!(%error, "a notice of another node could not be read");
                Ok(())
            }
        };
        if let Err(error) = followed {
            error.log("a notice of another node could not be followed");
            nodes.lost();
        }
    }
}

impl Letter {
    /// What only memory knows of a ringing call is kept by every node: its people may connect to any. And what ended is
    /// refused by every node.
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
                self.to.iter().any(|user| nodes.has(user))
            }
        }
    }
}

async fn read(accounts: &Accounts, nodes: &Nodes, letter: Letter) -> Result<(), StoreError> {
    let here: Vec<UserId> = letter.to.into_iter().filter(|user| nodes.has(user)).collect();
    let age = accounts.clock.now().since(Moment(letter.at));
    if age >= accounts.config.timings.notice_stale {
        nodes.late(here);
        return Ok(());
    }
    match letter.notice {
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
                .for_each(|user| accounts.calls.hub.close_person(user, people::gone(&accounts.tokens)));
            sessions::catch_up(accounts).await?;
        }
        Notice::SessionsEnded => sessions::catch_up(accounts).await?,
        Notice::Lost => nodes.lost(),
        Notice::Here { deaf: true } => nodes.bus.somebody_is_deaf(),
        Notice::Here { deaf: false } => {}
    }
    Ok(())
}

impl Nodes {
    /// Something came as if from a node: counted, and told an operator once a minute.
    fn refuse(&self, metrics: &Metrics, untrue: Untrue) {
        metrics.untrue_notice(untrue);
        if self.untrue.is_news(&untrue, self.clock.tick()) {
            tracing::warn!(
                what = ?untrue,
                "something that no node wrote, or that was here before, came by the bus; nothing was done with it. If nodes \
                 do not hear each other: CALLS_BUS_KEY, or the database, is not the same on all of them"
            );
        }
    }
}
