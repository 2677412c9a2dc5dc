//! A request to place a call, and what can become of it.
//! Never decides which: the caller of the store does.

use crate::model::{Changed, Once};
use call_protocol::{CallId, CallType, ConversationId};
use call_rules::{Asker, CallRecord, Denial, Seating};
use std::time::Duration;

/// A request to call.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// The id that a new call will have.
    pub id: CallId,
    /// Where.
    pub conversation: ConversationId,
    /// Who calls.
    pub asker: Asker,
    /// Voice or video.
    pub call_type: CallType,
    /// How the device would take a seat.
    pub seating: Seating,
    /// How long it rings.
    pub ring: Duration,
    /// Whether people who hide their network addresses can talk through a relay.
    pub has_relay: bool,
    /// Its idempotency key, if it has one.
    pub once: Option<Once>,
}

/// What became of a request to call.
#[derive(Clone, Debug)]
pub enum Begun {
    /// The asker has no such conversation.
    Stranger,
    /// It was refused.
    Denied(Denial),
    /// A new call rings.
    Ringing {
        /// The new call.
        record: CallRecord,
        /// Those that made room for it.
        ended: Vec<Changed>,
    },
    /// The other person's call was answered.
    Joined(Changed),
    /// It is the asker's own call already.
    Same(CallRecord),
    /// The callee is in another call; a missed call was written down.
    Busy(Changed),
    /// The callee wants no unknown callers; a missed call was written down.
    Silenced(Changed),
    /// The same request was made before: the call that it made, as it is now, and what was replied.
    Again(CallRecord, FirstReply),
    /// Another request was made with this key before.
    KeyReused,
}

/// The reply to the first of several requests with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstReply {
    /// A new call rings.
    Rings,
    /// It is a call that existed.
    Known,
    /// The callee is in another call.
    Busy,
    /// The callee was said to be offline: they silence unknown callers.
    Silenced,
}

impl FirstReply {
    pub(in crate::store) fn as_str(self) -> &'static str {
        match self {
            Self::Rings => "rings",
            Self::Known => "known",
            Self::Busy => "busy",
            Self::Silenced => "silenced",
        }
    }

    pub(in crate::store) fn from_wire(word: &str) -> Option<Self> {
        [Self::Rings, Self::Known, Self::Busy, Self::Silenced]
            .into_iter()
            .find(|reply| reply.as_str() == word)
    }
}
