//! Reads bodies, paths and queries, and says in our own envelope what was wrong with them.
//! Never reads more than the body limit.

use crate::{clock::Moment, error::ApiError};
use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use call_protocol::Timestamp;
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

/// A JSON body that may be left out altogether.
#[derive(Debug)]
pub(super) struct OptionalBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
                _ => ApiError::MalformedJson,
            })?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(T::default()));
        }
        Json::<T>::from_bytes(&bytes).map(|Json(value)| Self(value)).map_err(|rejection| refused(&rejection))
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

/// The id in a path; one that cannot be read belongs to nothing.
#[derive(Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| ApiError::NotFound("there is nothing at this address"))
    }
}

/// Reads a moment that a client hands back.
///
/// # Errors
/// When it is not RFC 3339.
pub(super) fn moment(text: &str) -> Result<Timestamp, ApiError> {
    let moment =
        Moment::parse(text).ok_or_else(|| ApiError::Invalid("`before` is not a moment".to_owned()))?;
    Ok(moment.timestamp())
}

fn refused(rejection: &JsonRejection) -> ApiError {
    match rejection.status() {
        StatusCode::UNPROCESSABLE_ENTITY => ApiError::Invalid(rejection.body_text()),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::NotJson,
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        _ => ApiError::MalformedJson,
    }
}
