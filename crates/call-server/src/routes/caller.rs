//! Reads from a request who sends it: the bearer token and the device's name.

use crate::{
    app::App,
    auth::{Bearer, device_name},
    error::ApiError,
    rates::Doing,
    request_turns::Turn,
    service::known_people,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use call_protocol::{DEVICE_HEADER, DeviceId, SessionId};
use call_rules::{Asker, NO_DEVICE};
use std::sync::Arc;

/// The person and device behind a request, and its turn among the requests of this person; handlers that take it need a
/// valid token.
#[derive(Debug)]
pub(super) struct Caller(pub(super) Asker, pub(super) Turn);

/// The same with the session that the token belongs to, if it belongs to one.
#[derive(Debug)]
pub(super) struct SessionCaller(pub(super) Asker, pub(super) Option<SessionId>, pub(super) Turn);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = SessionCaller::from_request_parts(parts, app).await;
        caller.map(|SessionCaller(asker, _, turn)| Self(asker, turn))
    }
}

impl FromRequestParts<Arc<App>> for SessionCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let bearer = signed_in(parts, app).await?;
        app.rates.allow(&bearer.user, Doing::Asking)?;
        let turn = app.turns.take(&bearer.user).await.map_err(ApiError::TooManyAtOnce)?;
        let session = bearer.session.clone();
        asker(parts, app, bearer).await.map(|asker| Self(asker, session, turn))
    }
}

/// The person and device behind a request that ends a call: it waits for no other of theirs, and is counted where it is known
/// whether the call lives.
#[derive(Clone, Debug)]
pub(super) struct Leaving(pub(super) Asker);

impl FromRequestParts<Arc<App>> for Leaving {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let bearer = signed_in(parts, app).await?;
        asker(parts, app, bearer).await.map(Self)
    }
}

async fn signed_in(parts: &Parts, app: &App) -> Result<Bearer, ApiError> {
    let token = bearer(&parts.headers).ok_or(ApiError::Unauthorized)?;
    app.accounts.tokens.verify(token, &app.clock).await
}

async fn asker(parts: &Parts, app: &App, bearer: Bearer) -> Result<Asker, ApiError> {
    known_people::require(&app.accounts, &bearer).await?;
    let user = bearer.user;
    let device = match parts.headers.get(DEVICE_HEADER) {
        None => DeviceId::from(NO_DEVICE),
        Some(name) => device_name(name.to_str().unwrap_or_default())?,
    };
    app.calls.hub.used(&user, &device, app.clock.tick());
    Ok(Asker { user, device })
}

/// The token of a request (RFC 9110, 11.1 and RFC 6750, 2.1): the scheme's case does not matter; one blank follows it, as every
/// program writes it. Two headers are none: who put which there, nobody can tell.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let is_one = scheme.eq_ignore_ascii_case("bearer") && !token.contains([' ', '\t', ',']);
    is_one.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn a_token_is_read_however_its_scheme_is_written() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", " Bearer a.b.c "] {
            assert_eq!(read(&[value]).as_deref(), Some("a.b.c"), "{value:?}");
        }
        for bad in
            ["", "Bearer", "Bearer ", "a.b.c", "Basic a.b.c", "Bearera.b.c", "Bearer\ta.b.c", "Bearer  a.b.c"]
        {
            assert_eq!(read(&[bad]), None, "{bad:?}");
        }
        for bad in ["Bearer a.b.c d", "Bearer a.b.c, Bearer d.e.f", "Bearer Bearer a.b.c"] {
            assert_eq!(read(&[bad]), None, "{bad:?}");
        }
        assert_eq!(read(&["Bearer a.b.c", "Bearer d.e.f"]), None);
        assert_eq!(read(&[]), None);
    }
}
