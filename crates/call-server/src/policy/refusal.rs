//! The ways in which the policy says no.

use axum::http::StatusCode;
use call_protocol::{Call, ErrorCode};
use std::time::Duration;

/// Why the policy said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a member of the conversation, or not a contact.
    #[error("there is no such conversation with a contact of yours")]
    NoConversation,
    /// No such call, or somebody else's.
    #[error("there is no such call of yours")]
    NoCall,
    /// The call's state does not allow it.
    #[error("the call has moved on: this cannot be done any more, or not yet")]
    WrongState,
    /// Another device of the same user has the call.
    #[error("another device of yours has this call")]
    AnsweredElsewhere,
    /// The caller is in a call already.
    #[error("you are in a call already; end it first")]
    AlreadyInCall,
    /// The other person is in a call.
    #[error("the other person is in a call; try again later")]
    Busy,
    /// The other person has no connected device.
    #[error("the other person is offline; try again when they are back")]
    PeerOffline,
    /// The other person has blocked the caller, who hears the same as of somebody offline.
    #[error("the other person is offline; try again when they are back")]
    Blocked,
    /// The caller has blocked the other person, who could not call back.
    #[error("you have blocked this person; unblock them before you call")]
    BlockedByAsker,
    /// The other person wants no unknown callers; the caller hears the same as of somebody offline.
    #[error("the other person is offline; try again when they are back")]
    Silenced,
    /// The feature flag is off.
    #[error("calls are switched off on this server; its operator can switch them on")]
    CallsDisabled,
    /// More candidates than a peer connection has.
    #[error("this connection has sent all the candidates that it may")]
    TooManyCandidates,
    /// More offers than a ring has, however often they are sent again.
    #[error("this ring has sent all the offers that it may; wait for the answer")]
    TooManyOffers,
    /// The caller calls too often, or the callee is called too often; with the time until it may be tried again.
    #[error("there were too many calls; try again in {} s", .0.as_secs().max(1))]
    TooManyCalls(Duration),
}

impl Refusal {
    /// Every refusal, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::NoConversation,
        Self::NoCall,
        Self::WrongState,
        Self::AnsweredElsewhere,
        Self::AlreadyInCall,
        Self::Busy,
        Self::PeerOffline,
        Self::BlockedByAsker,
        Self::CallsDisabled,
        Self::TooManyCandidates,
        Self::TooManyOffers,
        Self::TooManyCalls(Duration::from_secs(60)),
    ];

    /// The stable code and the status.
    pub fn code(self) -> (ErrorCode, StatusCode) {
        match self {
            Self::NoConversation => (ErrorCode::ConversationNotFound, StatusCode::NOT_FOUND),
            Self::NoCall => (ErrorCode::CallNotFound, StatusCode::NOT_FOUND),
            Self::WrongState => (ErrorCode::WrongState, StatusCode::CONFLICT),
            Self::AnsweredElsewhere => (ErrorCode::AnsweredElsewhere, StatusCode::CONFLICT),
            Self::AlreadyInCall => (ErrorCode::AlreadyInCall, StatusCode::CONFLICT),
            Self::Busy => (ErrorCode::Busy, StatusCode::CONFLICT),
            Self::PeerOffline | Self::Blocked | Self::Silenced => {
                (ErrorCode::PeerOffline, StatusCode::CONFLICT)
            }
            Self::BlockedByAsker => (ErrorCode::BlockedByYou, StatusCode::CONFLICT),
            Self::CallsDisabled => (ErrorCode::CallsDisabled, StatusCode::FORBIDDEN),
            Self::TooManyCandidates | Self::TooManyOffers => {
                (ErrorCode::InvalidRequest, StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::TooManyCalls(_) => (ErrorCode::RateLimited, StatusCode::TOO_MANY_REQUESTS),
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

/// A no, with the call that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub refusal: Refusal,
    /// The call, where it is the asker's to see.
    pub call: Option<Box<Call>>,
}

impl Denial {
    /// A no that shows a call.
    pub fn with(refusal: Refusal, call: &Call) -> Self {
        Self { refusal, call: Some(Box::new(call.clone())) }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, call: None }
    }
}
