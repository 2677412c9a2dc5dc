//! The one error envelope and its stable codes.
//! Never carries internals: a sentence for a reader, a code for a program.

use crate::Call;
use crate::words::{objects, words};
use serde::{Deserialize, Serialize};
words! {
    /// What went wrong, for programs; never renamed once released. `unknown` is never sent.
    pub enum ErrorCode {
        /// The body or frame is not JSON. (400)
        MalformedJson "malformed_json",
        /// A field is missing, of the wrong type or out of range, or the request is not one. (400, 403, 408, 415, 422)
        InvalidRequest "invalid_request",
        /// A frame of a type that this server does not know; the socket lives.
        UnknownFrame "unknown_frame",
        /// The body or frame is larger than allowed. (413)
        TooLarge "too_large",
        /// No token, or one that is not valid. (401)
        Unauthorized "unauthorized",
        /// The token was valid once; refresh it. (401)
        TokenExpired "token_expired",
        /// The token is good, but this server knows nobody of its `sub`. (401)
        UnknownUser "unknown_user",
        /// Unknown name or wrong password. (401)
        InvalidCredentials "invalid_credentials",
        /// Somebody has this unique name already. (409)
        NameTaken "name_taken",
        /// Nobody makes an account here by themselves. (403)
        RegistrationClosed "registration_closed",
        /// Making an account needs an invitation. (403)
        InvitationNeeded "invitation_needed",
        /// There is no such invitation, or it was taken back. (403)
        InvitationUnknown "invitation_unknown",
        /// The invitation has been used. (403)
        InvitationSpent "invitation_spent",
        /// The invitation has run out. (403)
        InvitationExpired "invitation_expired",
        /// Others would guess this password first. (422)
        WeakPassword "weak_password",
        /// No such thing, or not yours to see. (404)
        NotFound "not_found",
        /// No such conversation, not yours to see, or, for a call, one without a contact of yours. (404)
        ConversationNotFound "conversation_not_found",
        /// No such call, or not yours to see. (404)
        CallNotFound "call_not_found",
        /// The call is not in a state that allows this; `call` holds it. (409)
        WrongState "wrong_state",
        /// Another device of yours has the call. (409)
        AnsweredElsewhere "answered_elsewhere",
        /// You are in a call already; `call` holds it. (409)
        AlreadyInCall "already_in_call",
        /// The other person is in a call. (409)
        Busy "busy",
        /// The other person has no connected device. (409)
        PeerOffline "peer_offline",
        /// The asker has blocked the other person. (409)
        BlockedByYou "blocked_by_you",
        /// Calls are switched off on this server. (403)
        CallsDisabled "calls_disabled",
        /// The method does not exist at this address. (405)
        MethodNotAllowed "method_not_allowed",
        /// Too many requests. (429)
        RateLimited "rate_limited",
        /// The same `Idempotency-Key` came with another request before. (422)
        IdempotencyKeyReused "idempotency_key_reused",
        /// The server cannot reach its database right now; nothing was changed, try again. (503)
        Unavailable "unavailable",
        /// The server's database has no room left; nothing was changed, and its operator has to make room. Whatever ends a
        /// call is still done. (507)
        StorageFull "storage_full",
        /// The server failed; nothing was changed. (500)
        Internal "internal",
        _
        /// A code that this version does not know.
        Unknown "unknown",
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
