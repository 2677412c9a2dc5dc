//! What is noted of every request: its trace, for the log, and its address, status and duration, for the measurements.
//! Never notes the address itself, a name or an id.

use crate::{
    app::App,
    metrics::Method,
    trace::{self, Trace},
};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use call_protocol::ErrorCode;
use std::sync::Arc;
use tracing::Instrument;

/// What the client's files, and addresses that do not exist, are counted as.
const OTHER: &str = "other";

/// Answers a request within its trace, and counts it.
pub(super) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = app.clock.tick();
    let trace = Trace::of(request.headers());
    let method = Method::from(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(OTHER, MatchedPath::as_str);
    let span = tracing::info_span!("request", trace.id = %trace.id(), http.route = route);
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(trace::RESPONSE, trace.response());
    if let Some(code) = response.extensions().get::<ErrorCode>() {
        app.metrics.refused(*code);
    }
    let took = app.clock.tick().0.saturating_sub(begun.0);
    app.metrics.request(method, route, response.status().as_u16(), took);
    response
}
