//! What a device learns when it connects: everything that makes it right at once. A device that connects while its
//! user is rung begins to ring, and the caller is told.
//! Never sends less because the device was connected before: state is fetched, not remembered.

use super::App;
use crate::{
    hub::Connection,
    live::{Entry, Offer},
    model::{Frame, Json},
};
use call_protocol::{Call, CallRole, CallStatus, DeviceId, LiveCall, User, UserId, Welcome};

/// Connects a device and gives it the snapshot as its first frame.
pub fn enter(app: &App, user: User, device: &DeviceId, label: Option<String>) -> Connection {
    let id = user.id.clone();
    let queue = app.config.limits.frames_per_socket;
    // Held while connecting: what happens before is in the snapshot, what happens after comes as a frame.
    let mut book = app.live.lock();
    let connection = app.hub.connect((&id, device), label, queue, app.clock.tick());
    let (mut live_calls, mut ended_calls) = (Vec::<LiveCall<Json>>::new(), Vec::<Call>::new());
    let mut ringing = Vec::new();
    for call in book.ids_of(&id) {
        let Some(entry) = book.get_mut(&call) else { continue };
        let Some(role) = entry.record.role_of(&id) else { continue };
        match (entry.record.call.status, role) {
            (CallStatus::Ringing, CallRole::Callee) => {
                begin_to_ring(app, entry, &id, device);
                live_calls.push(entry.seen_by(role, Offer::Shown, app.clock.now()));
                ringing.push((call, Some(device.clone())));
            }
            (CallStatus::Ringing, CallRole::Caller) => {
                live_calls.push(entry.seen_by(role, Offer::Withheld, app.clock.now()));
                ringing.push((call, entry.warmth.device.clone()));
            }
            (CallStatus::Active, _) => {
                live_calls.push(entry.seen_by(role, Offer::Withheld, app.clock.now()));
            }
            (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => {
                ended_calls.push(entry.record.call.clone());
            }
        }
    }
    app.hub.send_to(&id, device, &Frame::Welcome(Welcome { user, live_calls, ended_calls }));
    for (call, rings) in ringing {
        if let (Some(entry), Some(rings)) = (book.get(&call), rings) {
            tell_caller(app, entry, &rings);
        }
    }
    connection
}

/// When the device that may answer the offer is gone, or there is none yet, it is this one; an offer that was made to
/// another is of no use to it, and the caller makes a new one.
fn begin_to_ring(app: &App, entry: &mut Entry, user: &UserId, device: &DeviceId) {
    let warmth = &mut entry.warmth;
    let warm_is_here = warmth.device.as_ref().is_some_and(|warm| app.hub.is_connected(user, warm));
    if warmth.allowed && !warm_is_here {
        warmth.device = Some(device.clone());
        warmth.offer = None;
    }
}

/// Tells the caller of a device that rings: one that connected just now, or, when it is the caller that comes back, the
/// one that waits for an offer.
fn tell_caller(app: &App, entry: &Entry, device: &DeviceId) {
    if !entry.warmth.allowed || !app.hub.is_connected(&entry.record.callee.id, device) {
        return;
    }
    let frame = Frame::DeviceRinging {
        call_id: entry.record.call.id.clone(),
        device_id: device.clone(),
        offer_known: entry.warmth.offer.is_some(),
    };
    let Some(seat) = entry.record.seat(CallRole::Caller) else { return };
    match seat.device.as_ref().filter(|_| seat.leased) {
        Some(seated) => app.hub.send_to(&seat.user, seated, &frame),
        None => app.hub.send(&seat.user, &frame),
    }
}
