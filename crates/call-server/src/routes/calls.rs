//! `/api/calls/…`: the six addresses of the original design, and the history.

use super::{
    json::{Asked, Body, Id, OptionalBody},
    once::IdempotencyKey,
};
use crate::{
    auth::Caller,
    error::ApiError,
    model::Json as Payload,
    service::{App, answer, end, history, initiate, initiate::Initiated, signal, to_the_end},
    socket::is_object,
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use call_protocol::{Call, CallHistory, CallId, ConversationId, EndCall, InitiateCall, LiveCall, Signal};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/calls/initiate", post(initiate_call))
        .route("/api/calls/{id}/answer", post(answer_call))
        .route("/api/calls/{id}/decline", post(decline_call))
        .route("/api/calls/{id}/end", post(end_call))
        .route("/api/calls/{id}/signal", post(send_signal))
        .route("/api/calls/active/{conversation}", get(active_call))
        .route("/api/calls/history", get(list_calls))
}

async fn initiate_call(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(wanted): Body<InitiateCall<Payload>>,
) -> Result<(StatusCode, Json<LiveCall<Payload>>), ApiError> {
    if let Some(offer) = &wanted.offer {
        is_object(&offer.data)?;
    }
    match to_the_end(async move { initiate::initiate(&app, asker, wanted, key.as_ref()).await }).await? {
        Initiated::New(call) => Ok((StatusCode::CREATED, Json(call))),
        Initiated::Known(call) => Ok((StatusCode::OK, Json(call))),
    }
}

async fn answer_call(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(call): Id<CallId>,
) -> Result<Json<LiveCall<Payload>>, ApiError> {
    to_the_end(async move { answer::answer(&app, &asker, &call).await }).await.map(Json)
}

async fn decline_call(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(call): Id<CallId>,
) -> Result<Json<Call>, ApiError> {
    to_the_end(async move { end::decline(&app, &asker, &call).await }).await.map(Json)
}

async fn end_call(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(call): Id<CallId>,
    OptionalBody(body): OptionalBody<EndCall>,
) -> Result<Json<Call>, ApiError> {
    to_the_end(async move { end::end(&app, &asker, &call, body.reason).await }).await.map(Json)
}

async fn send_signal(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(call): Id<CallId>,
    Body(wanted): Body<Signal<Payload>>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    is_object(&wanted.data)?;
    signal::signal(&app, &asker, &call, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

async fn active_call(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(conversation): Id<ConversationId>,
) -> Result<Json<Option<LiveCall<Payload>>>, ApiError> {
    history::active(&app, &asker, &conversation).await.map(Json)
}

#[derive(Debug, Deserialize)]
struct Page {
    before: Option<String>,
    limit: Option<u32>,
}

async fn list_calls(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Asked(page): Asked<Page>,
) -> Result<Json<CallHistory>, ApiError> {
    history::past(&app, &asker.user, page.before.as_deref(), page.limit).await.map(Json)
}
