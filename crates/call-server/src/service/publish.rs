//! Tells people what became of a call, after the commit and in the order of versions.
//! Never decides who hears of it: `call_rules::news` does.

use super::{
    Calls,
    snapshot::{tell_of_a_ring, welcome},
};
use crate::{
    live::{Book, Entry, Offer},
    model::{Changed, Frame},
    timestamp,
};
use call_protocol::{CallRole, CallStatus};
use call_rules::{Asker, CallRecord, News};

/// Applies a committed change and tells the devices of both people, on every node, unless a newer version was told already.
pub(super) fn publish(calls: &Calls, changed: Changed) {
    let Changed { record, message } = changed;
    let (id, people) = (record.id.clone(), [record.caller.id.clone(), record.callee.id.clone()]);
    learn(calls, record);
    if let Some(nodes) = calls.other_nodes() {
        let warmth =
            calls.live.lock().get(&id).filter(|entry| entry.rings()).map(|entry| entry.warmth.clone());
        nodes.call_changed(&people, &id, warmth);
    }
    if let Some(message) = message {
        calls.tell(&people, &Frame::Message { message: *message });
    }
}

/// Applies a record as the database has it and tells the devices that are connected here what is new.
pub(super) fn learn(calls: &Calls, record: CallRecord) -> Option<News> {
    let id = record.id.clone();
    let mut book = calls.live.lock();
    let news = book.apply(record, calls.clock.tick())?;
    if let Some(entry) = book.get(&id) {
        announce(calls, &book, entry, news);
    }
    Some(news)
}

/// Applies a change that another process wrote without a notice. When the call is over, its people get a new snapshot, since
/// there is a message too.
pub(super) fn learn_late(calls: &Calls, record: CallRecord) {
    let people = [record.caller.clone(), record.callee.clone()];
    if learn(calls, record) == Some(News::Over) {
        let book = calls.live.lock();
        for person in people {
            let id = person.id.clone();
            calls.hub.send(&id, &Frame::Welcome(welcome(calls, &book, person)));
        }
    }
}

fn announce(calls: &Calls, book: &Book, entry: &Entry, news: News) {
    for role in news.heard_by() {
        if let Some(frame) = frame(calls, book, entry, (news, *role)) {
            calls.hub.send(&entry.record.person(*role).id, &frame);
        }
    }
    // The connection of the warm device is no longer valid: whoever answers needs a new one.
    if let (News::Hides, Some(device)) = (news, &entry.warmth.device) {
        tell_of_a_ring(calls, entry, device, Offer::Withheld);
    }
}

/// How a side's devices hear of it.
fn frame(calls: &Calls, book: &Book, entry: &Entry, (news, role): (News, CallRole)) -> Option<Frame> {
    let record = &entry.record;
    let seen = |offer| entry.seen_by(role, offer, calls.clock.now());
    match news {
        News::Rings => Some(Frame::CallRinging(seen(Offer::Shown))),
        News::Answered => {
            // The device that joins by calling back may hear this before its reply, and needs the offer then.
            let joins = record.seat(role).and_then(|seat| seat.device.as_ref());
            let joins = joins.filter(|_| role == CallRole::Callee);
            Some(Frame::CallAnswered(seen(joins.map_or(Offer::Withheld, |device| entry.offer_for(device)))))
        }
        News::Over => {
            let call = record.shown(timestamp::format);
            Some(if call.status == CallStatus::Declined {
                Frame::CallDeclined { call }
            } else {
                Frame::CallEnded { call }
            })
        }
        News::Hides => Some(Frame::Welcome(welcome(calls, book, record.person(role).clone()))),
        News::Quiet => None,
    }
}

/// Tells that a call is over, and logs it.
pub(super) fn publish_over(calls: &Calls, changed: Changed, asker: Option<&Asker>) {
    let call = &changed.record;
    calls.metrics.call_over(call);
    tracing::info!(
        call.id = %call.id,
        user.id = asker.map(|asker| display(&asker.user)),
        device.id = asker.map(|asker| display(&asker.device)),
        status = %call.status,
        reason = call.error_reason.map(|reason| display(reason.as_str())),
        seconds = call.seconds(),
        "call over"
    );
    publish(calls, changed);
}
