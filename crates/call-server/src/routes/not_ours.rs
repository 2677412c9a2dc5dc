//! The addresses that do not exist where an application keeps accounts and contacts itself.
//! Never judges anything else: every other request goes on as it came.

use crate::{app::App, error::ApiError};
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
    let (method, path) = (request.method(), request.uri().path());
    let refused = (app.config.accounts_elsewhere() && is_about_accounts(method, path))
        || (app.config.tables.is_some() && changes_contacts(method, path));
    if refused {
        return KEPT_ELSEWHERE.into_response();
    }
    next.run(request).await
}

/// Whether this makes or ends accounts and sessions. Reading stays, and so do preflights.
fn is_about_accounts(method: &Method, path: &str) -> bool {
    path.starts_with("/api/auth/") || path.starts_with("/api/me/") || (!reads(method) && path == "/api/me")
}

fn changes_contacts(method: &Method, path: &str) -> bool {
    !reads(method) && path.starts_with("/api/contacts")
}

fn reads(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}
