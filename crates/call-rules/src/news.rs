//! What a changed call means for the devices of its two people: what they hear, and whose devices hear it.
//! Never what a frame looks like: the server writes that.

use crate::CallRecord;
use call_protocol::{CallRole, CallStatus};

/// What has changed in a call that devices should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It begins to ring.
    Rings,
    /// A device took the call: the others stop ringing.
    Answered,
    /// It is over.
    Over,
    /// It rings on, and a side hides its network address from now on: what was connected is void.
    Hides,
    /// Nothing that a device waits for.
    Quiet,
}

impl News {
    /// Whose devices hear of it. The caller's device learns that it rings from the reply to its request.
    pub const fn heard_by(self) -> &'static [CallRole] {
        match self {
            Self::Rings => &[CallRole::Callee],
            Self::Answered | Self::Over | Self::Hides => &[CallRole::Caller, CallRole::Callee],
            Self::Quiet => &[],
        }
    }
}

/// What is new in a record, against what was known of the call. `None` if that was as new: then nothing is told twice.
pub fn news(known: Option<&CallRecord>, record: &CallRecord) -> Option<News> {
    if known.is_some_and(|known| known.version >= record.version) {
        return None;
    }
    let hides = |known: &CallRecord, role| record.hides(role) && !known.hides(role);
    let begins_to_hide = |known| hides(known, CallRole::Caller) || hides(known, CallRole::Callee);
    Some(match (record.status, known) {
        (CallStatus::Ringing, Some(known)) if begins_to_hide(known) => News::Hides,
        (status, Some(known)) if known.status == status => News::Quiet,
        (CallStatus::Ringing, _) => News::Rings,
        (CallStatus::Active, _) => News::Answered,
        (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => News::Over,
    })
}
