//! Reads from a request where it comes from: the address of the connection or, behind a reverse proxy, the one that the
//! proxy saw. Never believes `X-Forwarded-For` unless the operator says that there is a proxy.

use crate::{error::ApiError, service::App};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct From(pub IpAddr);

impl FromRequestParts<Arc<App>> for From {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let ConnectInfo(connection) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|error| ApiError::Internal(error.to_string()))?;
        let told = app.config.behind_proxy.then(|| forwarded_for(&parts.headers)).flatten();
        Ok(Self(told.unwrap_or(connection.ip())))
    }
}

/// The last address of the last `X-Forwarded-For`: that one the proxy wrote, those before it anybody may have.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        forwarded_for(&headers).map(|address| address.to_string())
    }

    #[test]
    fn only_what_the_nearest_proxy_wrote_is_believed() {
        assert_eq!(told(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(told(&["10.0.0.1, 192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(told(&["10.0.0.1", "203.0.113.9, 2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["unknown"]), None);
    }
}
