//! Tells people what became of a call: everything in here happens after the commit, in the order of versions.
//! Never decides who may know: both people of a call may.

use super::App;
use crate::{
    live::{Entry, Offer},
    model::{Asker, Changed, Frame},
};
use call_protocol::{CallRole, CallStatus};

/// What the devices are told besides the call itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// The callee's devices ring.
    Rings,
    /// A device took the call: the others stop ringing.
    Answered,
    /// It is over.
    Over,
    /// Nothing that a device waits for.
    Quiet,
}

/// Takes in a change and tells both people's devices, unless something newer was told already.
pub(super) fn publish(app: &App, changed: Changed, notice: Notice) {
    let Changed { record, message } = changed;
    let (id, people) = (record.call.id.clone(), [record.caller.id.clone(), record.callee.id.clone()]);
    let mut book = app.live.lock();
    let newer = book.apply(record, app.clock.tick());
    if let Some(entry) = book.get(&id).filter(|_| newer) {
        announce(app, entry, notice);
    }
    if let Some(message) = message {
        for person in &people {
            app.hub.send(person, &Frame::Message { message: (*message).clone() });
        }
    }
}

fn announce(app: &App, entry: &Entry, notice: Notice) {
    let now = app.clock.now();
    let record = &entry.record;
    let tell = |role: CallRole, frame: &Frame| app.hub.send(&record.person(role).id, frame);
    match notice {
        Notice::Rings => {
            let ringing = Frame::CallRinging(entry.seen_by(CallRole::Callee, Offer::Shown, now));
            tell(CallRole::Callee, &ringing);
        }
        Notice::Answered => {
            // The device that joins by calling back may hear this before its reply, and needs the offer then.
            let callee = record.seat(CallRole::Callee).and_then(|seat| seat.device.as_ref());
            let offer = callee.map_or(Offer::Withheld, |device| entry.offer_for(device));
            for (role, offer) in [(CallRole::Caller, Offer::Withheld), (CallRole::Callee, offer)] {
                tell(role, &Frame::CallAnswered(entry.seen_by(role, offer, now)));
            }
        }
        Notice::Over => {
            let call = record.call.clone();
            let frame = if call.status == CallStatus::Declined {
                Frame::CallDeclined { call }
            } else {
                Frame::CallEnded { call }
            };
            tell(CallRole::Caller, &frame);
            tell(CallRole::Callee, &frame);
        }
        Notice::Quiet => {}
    }
}

/// Tells that a call is over, and logs it.
pub(super) fn publish_over(app: &App, changed: Changed, asker: Option<&Asker>) {
    let call = &changed.record.call;
    tracing::info!(
        call.id = %call.id,
        user.id = asker.map(|asker| display(&asker.user)),
        device.id = asker.map(|asker| display(&asker.device)),
        status = %call.status,
        reason = call.error_reason.map(|reason| display(reason.as_str())),
        seconds = call.duration_seconds,
        "call over"
    );
    publish(app, changed, Notice::Over);
}
