//! `GET /metrics`, at an address of its own: the measurements are for operators.
//! Never a part of the API.

use crate::{app::App, error::ApiError, metrics::Load};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use std::sync::Arc;

/// What OpenMetrics 1.0 demands.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The addresses of the listener for operators.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .fallback(super::unknown_address)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .with_state(app)
}

async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let (sockets, frames, most_frames) = app.calls.hub.load();
    let mut load =
        Load { sockets, frames, most_frames, waiting: app.anonymous_sockets.len(), ..Load::default() };
    app.calls.live.lock().live().for_each(|entry| load.count(entry.record.status));
    ([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], app.metrics.text(load))
}
