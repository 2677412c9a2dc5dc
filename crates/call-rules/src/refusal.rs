//! The ways in which the policy says no.

use crate::CallRecord;
use call_protocol::ErrorCode;
use std::{error::Error, fmt, time::Duration};

/// Why the policy said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not a member of the conversation, or not a contact.
    NoConversation,
    /// No such call, or somebody else's.
    NoCall,
    /// The call's state does not allow it.
    WrongState,
    /// Another device of the same user has the call.
    AnsweredElsewhere,
    /// The caller is in a call already.
    AlreadyInCall,
    /// The other person is in a call.
    Busy,
    /// The other person has no connected device.
    PeerOffline,
    /// The other person has blocked the caller, who hears the same as of somebody offline.
    Blocked,
    /// The caller has blocked the other person, who could not call back.
    BlockedByAsker,
    /// The other person wants no unknown callers; the caller hears the same as of somebody offline.
    Silenced,
    /// The feature flag is off.
    CallsDisabled,
    /// More candidates than a peer connection has.
    TooManyCandidates,
    /// More offers than a ring has, however often they are sent again.
    TooManyOffers,
    /// The caller calls too often, or the callee is called too often; with the time until it may be tried again.
    TooManyCalls(Duration),
}

impl Refusal {
    /// Every refusal, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::NoConversation,
        Self::NoCall,
        Self::WrongState,
        Self::AnsweredElsewhere,
        Self::AlreadyInCall,
        Self::Busy,
        Self::PeerOffline,
        Self::Blocked,
        Self::BlockedByAsker,
        Self::Silenced,
        Self::CallsDisabled,
        Self::TooManyCandidates,
        Self::TooManyOffers,
        Self::TooManyCalls(Duration::from_secs(60)),
    ];

    /// The stable code.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::NoConversation => ErrorCode::ConversationNotFound,
            Self::NoCall => ErrorCode::CallNotFound,
            Self::WrongState => ErrorCode::WrongState,
            Self::AnsweredElsewhere => ErrorCode::AnsweredElsewhere,
            Self::AlreadyInCall => ErrorCode::AlreadyInCall,
            Self::Busy => ErrorCode::Busy,
            Self::PeerOffline | Self::Blocked | Self::Silenced => ErrorCode::PeerOffline,
            Self::BlockedByAsker => ErrorCode::BlockedByYou,
            Self::CallsDisabled => ErrorCode::CallsDisabled,
            Self::TooManyCandidates | Self::TooManyOffers => ErrorCode::InvalidRequest,
            Self::TooManyCalls(_) => ErrorCode::RateLimited,
        }
    }

    /// The word of the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoConversation => "no_conversation",
            Self::NoCall => "no_call",
            Self::WrongState => "wrong_state",
            Self::AnsweredElsewhere => "answered_elsewhere",
            Self::AlreadyInCall => "already_in_call",
            Self::Busy => "busy",
            Self::PeerOffline => "peer_offline",
            Self::Blocked => "blocked",
            Self::BlockedByAsker => "blocked_by_you",
            Self::Silenced => "silenced",
            Self::CallsDisabled => "calls_disabled",
            Self::TooManyCandidates => "too_many_candidates",
            Self::TooManyOffers => "too_many_offers",
            Self::TooManyCalls(_) => "too_many_calls",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::NoConversation => "there is no such conversation with a contact of yours",
            Self::NoCall => "there is no such call of yours",
            Self::WrongState => "the call has moved on: this cannot be done any more, or not yet",
            Self::AnsweredElsewhere => "another device of yours has this call",
            Self::AlreadyInCall => "you are in a call already; end it first",
            Self::Busy => "the other person is in a call; try again later",
            Self::PeerOffline | Self::Blocked | Self::Silenced => {
                "the other person is offline; try again when they are back"
            }
            Self::BlockedByAsker => "you have blocked this person; unblock them before you call",
            Self::CallsDisabled => "calls are switched off on this server; its operator can switch them on",
            Self::TooManyCandidates => "this connection has sent all the candidates that it may",
            Self::TooManyOffers => "this ring has sent all the offers that it may; wait for the answer",
            Self::TooManyCalls(wait) => {
                return write!(to, "there were too many calls; try again in {} s", wait.as_secs().max(1));
            }
        })
    }
}

impl Error for Refusal {}

/// A no, with the call that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub refusal: Refusal,
    /// The call, where it is the asker's to see.
    pub call: Option<Box<CallRecord>>,
}

impl Denial {
    /// A no that shows a call.
    pub fn with(refusal: Refusal, call: &CallRecord) -> Self {
        Self { refusal, call: Some(Box::new(call.clone())) }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, call: None }
    }
}
