//! The one place where an error becomes a reply of HTTP: its status, the envelope and `Retry-After`.
//! Never words an error: the error itself does.

use crate::error::ApiError;
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use call_protocol::ErrorEnvelope;
use call_rules::Refusal;

impl ApiError {
    /// The status of the reply.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::UnknownFrame | Self::UnsupportedVersion => StatusCode::BAD_REQUEST,
            Self::Unauthorized
            | Self::SessionOver
            | Self::TokenExpired
            | Self::UnknownUser
            | Self::InvalidCredentials
            | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::Uninvited(_) | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::NoConversation | Self::NotContacts => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SentTooSlowly => StatusCode::REQUEST_TIMEOUT,
            Self::NameTaken => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::WeakPassword(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManySockets(_) | Self::TooManyAtOnce(_) | Self::TooOften(_) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Refused(refusal, _) => refused(*refusal),
            Self::Crowded | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The status of a refusal.
fn refused(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::NoConversation | Refusal::NoCall => StatusCode::NOT_FOUND,
        Refusal::WrongState
        | Refusal::AnsweredElsewhere
        | Refusal::AlreadyInCall
        | Refusal::Busy
        | Refusal::PeerOffline
        | Refusal::Blocked
        | Refusal::Silenced
        | Refusal::BlockedByAsker => StatusCode::CONFLICT,
        Refusal::CallsDisabled => StatusCode::FORBIDDEN,
        Refusal::TooManyCandidates | Refusal::TooManyOffers => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::TooManyCalls(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(ErrorEnvelope { error: self.body() })).into_response();
        response.extensions_mut().insert(self.code());
        if let Some(seconds) = self.wait_seconds() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
