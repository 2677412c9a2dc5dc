//! Reads the `Idempotency-Key` of a request.
//! Never decides what a key is good for: the service does.

use crate::{error::ApiError, service::once::Key};
use axum::{extract::FromRequestParts, http::request::Parts};
use call_protocol::IDEMPOTENCY_HEADER;

/// The key of a request, if it has one.
#[derive(Debug)]
pub(super) struct IdempotencyKey(pub(super) Option<Key>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => Key::read(value.as_bytes()).map(|key| Self(Some(key))),
            (Some(_), Some(_)) => {
                Err(ApiError::Invalid("a request has one Idempotency-Key; send only one".to_owned()))
            }
        }
    }
}
