//! Who may do what to which call, and what becomes of it. Pure: facts in, a decision out.
//! Never reads a clock, a database or a socket; the service gathers the facts inside one transaction.

use axum::http::StatusCode;
use call_protocol::ErrorCode;

/// Why the policy said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a member of the conversation, or not a contact.
    #[error("there is no such conversation with a contact of yours")]
    NoConversation,
    /// No such call, or somebody else's.
    #[error("there is no such call")]
    NoCall,
    /// The call's state does not allow it.
    #[error("the call is not in a state that allows this")]
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
    /// The feature flag is off.
    #[error("calls are switched off on this server")]
    CallsDisabled,
}

impl Refusal {
    /// The stable code and the status.
    pub fn code(self) -> (ErrorCode, StatusCode) {
        match self {
            Self::NoConversation => (ErrorCode::NotFound, StatusCode::NOT_FOUND),
            Self::NoCall => (ErrorCode::CallNotFound, StatusCode::NOT_FOUND),
            Self::WrongState => (ErrorCode::WrongState, StatusCode::CONFLICT),
            Self::AnsweredElsewhere => (ErrorCode::AnsweredElsewhere, StatusCode::CONFLICT),
            Self::AlreadyInCall => (ErrorCode::AlreadyInCall, StatusCode::CONFLICT),
            Self::Busy => (ErrorCode::Busy, StatusCode::CONFLICT),
            Self::PeerOffline => (ErrorCode::PeerOffline, StatusCode::CONFLICT),
            Self::CallsDisabled => (ErrorCode::CallsDisabled, StatusCode::FORBIDDEN),
        }
    }
}
