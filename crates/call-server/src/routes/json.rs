//! Reads bodies, paths and queries, and says in our own envelope what was wrong with them.
//! Never reads more than the body limit, nor waits longer for it than the time limit, nor for more of one network than so
//! many at a time.

use super::client_network::ClientNetwork;
use crate::{app::App, error::ApiError, service::sessions, timestamp};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use call_protocol::{CallId, ConversationId, SessionId, Timestamp, UserId};
use call_rules::Refusal;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};
use tokio::time::timeout;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Arc<App>) -> Result<Self, ApiError> {
        if !says_json(request.headers()) {
            return Err(ApiError::NotJson);
        }
        parse(&bytes(request, state).await?).map(Self)
    }
}

/// A JSON body that may be left out altogether, or be null.
#[derive(Debug)]
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<App>> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Arc<App>) -> Result<Self, ApiError> {
        let bytes = bytes(request, state).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(T::default()));
        }
        parse::<Option<T>>(&bytes).map(|body| Self(body.unwrap_or_default()))
    }
}

/// A query string.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|rejection: QueryRejection| ApiError::Invalid(rejection.body_text()))
    }
}

/// The id in a path, in the one form that ids have.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

/// An id in a body, in the one form that ids have; nothing for a text that is none.
#[derive(Debug)]
pub(super) struct Named<T>(Option<T>);

impl<T: Identified> Named<T> {
    /// The id.
    ///
    /// # Errors
    /// What is said of an id that nothing has.
    pub(super) fn known(self) -> Result<T, ApiError> {
        self.0.ok_or_else(T::missing)
    }
}

impl<'de, T: Identified> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(T::read(&text)))
    }
}

/// What has an id of its own.
pub(super) trait Identified: Sized {
    /// Reads an id.
    fn read(text: &str) -> Option<Self>;

    /// What is said of an id that nothing has: the same for one that cannot be read.
    fn missing() -> ApiError;
}

impl Identified for SessionId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn missing() -> ApiError {
        sessions::missing()
    }
}

impl Identified for CallId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn missing() -> ApiError {
        ApiError::refused(Refusal::NoCall)
    }
}

impl Identified for ConversationId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn missing() -> ApiError {
        ApiError::NoConversation
    }
}

impl Identified for UserId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn missing() -> ApiError {
        ApiError::NotFound("there is no such person")
    }
}

impl<S: Send + Sync, T: Identified + DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| T::missing())
    }
}

/// Reads a moment that a client hands back.
///
/// # Errors
/// When it is not RFC 3339.
pub(super) fn moment(text: &str) -> Result<Timestamp, ApiError> {
    let moment =
        timestamp::parse(text).ok_or_else(|| ApiError::Invalid("`before` is not a moment".to_owned()))?;
    Ok(timestamp::format(moment))
}

fn says_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

async fn bytes(request: Request, app: &Arc<App>) -> Result<Bytes, ApiError> {
    let (mut parts, body) = request.into_parts();
    let ClientNetwork(network) = ClientNetwork::from_request_parts(&mut parts, app).await?;
    let request = Request::from_parts(parts, body);
    let mut reading = pin!(timeout(app.config.timings.body, Bytes::from_request(request, app)));
    let sent = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        // It came with the head, as nearly always.
        Poll::Ready(sent) => sent,
        Poll::Pending => {
            let permit = app.bodies.enter(Some(network), app.clock.tick()).ok_or(ApiError::SentTooSlowly)?;
            tokio::select! {
                sent = reading => sent,
                () = permit.holder().evicted() => return Err(ApiError::SentTooSlowly),
            }
        }
    };
    sent.map_err(|_| ApiError::SentTooSlowly)?.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge(call_protocol::limits::FRAME_BYTES),
        _ => ApiError::MalformedJson,
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| ApiError::unreadable(&error, bytes))
}
