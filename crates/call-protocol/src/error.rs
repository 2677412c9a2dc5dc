//! The one error envelope and its stable codes. Never carries internals: a sentence for people, a code for
//! programs.

use crate::Call;
use crate::macros::{readers, string_enum};
use serde::{Deserialize, Serialize};
/// What the client can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// Nothing was decided: the same request may succeed in a moment.
    TryAgain,
    /// The client is not signed in, or no longer.
    SignIn,
    /// The server decided: repeating the request does not change that.
    Refused,
    /// Too many requests: the same one may succeed later.
    TooMuch,
    /// The request itself is invalid, or of a version that the other side does not know.
    Broken,
}

/// Declares the codes with their JSON names and classes.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum ErrorCode {
            $( $(#[$doc:meta])* $Code:ident $word:tt $Class:ident, )+
            _ $(#[$other_doc:meta])* $Other:ident $other:tt $OtherClass:ident,
        }
    ) => {
        string_enum! {
            $(#[$meta])*
            pub enum ErrorCode {
                $( $(#[$doc])* $Code $word, )+
                _ $(#[$other_doc])* $Other $other,
            }
        }

        impl ErrorCode {
            /// What the client can do about it.
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
    /// The kind of error, for programs; never renamed once released. `unknown` is never sent.
    pub enum ErrorCode {
        /// The body or frame is not JSON. (400)
        MalformedJson "malformed_json" Broken,
        /// A field is missing, of the wrong type or out of range, or the request itself is malformed. (400,
        /// 403, 408, 415, 422)
        InvalidRequest "invalid_request" Broken,
        /// A frame of a type that this server does not know; the socket stays open.
        UnknownFrame "unknown_frame" Broken,
        /// The server does not support the protocol version that `hello` announced; the socket is closed.
        UnsupportedVersion "unsupported_version" Broken,
        /// The body or frame is larger than allowed. (413)
        TooLarge "too_large" Broken,
        /// No token, or an invalid one. (401)
        Unauthorized "unauthorized" SignIn,
        /// The token has expired; refresh it. (401)
        TokenExpired "token_expired" SignIn,
        /// The token is valid, but this server has no user with its `sub`. (401)
        UnknownUser "unknown_user" SignIn,
        /// Unknown name or wrong password. (401)
        InvalidCredentials "invalid_credentials" SignIn,
        /// The unique name is taken. (409)
        NameTaken "name_taken" Refused,
        /// Nobody can create an account on this server. (403)
        RegistrationClosed "registration_closed" Refused,
        /// Creating an account requires an invitation. (403)
        InvitationNeeded "invitation_needed" Refused,
        /// The invitation does not exist or was revoked. (403)
        InvitationUnknown "invitation_unknown" Refused,
        /// The invitation has already been used. (403)
        InvitationSpent "invitation_spent" Refused,
        /// The invitation has expired. (403)
        InvitationExpired "invitation_expired" Refused,
        /// The password is too easy to guess. (422)
        WeakPassword "weak_password" Refused,
        /// It does not exist, or you may not see it. (404)
        NotFound "not_found" Refused,
        /// The conversation does not exist, you may not see it, or, for a call, it has no contact of yours.
        /// (404)
        ConversationNotFound "conversation_not_found" Refused,
        /// The call does not exist, or you may not see it. (404)
        CallNotFound "call_not_found" Refused,
        /// The call's status does not allow this; `call` contains the call. (409)
        WrongState "wrong_state" Refused,
        /// Another device of yours has answered the call. (409)
        AnsweredElsewhere "answered_elsewhere" Refused,
        /// You are already in a call; `call` contains it. (409)
        AlreadyInCall "already_in_call" Refused,
        /// The other person is in another call. (409)
        Busy "busy" Refused,
        /// The other person has no connected device. (409)
        PeerOffline "peer_offline" Refused,
        /// You have blocked the other person. (409)
        BlockedByYou "blocked_by_you" Refused,
        /// Calls are disabled on this server. (403)
        CallsDisabled "calls_disabled" Refused,
        /// The address does not support this method. (405)
        MethodNotAllowed "method_not_allowed" Broken,
        /// Too many requests. (429)
        RateLimited "rate_limited" TooMuch,
        /// The `Idempotency-Key` was used before with a different request. (422)
        IdempotencyKeyReused "idempotency_key_reused" Broken,
        /// The server cannot reach its database right now. Try again; if the request came with an Idempotency-Key, with the
        /// same one, since it may have been carried out. (503)
        Unavailable "unavailable" TryAgain,
        /// The server's database has no room left; nothing was changed, and the operator has to free space.
        /// Requests that end a call still succeed. (507)
        StorageFull "storage_full" TryAgain,
        /// The server failed; nothing was changed. (500)
        Internal "internal" TryAgain,
        _
        /// A code that this version of the client does not know.
        Unknown "unknown" Broken,
    }
}

impl ErrorCode {
    /// The code itself or, if this version does not know it, the one that the HTTP status stands for.
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

/// The error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// One sentence for people: what is wrong and what to do next.
    pub message: String,
    /// The call that prevents the request, for `wrong_state` and `already_in_call`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Seconds until the request may be repeated, if the server knows; the same as the `Retry-After` header,
    /// and sent on sockets too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The body of every unsuccessful reply, and the content of an `error` frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

readers! {
    ErrorBody { code, message, call or nothing, retry_after or nothing }
    ErrorEnvelope { error }
}
