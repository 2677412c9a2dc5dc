//! What the server says about its own state, for those who start and stop it.
//! Never needs a token.

use super::{answers::Errors, document::Nothing};
use crate::service::App;
use axum::Json;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the server is alive
///
/// Looks at nothing else: a server that does not answer this is to be started anew.
#[utoipa::path(get, path = "/healthz", tag = "server", security(()),
    responses((status = 200, body = Health, description = "It is"), Errors<Nothing>))]
async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}
