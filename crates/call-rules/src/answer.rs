//! Whether a device may answer a ringing call. Decides nothing else.

use super::{Denial, Refusal};
use crate::{Asker, CallRecord, Seating, Step};
use call_protocol::{CallRole, CallStatus};

/// Decides about an answer: the first device gets the call, and it may repeat its request.
///
/// # Errors
/// When the call is somebody else's, over, or answered by another device.
pub fn answer(record: &CallRecord, asker: &Asker, seating: Seating) -> Result<Step, Denial> {
    let role = record.role_of(&asker.user).ok_or(Refusal::NoCall)?;
    let denied = |refusal| Err(Denial::with(refusal, record));
    match (record.status, role) {
        (CallStatus::Ringing, CallRole::Callee) => Ok(Step::Answer(seating)),
        (CallStatus::Active, CallRole::Callee) => {
            let winner = record.seat(role).and_then(|seat| seat.device.as_ref());
            if winner == Some(&asker.device) { Ok(Step::Stay) } else { denied(Refusal::AnsweredElsewhere) }
        }
        (CallStatus::Ringing | CallStatus::Active, CallRole::Caller) => denied(Refusal::WrongState),
        (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => {
            denied(Refusal::WrongState)
        }
    }
}
