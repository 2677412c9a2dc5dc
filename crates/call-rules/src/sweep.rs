//! When a live call is over although nobody ended it. Never ends a call in which media flows.

use super::{
    Standing,
    ending::{began, broken_off},
    over,
};
use crate::{Ending, Manner, Moment, Timings};
use call_protocol::{CallRole, CallStatus, EndReason};

/// The ending of a live call that has ended by itself, if it has.
pub fn sweep(standing: &Standing<'_>, now: Moment, timings: &Timings) -> Option<Ending> {
    let record = standing.record;
    match record.status {
        CallStatus::Ringing => {
            if let Some(deadline) = record.ring_deadline.filter(|deadline| *deadline <= now) {
                return Some(over(record, CallStatus::Missed, Some(EndReason::NoAnswer), deadline));
            }
            // It started in the future: the clock was set back since, while no server ran. Its deadline means
            // nothing.
            let began = began(record);
            if began.since(now) >= timings.ring {
                return Some(over(record, CallStatus::Missed, Some(EndReason::NoAnswer), began));
            }
            caller_is_gone(standing, timings).then(|| broken_off(standing, EndReason::CallerGone, now))
        }
        CallStatus::Active => {
            if let Some(at) = left_at(standing, now, timings) {
                return Some(broken_off(standing, EndReason::Left, at));
            }
            let silent = |role| standing.life(role).is_none_or(|life| life.silent >= timings.abandoned);
            let abandoned = silent(CallRole::Caller) && silent(CallRole::Callee);
            abandoned.then(|| broken_off(standing, EndReason::LeaseExpired, last_proof(standing, now)))
        }
        CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => None,
    }
}

/// A client that names no device owes no proofs of life: its ring ends by the deadline.
fn caller_is_gone(standing: &Standing<'_>, timings: &Timings) -> bool {
    let leased = standing.record.seat(CallRole::Caller).is_some_and(|seat| seat.leased);
    leased
        && standing.caller.is_some_and(|life| {
            let parted = life.parted.is_some_and(|parted| match parted.manner {
                Manner::Left => parted.ago >= timings.left,
                Manner::Lost => parted.ago >= timings.caller_lost,
            });
            life.silent >= timings.lease
                || (!life.connected && (parted || life.silent >= timings.caller_gone))
        })
}

/// When a seated device left for good: its page said that it is being closed, and none has replaced it. A socket that
/// only broke says nothing about the call, nor does one whose device still sends media.
fn left_at(standing: &Standing<'_>, now: Moment, timings: &Timings) -> Option<Moment> {
    let left = |role| {
        standing.record.seat(role).filter(|seat| seat.leased)?;
        let life = standing.life(role).filter(|life| !life.connected)?;
        let parted = life.parted.filter(|parted| parted.manner == Manner::Left)?;
        let talks = life.media.is_some_and(|age| age < parted.ago);
        (!talks && parted.ago >= timings.returns).then(|| now.minus(parted.ago))
    };
    left(CallRole::Caller).into_iter().chain(left(CallRole::Callee)).min()
}

/// The last proof of life of either side, seen by this process or stored by an earlier one.
fn last_proof(standing: &Standing<'_>, now: Moment) -> Moment {
    let heard = [standing.caller, standing.callee].into_iter().flatten().filter_map(|life| life.last_proof);
    let written = standing.record.seats.iter().filter_map(|seat| seat.last_seen);
    let last = heard.chain(written).max().unwrap_or(now);
    last.min(now)
}
