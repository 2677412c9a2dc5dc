//! The addresses that do not exist where an application keeps accounts and contacts itself.
//! Never judges anything else: every other request goes on as it came.

use crate::{error::ApiError, service::App};
use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

const KEPT_ELSEWHERE: ApiError = ApiError::NotFound(
    "accounts and contacts are kept by the application that these calls belong to; use its own ways",
);

/// Answers for what the application does itself, and passes on the rest.
pub(super) async fn refuse(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.config.tables.is_some() && is_the_application_s(request.method(), request.uri().path()) {
        return KEPT_ELSEWHERE.into_response();
    }
    next.run(request).await
}

/// Whether this makes or ends accounts and sessions, or changes contacts. Reading stays, and so do preflights.
fn is_the_application_s(method: &Method, path: &str) -> bool {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    path.starts_with("/api/auth/") || (!reads && (path == "/api/me" || path.starts_with("/api/contacts")))
}
