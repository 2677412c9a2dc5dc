//! When a live call is over although nobody ended it.

use super::{Standing, ending::broken_off, over};
use crate::{clock::Moment, config::Timings, model::Ending};
use call_protocol::{CallRole, CallStatus, EndReason};

/// The ending that a live call has come to by itself, if it has.
pub fn sweep(standing: &Standing<'_>, now: Moment, timings: &Timings) -> Option<Ending> {
    let record = standing.record;
    match record.call.status {
        CallStatus::Ringing => {
            if let Some(deadline) = record.ring_deadline.filter(|deadline| *deadline <= now) {
                return Some(over(record, CallStatus::Missed, Some(EndReason::NoAnswer), deadline));
            }
            caller_is_gone(standing, timings).then(|| broken_off(record, EndReason::CallerGone, now))
        }
        CallStatus::Active => {
            let silent = |role| standing.life(role).is_none_or(|life| life.silent >= timings.abandoned);
            let abandoned = silent(CallRole::Caller) && silent(CallRole::Callee);
            abandoned.then(|| broken_off(record, EndReason::LeaseExpired, last_proof(standing, now)))
        }
        CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => None,
    }
}

/// A client that names no device owes no proofs: its ring ends by the deadline.
fn caller_is_gone(standing: &Standing<'_>, timings: &Timings) -> bool {
    let leased = standing.record.seat(CallRole::Caller).is_some_and(|seat| seat.leased);
    leased
        && standing.caller.is_some_and(|life| {
            life.silent >= timings.lease || (!life.connected && life.silent >= timings.caller_gone)
        })
}

/// The last sign of life of either side: heard by this process, or written down by an earlier one.
fn last_proof(standing: &Standing<'_>, now: Moment) -> Moment {
    let call = &standing.record.call;
    let heard = [standing.caller, standing.callee].into_iter().flatten().filter_map(|life| life.last_proof);
    let written = standing.record.seats.iter().filter_map(|seat| seat.last_seen);
    let last = heard.chain(written).max().unwrap_or(now);
    let begun = call.started_at.as_ref().unwrap_or(&call.created_at);
    Moment::parse(&begun.0).map_or(last, |begun| last.max(begun)).min(now)
}
