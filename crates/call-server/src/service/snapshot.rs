//! What a device learns when it connects: everything that makes it right at once. A device that connects while its
//! user is rung begins to ring, and the caller is told.
//! Never sends less because the device was connected before: state is fetched, not remembered.

use super::Calls;
use crate::{
    hub::Connection,
    live::{Book, Entry, Offer},
    model::{Frame, Json},
    timestamp,
};
use call_protocol::{Call, CallId, CallRole, CallStatus, DeviceId, LiveCall, User, UserId, Welcome, limits};
use std::time::Duration;

/// Connects a device and gives it the snapshot as its first frame; `elsewhere` are the person's devices at other nodes,
/// `proofs` is how often it will be told that the server lives.
pub fn enter(
    calls: &Calls,
    user: User,
    device: &DeviceId,
    label: Option<String>,
    elsewhere: &[DeviceId],
    proofs: Option<Duration>,
) -> Connection {
    let id = user.id.clone();
    let queue = calls.config.limits.frames_per_socket;
    // Held while connecting: what happens before is in the snapshot, what happens after comes as a frame.
    let mut book = calls.live.lock();
    let connection = calls.hub.connect((&id, device), label, queue, calls.clock.tick());
    let most = calls.config.limits.devices_per_person;
    let closed = calls.hub.make_room(&id, most, || seated(&book, &id, device));
    if closed > 0 {
        tracing::info!(user.id = %id, closed, most, "devices make room: their person has more than there may be");
    }
    let mut ringing = Vec::new();
    for call in book.ids_of(&id) {
        let Some(entry) = book.get_mut(&call).filter(|entry| entry.rings()) else { continue };
        match entry.record.role_of(&id) {
            Some(CallRole::Callee) => {
                begin_to_ring(calls, entry, device, elsewhere);
                ringing.push((call, Some(device.clone())));
            }
            Some(CallRole::Caller) => ringing.push((call, entry.warm_device().cloned())),
            None => {}
        }
    }
    let proof_seconds = proofs.map(|span| u32::try_from(span.as_secs()).unwrap_or(u32::MAX).max(1));
    let first = Welcome { proof_seconds, ..welcome(calls, &book, user) };
    calls.hub.send_to(&id, device, &Frame::Welcome(first));
    for (call, rings) in ringing {
        if let (Some(entry), Some(rings)) = (book.get(&call), rings) {
            tell_caller(calls, entry, &rings);
        }
    }
    connection
}

/// The devices of a person that must stay connected: the one that comes, and those that are in a call or may be soon.
fn seated(book: &Book, user: &UserId, device: &DeviceId) -> Vec<DeviceId> {
    let mut devices = vec![device.clone()];
    for call in book.ids_of(user) {
        let Some(entry) = book.get(&call) else { continue };
        let Some(role) = entry.record.role_of(user) else { continue };
        devices.extend(entry.record.seat(role).and_then(|seat| seat.device.clone()));
        if role == CallRole::Callee {
            devices.extend(entry.warmth.device.iter().chain(&entry.warmth.also).cloned());
        }
    }
    devices
}

/// The snapshot: everything about calls that a person's device needs to be right at once.
pub(super) fn welcome(calls: &Calls, book: &Book, user: User) -> Welcome<Json> {
    let (mut live_calls, mut ended_calls) = (Vec::<LiveCall<Json>>::new(), Vec::<Call>::new());
    for call in book.ids_of(&user.id).iter().rev() {
        let Some(entry) = book.get(call) else { continue };
        let Some(role) = entry.record.role_of(&user.id) else { continue };
        match (entry.record.status, role) {
            (CallStatus::Ringing, CallRole::Callee) => {
                live_calls.push(entry.seen_by(role, Offer::Shown, calls.clock.now()));
            }
            (CallStatus::Ringing, CallRole::Caller) | (CallStatus::Active, _) => {
                live_calls.push(entry.seen_by(role, Offer::Withheld, calls.clock.now()));
            }
            (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => {
                if ended_calls.len() < limits::ENDED_CALLS {
                    ended_calls.push(entry.record.shown(timestamp::format));
                }
            }
        }
    }
    let ice_servers = calls.ice.on_welcome(&user.id);
    // What was said in the first one of a socket is still so.
    Welcome { user, live_calls, ended_calls, ice_servers, proof_seconds: None }
}

/// A call rings here of which only the database told: nobody knows which device may answer the offer, nor the offer.
pub(super) fn ring_unprepared(calls: &Calls, call: &CallId, callee: &UserId) {
    let Some(device) = calls.hub.last_used(callee) else { return };
    let mut book = calls.live.lock();
    if let Some(entry) = book.get_mut(call).filter(|entry| entry.rings()) {
        begin_to_ring(calls, entry, &device, &[]);
        tell_caller(calls, entry, &device);
    }
}

/// Tells the callers of a person who is rung and has no offer, in case they were not told.
pub(super) fn ask_for_offers(calls: &Calls, book: &Book, callee: &UserId) {
    for call in book.ids_of(callee) {
        let Some(entry) = book.get(&call).filter(|entry| entry.rings()) else { continue };
        let waits = entry.warmth.offer.is_none() && entry.record.callee.id == *callee;
        if let Some(device) = entry.warm_device().filter(|_| waits) {
            tell_caller(calls, entry, device);
        }
    }
}

/// When the device that may answer the offer is gone, or there is none yet, it is this one; an offer that was made to
/// another is of no use to it, and the caller makes a new one. Otherwise it is a further one, as long as there may be more.
fn begin_to_ring(calls: &Calls, entry: &mut Entry, device: &DeviceId, elsewhere: &[DeviceId]) {
    let (caller, callee) = (entry.record.caller.id.clone(), entry.record.callee.id.clone());
    if entry.record.seat(CallRole::Caller).is_some_and(|seat| !seat.leased) {
        return; // it makes one offer, for the device that takes the call
    }
    if !entry.may_warm() {
        return;
    }
    let warmth = &mut entry.warmth;
    let is_there = |warm: &DeviceId| calls.hub.is_connected(&callee, warm) || elsewhere.contains(warm);
    let first = warmth.device.as_ref();
    let is_known = first == Some(device) || warmth.also.contains(device);
    let takes_the_first_place = !first.is_some_and(is_there);
    if takes_the_first_place {
        warmth.device = Some(device.clone());
        warmth.offer = None;
    }
    warmth.also.retain(|also| also == device || is_there(also));
    warmth.also.retain(|also| !takes_the_first_place || also != device);
    if !takes_the_first_place && !is_known && warmth.also.len() + 1 < limits::WARM_DEVICES {
        warmth.also.push(device.clone());
    }
    let changes = takes_the_first_place || !is_known;
    if let Some(nodes) = calls.other_nodes().filter(|_| changes) {
        nodes.warmth_changed(&[caller, callee], &entry.record.id, &entry.warmth);
    }
}

/// Tells the caller of a device that rings: one that connected just now, or, when it is the caller that comes back, the
/// one that waits for an offer.
fn tell_caller(calls: &Calls, entry: &Entry, device: &DeviceId) {
    // A device at another node may be there or not; if it is not, the caller offers in vain, and nothing worse.
    let is_there = calls.other_nodes().is_some() || calls.hub.is_connected(&entry.record.callee.id, device);
    if !entry.may_warm() || !is_there {
        return;
    }
    let offer = if entry.warmth.offer.is_some() { Offer::Shown } else { Offer::Withheld };
    tell_of_a_ring(calls, entry, device, offer);
}

/// Tells the caller that a device rings, and whether it was shown an offer.
pub(super) fn tell_of_a_ring(calls: &Calls, entry: &Entry, device: &DeviceId, offer: Offer) {
    let call_id = entry.record.id.clone();
    let offer_known = offer == Offer::Shown;
    let also_warm = entry.also_warm().contains(device).then_some(true);
    let frame = Frame::DeviceRinging { call_id, device_id: device.clone(), offer_known, also_warm };
    let Some(seat) = entry.record.seat(CallRole::Caller) else { return };
    match seat.device.as_ref().filter(|_| seat.leased) {
        Some(seated) => {
            calls.tell_device(&seat.user, seated, &frame);
        }
        None => calls.tell(std::slice::from_ref(&seat.user), &frame),
    }
}
