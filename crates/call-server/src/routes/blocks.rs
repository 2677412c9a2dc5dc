//! `/api/blocks…` and `/api/settings`.

use super::json::{Body, Id};
use crate::{
    auth::Caller,
    error::ApiError,
    service::{App, blocks, to_the_end},
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, put},
};
use call_protocol::{Settings, User, UserId};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/blocks", get(list_blocks))
        .route("/api/blocks/{user_id}", put(block).delete(unblock))
        .route("/api/settings", get(settings).put(set_settings))
}

async fn list_blocks(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
) -> Result<Json<Vec<User>>, ApiError> {
    blocks::list(&app, &asker.user).await.map(Json)
}

async fn block(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    to_the_end(async move { blocks::block(&app, &asker, &other).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unblock(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    to_the_end(async move { blocks::unblock(&app, &asker, &other).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn settings(State(app): State<Arc<App>>, Caller(asker): Caller) -> Result<Json<Settings>, ApiError> {
    blocks::settings(&app, &asker.user).await.map(Json)
}

async fn set_settings(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Body(wanted): Body<Settings>,
) -> Result<Json<Settings>, ApiError> {
    blocks::set_settings(&app, &asker.user, wanted).await.map(Json)
}
