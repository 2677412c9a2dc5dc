//! What the server says about its own state, for those who start, stop and balance servers.
//! Never needs a token, and never says more than one sentence.

use super::{answers::Errors, document::Nothing};
use crate::{
    app::App,
    service::readiness::{Obstacle, Part},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`, or `not ready`.
    status: &'static str,
    /// What the server's work depends on, and is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    /// What stands in the way, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

const WELL: Health = Health { status: "ok", part: None, reason: None };

/// Whether the server is alive
///
/// Looks at nothing else: a server that does not answer this is to be started anew.
#[utoipa::path(get, path = "/healthz", tag = "server", security(()),
    responses((status = 200, body = Health, description = "It is"), Errors<Nothing>))]
async fn healthz() -> Json<Health> {
    Json(WELL)
}

/// Whether the server can do its work
///
/// Writes something into the database and takes it back, once a second at most. A server that is not ready gets well by
/// itself, stops, or needs room on its disk: send it no requests until then.
#[utoipa::path(get, path = "/readyz", tag = "server", security(()),
    responses(
        (status = 200, body = Health, description = "It can"),
        (status = 503, body = Health, description = "It cannot: `part` says what is not well, `reason` why"),
        Errors<Nothing>,
    ))]
async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    match app.readiness.obstacle().await {
        None => (StatusCode::OK, Json(WELL)),
        Some(Obstacle { part, reason }) => {
            let health = Health { status: "not ready", part: Some(part), reason: Some(reason) };
            (StatusCode::SERVICE_UNAVAILABLE, Json(health))
        }
    }
}
