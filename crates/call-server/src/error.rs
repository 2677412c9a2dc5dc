//! What can go wrong for a client, with a stable code and one sentence for each.
//! Never shows internals: those are logged. Never names a status of HTTP: the routes do.

use crate::{
    new_password::Weakness,
    rates::Wait,
    store::{StoreError, Trouble},
};
use call_protocol::{Call, ErrorBody, ErrorCode, SERVED_VERSIONS};
use call_rules::{Refusal, Uninvited};
use serde::de::IgnoredAny;
use std::time::Duration;

/// Every reply of the server that is not a success.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body or frame is not JSON.
    #[error("this is not JSON; check its syntax")]
    MalformedJson,
    /// A field is missing, of the wrong type or out of range.
    #[error("{0}")]
    Invalid(String),
    /// A body came without `Content-Type: application/json`.
    #[error("send the body as application/json")]
    NotJson,
    /// A frame of a type that this server does not know.
    #[error("this server does not know frames of this type; `/api/openapi.json` lists those that it knows")]
    UnknownFrame,
    /// A `hello` of a version of the protocol that this server does not serve.
    #[error(
        "this page is older or newer than the server, which serves versions {} to {} of the protocol; load it again",
        SERVED_VERSIONS.start(),
        SERVED_VERSIONS.end()
    )]
    UnsupportedVersion,
    /// The body or the signal is larger than so many bytes.
    #[error("this is larger than the {} KiB allowed; send less at once", .0 / 1024)]
    TooLarge(usize),
    /// The body did not come within the time limit.
    #[error("the body of the request took too long; send it again")]
    SentTooSlowly,
    /// No token, or one that is not valid.
    #[error("sign in first: the access token is missing or not valid")]
    Unauthorized,
    /// A token that was valid once.
    #[error("the access token has expired; refresh it")]
    TokenExpired,
    /// A good token of somebody who is not here.
    #[error(
        "the access token is good, but nobody here has its `sub`; the application has to add this person first"
    )]
    UnknownUser,
    /// A refresh token that is unknown, spent or expired.
    #[error("this session is over; sign in again")]
    SessionOver,
    /// Unknown name or wrong password.
    #[error("wrong name or password")]
    InvalidCredentials,
    /// The password of the asker's own account is another one.
    #[error("this is not your password; try again")]
    WrongPassword,
    /// Somebody has this unique name already.
    #[error("this name is already taken; choose another")]
    NameTaken,
    /// The asker may not create an account.
    #[error(transparent)]
    Uninvited(#[from] Uninvited),
    /// A new password that others guess first.
    #[error(transparent)]
    WeakPassword(#[from] Weakness),
    /// No such thing, or not the asker's to see.
    #[error("{0}")]
    NotFound(&'static str),
    /// No such conversation, or not the asker's to see.
    #[error("there is no such conversation of yours; your contacts name those that there are")]
    NoConversation,
    /// A conversation of two people who are not contacts any more, whoever of them decided it.
    #[error("you can read this conversation, but you are no longer contacts; add each other again to write")]
    NotContacts,
    /// The method does not exist at this address.
    #[error("this address does not take this method; `/api/openapi.json` lists those that it takes")]
    MethodNotAllowed,
    /// A page that is not allowed to embed the calls.
    #[error("pages of this origin may not connect; the server's operator can allow it")]
    ForeignOrigin,
    /// Too many at once; with the time until there is room again.
    #[error("too many sockets wait to be signed in; try again in {} s", in_seconds(.0))]
    TooManySockets(Duration),
    /// Too many requests of one person under way; with the time after which it may be tried again.
    #[error("too many requests of this account are under way; wait for some of them, and try again in {} s", in_seconds(.0))]
    TooManyAtOnce(Duration),
    /// Too often; with the time until it may be tried again.
    #[error("this was done too often; try again in {} s", in_seconds(.0))]
    TooOften(Duration),
    /// More people sign in than passwords can be checked.
    #[error("too many people are signing in right now; try again in a moment")]
    Crowded,
    /// A key that came with another request before.
    #[error("this Idempotency-Key was used for another request; choose a new key")]
    KeyReused,
    /// The rules refused; with the call that stands in the way.
    #[error("{0}")]
    Refused(Refusal, Option<Box<Call>>),
    /// The database cannot be reached, or does not get to it in time.
    #[error("the server cannot reach its database; try again in a moment")]
    Unavailable,
    /// The database may not grow any more.
    #[error("the server has run out of space; nothing was changed, and its operator has to free some")]
    StorageFull,
    /// The server failed.
    #[error("the server failed and nothing was changed; try again, and tell its operator if it fails again")]
    Internal(String),
}

impl ApiError {
    /// A refusal that no call explains further.
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused(refusal, None)
    }

    /// Why a text could not be read: it is no JSON at all, or not what was asked for. (serde_json calls some wrong
    /// types a syntax error.)
    pub fn unreadable(error: &serde_json::Error, text: &[u8]) -> Self {
        if error.is_data() || serde_json::from_slice::<IgnoredAny>(text).is_ok() {
            return Self::Invalid(error.to_string());
        }
        Self::MalformedJson
    }

    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::MalformedJson => ErrorCode::MalformedJson,
            Self::Invalid(_)
            | Self::NotJson
            | Self::SentTooSlowly
            | Self::ForeignOrigin
            | Self::WeakPassword(Weakness::Short | Weakness::Long) => ErrorCode::InvalidRequest,
            Self::UnknownFrame => ErrorCode::UnknownFrame,
            Self::UnsupportedVersion => ErrorCode::UnsupportedVersion,
            Self::TooLarge(_) => ErrorCode::TooLarge,
            Self::Unauthorized | Self::SessionOver => ErrorCode::Unauthorized,
            Self::TokenExpired => ErrorCode::TokenExpired,
            Self::UnknownUser => ErrorCode::UnknownUser,
            Self::InvalidCredentials | Self::WrongPassword => ErrorCode::InvalidCredentials,
            Self::NameTaken => ErrorCode::NameTaken,
            Self::Uninvited(why) => uninvited(*why),
            Self::WeakPassword(Weakness::Common | Weakness::Name | Weakness::Pattern) => {
                ErrorCode::WeakPassword
            }
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::NoConversation | Self::NotContacts => ErrorCode::ConversationNotFound,
            Self::MethodNotAllowed => ErrorCode::MethodNotAllowed,
            Self::TooManySockets(_) | Self::TooManyAtOnce(_) | Self::TooOften(_) => ErrorCode::RateLimited,
            Self::KeyReused => ErrorCode::IdempotencyKeyReused,
            Self::Refused(refusal, _) => refusal.code(),
            Self::Crowded | Self::Unavailable => ErrorCode::Unavailable,
            Self::StorageFull => ErrorCode::StorageFull,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// How long a client should wait before it tries again, where the server knows.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooOften(wait)
            | Self::TooManySockets(wait)
            | Self::TooManyAtOnce(wait)
            | Self::Refused(Refusal::TooManyCalls(wait), _) => Some(*wait),
            Self::Crowded | Self::Unavailable => Some(AWAY),
            Self::Refused(..)
            | Self::MalformedJson
            | Self::Invalid(_)
            | Self::NotJson
            | Self::UnknownFrame
            | Self::UnsupportedVersion
            | Self::TooLarge(_)
            | Self::SentTooSlowly
            | Self::Unauthorized
            | Self::TokenExpired
            | Self::SessionOver
            | Self::UnknownUser
            | Self::InvalidCredentials
            | Self::WrongPassword
            | Self::NameTaken
            | Self::Uninvited(_)
            | Self::WeakPassword(_)
            | Self::NotFound(_)
            | Self::NoConversation
            | Self::NotContacts
            | Self::MethodNotAllowed
            | Self::ForeignOrigin
            | Self::KeyReused
            | Self::StorageFull
            | Self::Internal(_) => None,
        }
    }

    /// The same in whole seconds, as clients are told it.
    pub(crate) fn wait_seconds(&self) -> Option<u32> {
        self.wait().map(|wait| in_seconds(&wait))
    }

    /// What the client is told.
    pub fn body(&self) -> ErrorBody {
        let call = if let Self::Refused(_, call) = self { call.as_deref().cloned() } else { None };
        ErrorBody { code: self.code(), message: self.to_string(), call, retry_after: self.wait_seconds() }
    }
}

/// Rounded up: who comes back a moment early waits once more.
fn in_seconds(wait: &Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

/// The code for somebody who may not register.
fn uninvited(why: Uninvited) -> ErrorCode {
    match why {
        Uninvited::Closed => ErrorCode::RegistrationClosed,
        Uninvited::NoInvitation => ErrorCode::InvitationNeeded,
        Uninvited::Unknown => ErrorCode::InvitationUnknown,
        Uninvited::Spent => ErrorCode::InvitationSpent,
        Uninvited::Expired => ErrorCode::InvitationExpired,
    }
}

impl From<Wait> for ApiError {
    fn from(wait: Wait) -> Self {
        Self::TooOften(wait)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        error.log("a request failed");
        match error.trouble() {
            Trouble::Unavailable => Self::Unavailable,
            Trouble::Full => Self::StorageFull,
            Trouble::Broken => Self::Internal(error.to_string()),
        }
    }
}

/// How long a client should wait when the database is unavailable, or the hash queue is full.
const AWAY: Duration = Duration::from_secs(2);
