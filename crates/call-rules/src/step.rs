//! What the rules are asked besides a call, and what they decide: steps and endings. Data only.

use crate::{CallRecord, Moment};
use call_protocol::{CallMetadata, CallStatus, DeviceId, EndReason, User};

/// How a call ends, and the one message about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The final status.
    pub status: CallStatus,
    /// The reason, if the status alone does not say.
    pub reason: Option<EndReason>,
    /// When it ended.
    pub ended_at: Moment,
    /// The text of the message.
    pub content: String,
    /// The message's metadata.
    pub metadata: CallMetadata,
}

/// How a device takes the callee's seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seating {
    /// The device.
    pub device: DeviceId,
    /// The device's own label.
    pub label: Option<String>,
    /// Whether it owes proofs of life; one that does not starts the call's clock with its answer.
    pub leased: bool,
}

/// What happens to an existing call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it already has this status.
    Stay,
    /// A device takes the callee's seat.
    Answer(Seating),
    /// The two begin to talk.
    Start,
    /// It is over.
    End(Box<Ending>),
}

/// What happens to a request to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// A new call rings, after these have ended.
    Ring {
        /// The calls that end first.
        end_first: Vec<Ending>,
    },
    /// The other person's ringing call is answered.
    Join,
    /// It is the caller's own call, requested again.
    Same,
    /// A missed call is recorded, and nothing rings.
    Busy(Box<Ending>),
    /// A missed call is recorded, and nothing rings, since the callee silences unknown callers.
    Silenced(Box<Ending>),
}

impl Begin {
    /// Whether the other person hears of it, by a ring or by the message about a call that they missed: what does is
    /// counted for the two.
    pub const fn reaches_the_callee(&self) -> bool {
        match self {
            Self::Ring { .. } | Self::Busy(_) | Self::Silenced(_) => true,
            Self::Join | Self::Same => false,
        }
    }

    /// Whether the caller's device takes a seat by it, and owes proofs of life from now on, if it names itself.
    pub const fn takes_a_seat(&self) -> bool {
        match self {
            Self::Ring { .. } | Self::Join => true,
            // It has its seat already, or gets none.
            Self::Same | Self::Busy(_) | Self::Silenced(_) => false,
        }
    }

    /// Whether something rings by it, of which the callee's devices may need the offer.
    pub const fn rings(&self) -> bool {
        match self {
            Self::Ring { .. } => true,
            Self::Join | Self::Same | Self::Busy(_) | Self::Silenced(_) => false,
        }
    }
}

/// What the store reads for a request to call.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The database's time of this reading.
    pub now: Moment,
    /// The caller.
    pub caller: User,
    /// The other member of the conversation.
    pub callee: User,
    /// Whether the two are accepted contacts.
    pub acquainted: bool,
    /// Whether the caller has blocked the callee.
    pub blocks: bool,
    /// Whether the callee has blocked the caller.
    pub blocked: bool,
    /// Whether the callee silences unknown callers, and the caller is one.
    pub unwanted: bool,
    /// Whether the caller hides their network address from everybody; somebody one calls is no stranger.
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
