//! Whether a device may end or decline a call, and how the call ends then.

use super::{Connection, Denial, Refusal, ending::talked, over, sits_in};
use crate::{Asker, CallRecord, Moment, Step};
use call_protocol::{CallRole, CallStatus, EndReason, UserId};

/// Decides about a decline: any device of the callee may decline while it rings.
///
/// # Errors
/// When the call is somebody else's, the asker is its caller, it is over, or it is answered.
pub fn decline(record: &CallRecord, asker: &Asker, now: Moment) -> Result<Step, Denial> {
    let role = record.role_of(&asker.user).ok_or(Refusal::NoCall)?;
    let denied = |refusal| Err(Denial::with(refusal, record));
    match (record.status, role) {
        (CallStatus::Ringing, CallRole::Callee) => Ok(end_as(record, CallStatus::Declined, None, now)),
        (CallStatus::Active, CallRole::Callee) if !holds_seat(record, role, asker) => {
            denied(Refusal::AnsweredElsewhere)
        }
        // A repeated request, whose reply was lost.
        (CallStatus::Declined, CallRole::Callee) => Ok(Step::Stay),
        (
            CallStatus::Ringing
            | CallStatus::Active
            | CallStatus::Ended
            | CallStatus::Declined
            | CallStatus::Missed
            | CallStatus::Failed,
            _,
        ) => denied(Refusal::WrongState),
    }
}

/// Decides about an end: the caller cancels, the callee declines, either of them hangs up.
///
/// # Errors
/// When the call is somebody else's, or another device of the asker has it.
pub fn end(
    (record, connection): (&CallRecord, Connection),
    asker: &Asker,
    reason: Option<EndReason>,
    now: Moment,
) -> Result<Step, Denial> {
    let role = record.role_of(&asker.user).ok_or(Refusal::NoCall)?;
    let rings_at_them = (record.status, role) == (CallStatus::Ringing, CallRole::Callee);
    if record.status.is_live() && !rings_at_them && !holds_seat(record, role, asker) {
        return Err(Denial::with(Refusal::AnsweredElsewhere, record));
    }
    Ok(ending((record, connection), role, reason.and_then(told_by_a_client), now))
}

/// Decides about the end of a call in which one person leaves with every device: because they delete their
/// account, or block or remove the other person, who cannot tell it from a decline or a hang-up.
///
/// # Errors
/// When the call is somebody else's.
pub fn leave(
    (record, connection): (&CallRecord, Connection),
    user: &UserId,
    now: Moment,
) -> Result<Step, Denial> {
    let role = record.role_of(user).ok_or(Refusal::NoCall)?;
    Ok(ending((record, connection), role, None, now))
}

/// Decides about the ring of somebody the callee no longer wants calls from: it ends like an unanswered one.
///
/// # Errors
/// When the call is somebody else's.
pub fn silence(record: &CallRecord, user: &UserId, now: Moment) -> Result<Step, Denial> {
    match (record.status, record.role_of(user).ok_or(Refusal::NoCall)?) {
        (CallStatus::Ringing, CallRole::Callee) => {
            Ok(end_as(record, CallStatus::Missed, Some(EndReason::NoAnswer), now))
        }
        (
            CallStatus::Ringing
            | CallStatus::Active
            | CallStatus::Ended
            | CallStatus::Declined
            | CallStatus::Missed
            | CallStatus::Failed,
            _,
        ) => Ok(Step::Stay),
    }
}

/// How a call ends when somebody on this side ends it.
fn ending(
    (record, connection): (&CallRecord, Connection),
    role: CallRole,
    reason: Option<EndReason>,
    now: Moment,
) -> Step {
    match (record.status, role) {
        (CallStatus::Ringing, CallRole::Callee) => end_as(record, CallStatus::Declined, None, now),
        (CallStatus::Ringing, CallRole::Caller) => {
            end_as(record, CallStatus::Missed, Some(reason.unwrap_or(EndReason::Cancelled)), now)
        }
        (CallStatus::Active, _) if talked(record, connection, reason) => {
            end_as(record, CallStatus::Ended, reason, now)
        }
        (CallStatus::Active, _) => {
            end_as(record, CallStatus::Failed, Some(reason.unwrap_or(EndReason::Cancelled)), now)
        }
        (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => Step::Stay,
    }
}

fn holds_seat(record: &CallRecord, role: CallRole, asker: &Asker) -> bool {
    record.seat(role).is_some_and(|seat| sits_in(seat, asker))
}

fn end_as(record: &CallRecord, status: CallStatus, reason: Option<EndReason>, now: Moment) -> Step {
    Step::End(Box::new(over(record, status, reason, now)))
}

/// The reasons that a client may give; only the server gives the others.
fn told_by_a_client(reason: EndReason) -> Option<EndReason> {
    match reason {
        EndReason::Cancelled
        | EndReason::ConnectTimeout
        | EndReason::ConnectionLost
        | EndReason::NegotiationFailed
        | EndReason::MediaFailed
        | EndReason::Left => Some(reason),
        EndReason::Busy
        | EndReason::NoAnswer
        | EndReason::CallerGone
        | EndReason::LeaseExpired
        | EndReason::Replaced
        | EndReason::Unknown => None,
    }
}
