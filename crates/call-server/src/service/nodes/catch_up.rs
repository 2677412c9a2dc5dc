//! Reads again what other nodes wrote: one call, the calls of one person, or whatever changed; and tells the devices here.
//! Never waits for a notice: everything here works without the bus.

use super::Nodes;
use crate::{
    live::Warmth,
    model::Frame,
    service::{
        Calls,
        publish::learn,
        snapshot::{self, welcome},
    },
    store::StoreError,
};
use call_protocol::{CallId, UserId, close_code};
use call_rules::News;
use std::collections::HashSet;

/// Reads a call that another node may have begun or changed; `false` where there is no other node.
///
/// # Errors
/// When the database fails.
pub async fn reread(calls: &Calls, id: &CallId) -> Result<bool, StoreError> {
    if calls.other_nodes().is_none() {
        return Ok(false);
    }
    read_call(calls, id, None).await?;
    Ok(true)
}

/// Reads the calls of a person as they are now.
///
/// # Errors
/// When the database fails.
pub async fn refresh(calls: &Calls, user: &UserId) -> Result<(), StoreError> {
    if calls.other_nodes().is_none() {
        return Ok(());
    }
    let ended_since = calls.clock.now().minus(calls.config.timings.ended_calls);
    for record in calls.store.current_calls_of(user, ended_since).await? {
        let known = calls.live.lock().get(&record.id).map(|entry| entry.record.version);
        if known.is_none_or(|known| known < record.version) {
            let id = record.id.clone();
            read_call(calls, &id, None).await?;
        }
    }
    Ok(())
}

/// Reads a call and tells the devices here what is new in it. `warmth` is what the node that began it knows.
pub(super) async fn read_call(
    calls: &Calls,
    id: &CallId,
    warmth: Option<Warmth>,
) -> Result<Option<News>, StoreError> {
    let Some(record) = calls.store.call(id).await? else { return Ok(None) };
    let unknown = calls.live.lock().get(id).is_none();
    if !unknown || !record.status.is_live() {
        return Ok(learn(calls, record));
    }
    let callee = record.callee.id.clone();
    let told = warmth.is_some();
    // They may have ceased to be contacts since it began to ring.
    let allowed = calls.store.acquainted(&record.caller.id, &callee).await?;
    let warmth = warmth.filter(|_| allowed).unwrap_or(Warmth { allowed, ..Warmth::default() });
    calls.live.lock().draft(id.clone(), warmth);
    let news = learn(calls, record);
    calls.live.lock().forget_draft(id);
    if news == Some(News::Rings) && !told {
        snapshot::ring_unprepared(calls, id, &callee);
    }
    Ok(news)
}

/// How soon a change is read of which no notice came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Now: notices may have been lost.
    None,
    /// At the next look: the notice may be on its way.
    OneLook,
}

/// Reads every live call whose version is not the known one, and those that are over.
pub(super) async fn look(calls: &Calls, nodes: &Nodes, patience: Patience) -> Result<(), StoreError> {
    let notes = calls.store.live_seats(&nodes.node).await?;
    let changed: HashSet<CallId> = calls.live.lock().compare(&notes).into_iter().collect();
    let overdue = nodes.unannounced(&changed);
    for id in if patience == Patience::None { changed } else { overdue } {
        if read_call(calls, &id, None).await?.is_none() {
            continue; // a notice was faster
        }
        tracing::debug!(call.id = %id, "found without a notice");
        let people = calls
            .live
            .lock()
            .get(&id)
            .map(|entry| [&entry.record.caller, &entry.record.callee].map(|person| person.id.clone()));
        // The message about its end, which goes with the change, was missed too.
        for user in people.iter().flatten().filter(|user| nodes.is_connected_here(user)) {
            tell_anew(calls, nodes, user);
        }
    }
    Ok(())
}

/// Sends everybody here a new snapshot, after reading what they may have missed.
pub(super) async fn everybody(calls: &Calls, nodes: &Nodes) -> Result<(), StoreError> {
    let here = calls.store.visits_at(&nodes.node).await?;
    for visit in nodes.visits().into_iter().filter(|visit| !here.contains(&visit.number)) {
        if calls.store.is_elsewhere(&nodes.node, &visit.user, &visit.device).await? {
            calls.hub.close_device(&visit.user, &visit.device, close_code::REPLACED);
        }
    }
    let people = nodes.present().keys().cloned().collect();
    these(calls, nodes, people).await
}

/// The same for some people.
pub(super) async fn these(calls: &Calls, nodes: &Nodes, people: HashSet<UserId>) -> Result<(), StoreError> {
    look(calls, nodes, Patience::None).await?;
    for user in people {
        tell_anew(calls, nodes, &user);
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Sends a person's devices here a fresh snapshot; a client reads everything else anew when it gets one.
fn tell_anew(calls: &Calls, nodes: &Nodes, user: &UserId) {
    let devices = nodes
        .present()
        .get(user)
        .map(|present| (present.person.clone(), present.devices.keys().cloned().collect::<Vec<_>>()));
    let Some((person, devices)) = devices else { return };
    let book = calls.live.lock();
    for device in devices {
        let snapshot = welcome(calls, &book, person.clone());
        calls.hub.send_to(user, &device, &Frame::Welcome(snapshot));
    }
    snapshot::ask_for_offers(calls, &book, user);
}
