//! What a report of flowing media does: the first one after both have joined starts the call's clock.

use super::{Denial, Refusal, sits_in};
use crate::{Asker, CallRecord, Step};
use call_protocol::CallStatus;

/// Decides about a report of flowing media.
///
/// # Errors
/// When the call is somebody else's, not answered, over, or another device has it.
pub fn report_media(record: &CallRecord, asker: &Asker) -> Result<Step, Denial> {
    let role = record.role_of(&asker.user).ok_or(Refusal::NoCall)?;
    match record.status {
        CallStatus::Active if !record.seat(role).is_some_and(|seat| sits_in(seat, asker)) => {
            Err(Denial::with(Refusal::AnsweredElsewhere, record))
        }
        CallStatus::Active if record.started_at.is_none() => Ok(Step::Start),
        CallStatus::Active => Ok(Step::Stay),
        CallStatus::Ringing
        | CallStatus::Ended
        | CallStatus::Declined
        | CallStatus::Missed
        | CallStatus::Failed => Err(Denial::with(Refusal::WrongState, record)),
    }
}
