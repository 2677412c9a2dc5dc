//! May this call begin, is it one that exists already, or does it join the one that the other person just began?

use super::{Denial, Refusal, Standing, ending::broken_off};
use crate::{Asker, Begin, CallRecord, Ending, Moment, over};
use call_protocol::{CallRole, CallStatus, EndReason, UserId};
use std::time::Duration;

/// What is known when somebody calls.
#[derive(Clone, Copy, Debug)]
pub struct InitiateFacts<'a> {
    /// Who calls.
    pub asker: &'a Asker,
    /// Who is called.
    pub callee: &'a UserId,
    /// The call as it is written down when it does not ring.
    pub unrung: &'a CallRecord,
    /// The feature flag.
    pub calls_enabled: bool,
    /// Whether the two are accepted contacts.
    pub acquainted: bool,
    /// Whether the callee has a connected device.
    pub callee_online: bool,
    /// Whether the asker has blocked the callee.
    pub blocks: bool,
    /// Whether the callee has blocked the asker.
    pub blocked: bool,
    /// Whether the callee wants no unknown callers, and the asker is one: nobody to whom the callee ever wrote, whom they
    /// called, or whose call they answered. A place on a list alone makes nobody known.
    pub unwanted: bool,
    /// The live call of this conversation.
    pub here: Option<Standing<'a>>,
    /// The caller's live call in another conversation.
    pub caller_elsewhere: Option<Standing<'a>>,
    /// The callee's live call in another conversation.
    pub callee_elsewhere: Option<Standing<'a>>,
    /// Silence after which a lease is dead.
    pub lease: Duration,
    /// How long a device without a socket and without a sign of media keeps its person busy.
    pub away: Duration,
    /// How long a report of flowing media is such a sign.
    pub media_proof: Duration,
    /// When.
    pub now: Moment,
}

/// Decides what becomes of a wish to call.
///
/// # Errors
/// Why it cannot be.
pub fn initiate(facts: &InitiateFacts<'_>) -> Result<Begin, Denial> {
    if !facts.calls_enabled {
        return Err(Refusal::CallsDisabled.into());
    }
    if !facts.acquainted {
        return Err(Refusal::NoConversation.into());
    }
    // They would ring somebody for whom they are offline.
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
    // Before anything is said about another call of the callee's, which is no business of a stranger's.
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

/// How a call ends that never rings.
fn missed(facts: &InitiateFacts<'_>, reason: EndReason) -> Box<Ending> {
    Box::new(over(facts.unrung, CallStatus::Missed, Some(reason), facts.now))
}

enum Here {
    /// The wish is this already.
    Is(Begin),
    /// The call that stands here ends, then a new one rings.
    GoesFirst(Ending),
}

fn in_this_conversation(facts: &InitiateFacts<'_>, here: &Standing<'_>) -> Result<Here, Denial> {
    let role = here.record.role_of(&facts.asker.user).ok_or(Refusal::NoConversation)?;
    let same_device = is_same_device(here, role, facts.asker);
    match (here.record.status, role) {
        // A second click, or a first one whose reply was lost.
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

/// A call of the asker's own ends for a new one when its device is dead, has no socket, or owes no lease: whoever calls from
/// here does not sit there, and a page that crashed keeps nobody from calling.
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

/// A call of the callee's ends for a stranger's only when the callee's device in it is dead, or gone without a sign that it
/// still talks.
fn gives_way_to_strangers(facts: &InitiateFacts<'_>, standing: &Standing<'_>) -> Option<Ending> {
    let callee = standing.record.role_of(facts.callee)?;
    match standing.record.seat(callee) {
        Some(_) if standing.is_dead(callee, facts.lease) => {
            Some(broken_off(standing, EndReason::LeaseExpired, facts.now))
        }
        Some(seat) if seat.leased && is_away(facts, standing, callee) => {
            Some(broken_off(standing, EndReason::Left, facts.now))
        }
        Some(_) => None,
        None => rings_for_nobody(facts, standing),
    }
}

/// Whether a seated device has been without a socket for a while, and nothing that it sends reaches the other side. Where
/// another node saw its socket end, only the proofs that are written down tell since when.
fn is_away(facts: &InitiateFacts<'_>, standing: &Standing<'_>, role: CallRole) -> bool {
    standing.life(role).is_some_and(|life| {
        let gone = match life.parted {
            Some(parted) => parted.ago >= facts.away,
            None => life.silent >= facts.media_proof,
        };
        !life.connected && gone && life.media.is_none_or(|age| age >= facts.media_proof)
    })
}

/// A ring whose caller is dead makes nobody busy.
fn rings_for_nobody(facts: &InitiateFacts<'_>, standing: &Standing<'_>) -> Option<Ending> {
    let gone = standing.is_dead(CallRole::Caller, facts.lease);
    gone.then(|| broken_off(standing, EndReason::CallerGone, facts.now))
}
