//! The one error envelope and its stable codes.
//! Never carries internals: a sentence for a reader, a code for a program.

use crate::Call;
use crate::words::{objects, words};
use serde::{Deserialize, Serialize};
/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Nothing was decided: the same request may succeed in a moment.
    TryAgain,
    /// Whoever asks is not, or no longer, signed in.
    SignIn,
    /// The server decided: asking again changes nothing by itself.
    Refused,
    /// Too many requests: the same one may succeed later.
    TooMuch,
    /// The request itself is wrong, or of a version that the other side does not know.
    Broken,
}

/// The codes with their words and classes.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum ErrorCode {
            $( $(#[$doc:meta])* $Code:ident $word:tt $Class:ident, )+
            _ $(#[$other_doc:meta])* $Other:ident $other:tt $OtherClass:ident,
        }
    ) => {
        words! {
            $(#[$meta])*
            pub enum ErrorCode {
                $( $(#[$doc])* $Code $word, )+
                _ $(#[$other_doc])* $Other $other,
            }
        }

        impl ErrorCode {
            /// What a caller can do about it.
            pub const fn class(self) -> ErrorClass {
                match self {
                    $(Self::$Code => ErrorClass::$Class,)+
                    Self::$Other => ErrorClass::$OtherClass,
                }
            }
        }
    };
}

codes! {
    /// What went wrong, for programs; never renamed once released. `unknown` is never sent.
    pub enum ErrorCode {
        /// The body or frame is not JSON. (400)
        MalformedJson "malformed_json" Broken,
        /// A field is missing, of the wrong type or out of range, or the request is not one. (400, 403, 408, 415, 422)
        InvalidRequest "invalid_request" Broken,
        /// A frame of a type that this server does not know; the socket lives.
        UnknownFrame "unknown_frame" Broken,
        /// The version of the protocol that a `hello` announced is not served; the socket is closed.
        UnsupportedVersion "unsupported_version" Broken,
        /// The body or frame is larger than allowed. (413)
        TooLarge "too_large" Broken,
        /// No token, or one that is not valid. (401)
        Unauthorized "unauthorized" SignIn,
        /// The token was valid once; refresh it. (401)
        TokenExpired "token_expired" SignIn,
        /// The token is good, but this server knows nobody of its `sub`. (401)
        UnknownUser "unknown_user" SignIn,
        /// Unknown name or wrong password. (401)
        InvalidCredentials "invalid_credentials" SignIn,
        /// Somebody has this unique name already. (409)
        NameTaken "name_taken" Refused,
        /// Nobody makes an account here by themselves. (403)
        RegistrationClosed "registration_closed" Refused,
        /// Making an account needs an invitation. (403)
        InvitationNeeded "invitation_needed" Refused,
        /// There is no such invitation, or it was taken back. (403)
        InvitationUnknown "invitation_unknown" Refused,
        /// The invitation has been used. (403)
        InvitationSpent "invitation_spent" Refused,
        /// The invitation has run out. (403)
        InvitationExpired "invitation_expired" Refused,
        /// Others would guess this password first. (422)
        WeakPassword "weak_password" Refused,
        /// No such thing, or not yours to see. (404)
        NotFound "not_found" Refused,
        /// No such conversation, not yours to see, or, for a call, one without a contact of yours. (404)
        ConversationNotFound "conversation_not_found" Refused,
        /// No such call, or not yours to see. (404)
        CallNotFound "call_not_found" Refused,
        /// The call is not in a state that allows this; `call` holds it. (409)
        WrongState "wrong_state" Refused,
        /// Another device of yours has the call. (409)
        AnsweredElsewhere "answered_elsewhere" Refused,
        /// You are in a call already; `call` holds it. (409)
        AlreadyInCall "already_in_call" Refused,
        /// The other person is in a call. (409)
        Busy "busy" Refused,
        /// The other person has no connected device. (409)
        PeerOffline "peer_offline" Refused,
        /// The asker has blocked the other person. (409)
        BlockedByYou "blocked_by_you" Refused,
        /// Calls are switched off on this server. (403)
        CallsDisabled "calls_disabled" Refused,
        /// The method does not exist at this address. (405)
        MethodNotAllowed "method_not_allowed" Broken,
        /// Too many requests. (429)
        RateLimited "rate_limited" TooMuch,
        /// The same `Idempotency-Key` came with another request before. (422)
        IdempotencyKeyReused "idempotency_key_reused" Broken,
        /// The server cannot reach its database right now; nothing was changed, try again. (503)
        Unavailable "unavailable" TryAgain,
        /// The server's database has no room left; nothing was changed, and its operator has to make room. Whatever ends a
        /// call is still done. (507)
        StorageFull "storage_full" TryAgain,
        /// The server failed; nothing was changed. (500)
        Internal "internal" TryAgain,
        _
        /// A code that this version does not know.
        Unknown "unknown" Broken,
    }
}

impl ErrorCode {
    /// The code, or for one that this version does not know the one that the reply's HTTP status stands for.
    #[must_use]
    pub const fn or_of_status(self, status: u16) -> Self {
        match (self, status) {
            (Self::Unknown, 401) => Self::Unauthorized,
            (Self::Unknown, 429) => Self::RateLimited,
            (Self::Unknown, 502..=504) => Self::Unavailable,
            (Self::Unknown, 507) => Self::StorageFull,
            (Self::Unknown, 500..) => Self::Internal,
            (known, _) => known,
        }
    }
}

/// What an error says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// One sentence for a reader: what is wrong and what to do next.
    pub message: String,
    /// The call that stands in the way, for `wrong_state` and `already_in_call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Seconds until it may be tried again, where the server knows: what the header `Retry-After` says, for sockets too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The body of every reply that is not a success, and the content of an `error` frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

objects! {
    ErrorBody { code, message, call or nothing, retry_after or nothing }
    ErrorEnvelope { error }
}
