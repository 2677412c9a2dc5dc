//! The ways in which the rules refuse a request. Knows no HTTP.

use crate::CallRecord;
use call_protocol::ErrorCode;
use std::{error::Error, fmt, time::Duration};

/// Declares the refusals: each variant with an example of its data for tables, its name in the audit log, and
/// its code.
macro_rules! refusals {
    ($( $(#[$doc:meta])* $Name:ident $(($Type:ty = $example:expr))? $word:literal $Code:ident, )+) => {
        /// Why the rules refused a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal {
            $( $(#[$doc])* $Name $(($Type))?, )+
        }

        impl Refusal {
            /// Every refusal, for tables and tests.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Name $(($example))?),+];

            /// The stable error code.
            pub const fn code(self) -> ErrorCode {
                match self {
                    $(Self::$Name { .. } => ErrorCode::$Code,)+
                }
            }

            /// The name in the audit log.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Name { .. } => $word,)+
                }
            }
        }
    };
}

refusals! {
    /// Not a member of the conversation, or not a contact.
    NoConversation "no_conversation" ConversationNotFound,
    /// No such call, or it is somebody else's.
    NoCall "no_call" CallNotFound,
    /// The call's status does not allow it.
    WrongState "wrong_state" WrongState,
    /// Another device of the same user has answered the call.
    AnsweredElsewhere "answered_elsewhere" AnsweredElsewhere,
    /// The caller is already in a call.
    AlreadyInCall "already_in_call" AlreadyInCall,
    /// The other person is in another call.
    Busy "busy" Busy,
    /// The other person has no connected device.
    PeerOffline "peer_offline" PeerOffline,
    /// The other person has blocked the caller, who gets the same reply as for somebody offline.
    Blocked "blocked" PeerOffline,
    /// The caller has blocked the other person, who could not call back.
    BlockedByAsker "blocked_by_you" BlockedByYou,
    /// The other person silences unknown callers; the caller gets the same reply as for somebody offline.
    Silenced "silenced" PeerOffline,
    /// Calls are disabled.
    CallsDisabled "calls_disabled" CallsDisabled,
    /// More candidates than a peer connection can have.
    TooManyCandidates "too_many_candidates" InvalidRequest,
    /// More offers than one ring may have, including resent ones.
    TooManyOffers "too_many_offers" InvalidRequest,
    /// The caller calls too often, or the callee is called too often; with the time until the next attempt.
    TooManyCalls(Duration = Duration::from_secs(60)) "too_many_calls" RateLimited,
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

/// A refusal, with the call that prevents the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub refusal: Refusal,
    /// The call, if the asker may see it.
    pub call: Option<Box<CallRecord>>,
}

impl Denial {
    /// A refusal that shows a call.
    pub fn with(refusal: Refusal, call: &CallRecord) -> Self {
        Self { refusal, call: Some(Box::new(call.clone())) }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, call: None }
    }
}
