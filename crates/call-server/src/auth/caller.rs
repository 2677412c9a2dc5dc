//! Reads from a request who sends it: the bearer token and the device's name.

use crate::{
    error::ApiError,
    model::{Asker, SEED_DEVICE},
    service::{App, people},
};
use axum::{extract::FromRequestParts, http::header, http::request::Parts};
use call_protocol::{DEVICE_HEADER, DeviceId};
use std::sync::Arc;

const LONGEST_DEVICE_NAME: usize = 64;

/// The person and device behind a request; handlers that take it need a valid token.
#[derive(Clone, Debug)]
pub struct Caller(pub Asker);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).ok_or(ApiError::Unauthorized)?;
        let user = app.tokens.verify(token, &app.clock).await?.user;
        people::require(app, &user).await?;
        let device = match parts.headers.get(DEVICE_HEADER) {
            None => DeviceId::from(SEED_DEVICE),
            Some(name) => device_name(name.to_str().unwrap_or_default())?,
        };
        app.hub.used(&user, &device, app.clock.tick());
        Ok(Self(Asker { user, device }))
    }
}

/// Checks the name that a device gives itself.
///
/// # Errors
/// When it is empty, too long, or not plain visible text.
pub fn device_name(name: &str) -> Result<DeviceId, ApiError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    if name.is_empty() || name.len() > LONGEST_DEVICE_NAME || !plain || name == SEED_DEVICE {
        let sentence = format!("a device id is 1 to {LONGEST_DEVICE_NAME} visible ASCII characters");
        return Err(ApiError::Invalid(sentence));
    }
    Ok(DeviceId::from(name))
}
