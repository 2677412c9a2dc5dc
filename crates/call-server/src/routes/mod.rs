//! The addresses of the server: a list of routes and the layers around them.
//! Never decides anything: handlers read the request, call a service and write the reply.

mod accounts;
pub(crate) mod answers;
mod assets;
mod blocks;
mod caller;
mod calls;
mod client_network;
mod contacts;
mod cors;
mod document;
mod error_reply;
mod headers;
mod idempotency_key;
mod json;
mod messages;
pub(crate) mod metrics;
mod not_ours;
mod observe;
mod page;
mod program;
mod sessions;
mod socket;
mod status;

use crate::{app::App, config::Config, error::ApiError, service::to_the_end};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, Uri, header},
    middleware,
    response::IntoResponse,
};
use call_protocol::{ClientConfig, WhoRegisters, limits};
use caller::Caller;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Every address of the server.
pub fn router(app: Arc<App>) -> Router {
    let cors = cors::layer(&app.config);
    let (api, _) = api().split_for_parts();
    let api = api
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), not_ours::refuse))
        .with_state(Arc::clone(&app));
    let hsts = headers::stays_encrypted(&app.config.tls);
    api.fallback_service(assets::service(&app.config))
        .layer(middleware::from_fn(move |request, next| headers::secure(hsts.clone(), request, next)))
        .layer(cors)
        .layer(middleware::from_fn_with_state(app, observe::observe))
}

/// The addresses that programs use, each with its documentation.
fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(document::About::openapi())
        .routes(routes!(config))
        .merge(accounts::router())
        .merge(blocks::router())
        .merge(calls::router())
        .merge(contacts::router())
        .merge(document::router())
        .merge(messages::router())
        .merge(sessions::router())
        .merge(socket::router())
        .merge(status::router())
}

/// What a client needs before anybody signs in; with a valid token, also the TURN servers
#[utoipa::path(get, path = "/api/config", tag = "server", security((), ("bearer" = [])),
    responses(
        (status = 200, body = ClientConfig, description = "What is configured"),
        answers::Errors<document::Nothing>,
    ))]
async fn config(State(app): State<Arc<App>>, caller: Result<Caller, ApiError>) -> impl IntoResponse {
    let config = &app.config;
    let told = ClientConfig {
        calls_enabled: config.calls_enabled,
        ring_seconds: u32::try_from(config.timings.calls.ring.as_secs()).unwrap_or(u32::MAX),
        ice_servers: caller.map_or_else(
            |_| app.calls.ice.open(),
            |Caller(asker, _turn)| app.calls.ice.for_person(&asker.user),
        ),
        demo: config.demo,
        accounts_elsewhere: config.accounts_elsewhere(),
        registration: who_registers(config),
    };
    // Credentials belong to who asked, and only for a time.
    ([(header::CACHE_CONTROL, "no-store")], Json(told))
}

/// Who may create an account: nobody where that is another program's affair.
fn who_registers(config: &Config) -> WhoRegisters {
    if config.accounts_elsewhere() {
        return WhoRegisters::Closed;
    }
    config.registration
}

/// Does work to its end and replies that there is nothing to say about it: 204.
async fn done<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<StatusCode, ApiError> {
    to_the_end(work).await.map(|_| StatusCode::NO_CONTENT)
}

/// The reply for an address that nobody serves.
async fn unknown_address(uri: Uri) -> axum::response::Response {
    tracing::debug!(path = uri.path(), "unknown address");
    ApiError::NotFound("there is nothing at this address").into_response()
}
