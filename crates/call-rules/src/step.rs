//! What the rules are asked about beside a call, and what they decide: steps and endings. Data only.

use crate::{CallRecord, Moment};
use call_protocol::{CallMetadata, CallStatus, DeviceId, EndReason, User};

/// How a call ends, and the one message that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The final status.
    pub status: CallStatus,
    /// Why, where the status alone does not say.
    pub reason: Option<EndReason>,
    /// When it was over.
    pub ended_at: Moment,
    /// The text of the message.
    pub content: String,
    /// What the message carries.
    pub metadata: CallMetadata,
}

/// How a device takes the callee's seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seating {
    /// The device.
    pub device: DeviceId,
    /// What it calls itself.
    pub label: Option<String>,
    /// Whether it owes proofs of life; one that does not starts the call's clock by answering.
    pub leased: bool,
}

/// What becomes of a call that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is so already.
    Stay,
    /// A device takes the callee's seat.
    Answer(Seating),
    /// People begin to talk.
    Start,
    /// It is over.
    End(Box<Ending>),
}

/// What becomes of a wish to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// A new call rings, after these were ended.
    Ring {
        /// Calls that make room.
        end_first: Vec<Ending>,
    },
    /// The other person's ringing call is answered.
    Join,
    /// It is the asker's own call, asked for again.
    Same,
    /// A missed call is written down, and nothing rings.
    Busy(Box<Ending>),
    /// A missed call is written down, and nothing rings: the callee does not know the caller, and wants it so.
    Silenced(Box<Ending>),
}

/// What the store reads when somebody calls.
#[derive(Clone, Debug)]
pub struct Situation {
    /// When it is so.
    pub now: Moment,
    /// Who calls.
    pub caller: User,
    /// The other member of the conversation.
    pub callee: User,
    /// Whether the two are accepted contacts.
    pub acquainted: bool,
    /// Whether the caller has blocked the callee.
    pub blocks: bool,
    /// Whether the callee has blocked the caller.
    pub blocked: bool,
    /// Whether the callee wants no unknown callers, and this is one.
    pub unwanted: bool,
    /// Whether the caller hides their network address from everybody: whom one calls is no stranger.
    pub caller_hides: bool,
    /// Whether the callee hides theirs from this caller.
    pub callee_hides: bool,
    /// The live call of this conversation.
    pub here: Option<CallRecord>,
    /// The caller's live call in another conversation.
    pub caller_elsewhere: Option<CallRecord>,
    /// The callee's live call in another conversation.
    pub callee_elsewhere: Option<CallRecord>,
}
