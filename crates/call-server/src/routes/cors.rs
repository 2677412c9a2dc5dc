//! Which pages of other origins may use the server from a browser: REST, the module and its files.
//! Never guards the socket, which browsers open without asking: see `socket`.

use crate::{config::Config, trace};
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

const PREFLIGHT_LIFE: Duration = Duration::from_secs(2 * 3600);

/// The layer that answers preflights, cached by browsers, and marks replies for the allowed origins.
pub(super) fn layer(config: &Config) -> CorsLayer {
    let origins = config.allow_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static(call_protocol::DEVICE_HEADER),
            HeaderName::from_static(call_protocol::IDEMPOTENCY_HEADER),
            trace::REQUEST,
        ])
        .expose_headers([header::RETRY_AFTER, trace::RESPONSE])
        .max_age(PREFLIGHT_LIFE)
}
