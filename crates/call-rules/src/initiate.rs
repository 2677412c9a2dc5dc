//! Whether a call may begin, already exists, or joins the call that the other person has just begun.

use super::{Denial, Refusal, Standing, ending::broken_off};
use crate::{Asker, Begin, CallRecord, Ending, Moment, over};
use call_protocol::{CallRole, CallStatus, EndReason, UserId};
use std::time::Duration;

/// The facts about a request to call.
#[derive(Clone, Copy, Debug)]
pub struct InitiateFacts<'a> {
    /// The caller.
    pub asker: &'a Asker,
    /// The callee.
    pub callee: &'a UserId,
    /// The record of the call if it does not ring.
    pub unrung: &'a CallRecord,
    /// Whether calls are enabled.
    pub calls_enabled: bool,
    /// Whether the two are accepted contacts.
    pub acquainted: bool,
    /// Whether the callee has a connected device.
    pub callee_online: bool,
    /// Whether the asker has blocked the callee.
    pub blocks: bool,
    /// Whether the callee has blocked the asker.
    pub blocked: bool,
    /// Whether the callee silences unknown callers, and the caller is one: somebody the callee never wrote to,
    /// called or answered. Being on the callee's contact list is not enough.
    pub unwanted: bool,
    /// The live call of this conversation.
    pub here: Option<Standing<'a>>,
    /// The caller's live call in another conversation.
    pub caller_elsewhere: Option<Standing<'a>>,
    /// The callee's live call in another conversation.
    pub callee_elsewhere: Option<Standing<'a>>,
    /// Silence after which a device's lease has expired.
    pub lease: Duration,
    /// How long a device without a socket and without reported media keeps its person busy.
    pub seat_lost: Duration,
    /// How long a report of flowing media counts as proof.
    pub media_proof: Duration,
    /// When.
    pub now: Moment,
}

/// Decides what happens to a request to call.
///
/// # Errors
/// Why the call is not possible.
pub fn initiate(facts: &InitiateFacts<'_>) -> Result<Begin, Denial> {
    if !facts.calls_enabled {
        return Err(Refusal::CallsDisabled.into());
    }
    if !facts.acquainted {
        return Err(Refusal::NoConversation.into());
    }
    // They would call somebody who appears offline to them.
    if facts.blocks {
        return Err(Refusal::BlockedByAsker.into());
    }
    let mut end_first = Vec::new();
    if let Some(here) = &facts.here {
        match in_this_conversation(facts, here)? {
            Here::Is(begin) => return Ok(begin),
            Here::GoesFirst(ending) => end_first.push(ending),
        }
    }
    if let Some(elsewhere) = &facts.caller_elsewhere {
        end_first.push(gives_way_to_its_user(facts, elsewhere)?);
    }
    if !facts.callee_online {
        return Err(Refusal::PeerOffline.into());
    }
    if facts.blocked {
        return Err(Refusal::Blocked.into());
    }
    // Checked before another call of the callee's is mentioned, which a stranger must not learn of.
    if facts.unwanted {
        return Ok(Begin::Silenced(missed(facts, EndReason::NoAnswer)));
    }
    if let Some(elsewhere) = &facts.callee_elsewhere {
        match gives_way_to_strangers(facts, elsewhere) {
            Some(ending) => end_first.push(ending),
            None => return Ok(Begin::Busy(missed(facts, EndReason::Busy))),
        }
    }
    Ok(Begin::Ring { end_first })
}

/// The ending of a call that never rings.
fn missed(facts: &InitiateFacts<'_>, reason: EndReason) -> Box<Ending> {
    Box::new(over(facts.unrung, CallStatus::Missed, Some(reason), facts.now))
}

enum Here {
    /// The request already has this result.
    Is(Begin),
    /// The existing call ends, then a new one rings.
    GoesFirst(Ending),
}

fn in_this_conversation(facts: &InitiateFacts<'_>, here: &Standing<'_>) -> Result<Here, Denial> {
    let role = here.record.role_of(&facts.asker.user).ok_or(Refusal::NoConversation)?;
    let same_device = is_same_device(here, role, facts.asker);
    match (here.record.status, role) {
        // A second click, or a repeated request whose reply was lost.
        (CallStatus::Ringing, CallRole::Caller) if same_device => return Ok(Here::Is(Begin::Same)),
        (CallStatus::Active, _) if same_device && facts.asker.is_leased() => {
            return Ok(Here::Is(Begin::Same));
        }
        (CallStatus::Ringing, CallRole::Callee) => {
            let ending = rings_for_nobody(facts, here);
            return Ok(ending.map_or(Here::Is(Begin::Join), Here::GoesFirst));
        }
        (
            CallStatus::Ringing
            | CallStatus::Active
            | CallStatus::Ended
            | CallStatus::Declined
            | CallStatus::Missed
            | CallStatus::Failed,
            _,
        ) => {}
    }
    gives_way_to_its_user(facts, here).map(Here::GoesFirst)
}

fn is_same_device(standing: &Standing<'_>, role: CallRole, asker: &Asker) -> bool {
    standing.record.seat(role).is_some_and(|seat| seat.device.as_ref() == Some(&asker.device))
}

/// Another call of the caller's ends for a new one if its device is dead, has no socket, or owes no lease: the
/// caller is obviously not using that device, and a crashed page must not prevent anybody from calling.
fn gives_way_to_its_user(facts: &InitiateFacts<'_>, standing: &Standing<'_>) -> Result<Ending, Denial> {
    let record = standing.record;
    let in_the_way = || Denial::with(Refusal::AlreadyInCall, record);
    let role = record.role_of(&facts.asker.user).ok_or(Refusal::NoConversation)?;
    match record.seat(role) {
        Some(seat)
            if !seat.leased
                || standing.is_dead(role, facts.lease)
                || standing.life(role).is_some_and(|life| !life.connected) =>
        {
            Ok(broken_off(standing, EndReason::Replaced, facts.now))
        }
        Some(_) => Err(in_the_way()),
        None => rings_for_nobody(facts, standing).ok_or_else(in_the_way),
    }
}

/// Another call of the callee's ends for a new caller only if the callee's device in it is dead, or
/// disconnected without a sign that it is still talking.
fn gives_way_to_strangers(facts: &InitiateFacts<'_>, standing: &Standing<'_>) -> Option<Ending> {
    let callee = standing.record.role_of(facts.callee)?;
    match standing.record.seat(callee) {
        Some(_) if standing.is_dead(callee, facts.lease) => {
            Some(broken_off(standing, EndReason::LeaseExpired, facts.now))
        }
        Some(seat) if seat.leased && is_lost(facts, standing, callee) => {
            Some(broken_off(standing, EndReason::Left, facts.now))
        }
        Some(_) => None,
        None => rings_for_nobody(facts, standing),
    }
}

/// Whether a seated device has been without a socket for a while, and nothing that it sends reaches the other
/// side. If another node saw its socket close, only the stored proofs tell since when.
fn is_lost(facts: &InitiateFacts<'_>, standing: &Standing<'_>, role: CallRole) -> bool {
    standing.life(role).is_some_and(|life| {
        let gone = match life.parted {
            Some(parted) => parted.ago >= facts.seat_lost,
            None => life.silent >= facts.media_proof,
        };
        !life.connected && gone && life.media.is_none_or(|age| age >= facts.media_proof)
    })
}

/// A ring whose caller's device is dead does not make the callee busy.
fn rings_for_nobody(facts: &InitiateFacts<'_>, standing: &Standing<'_>) -> Option<Ending> {
    let gone = standing.is_dead(CallRole::Caller, facts.lease);
    gone.then(|| broken_off(standing, EndReason::CallerGone, facts.now))
}
