//! `/api/blocks…` and `/api/settings`.

use super::answers::{Device, Errors, JsonBody, Missing, SignedIn};
use super::caller::Caller;
use super::done;
use super::json::{Body, Id};
use crate::{
    app::App,
    error::ApiError,
    service::{self, blocks, to_the_end},
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{ChangeSettings, Settings, User, UserId};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_blocks))
        .routes(routes!(block, unblock))
        .routes(routes!(settings, set_settings))
}

/// The people whom you block, by name
#[utoipa::path(get, path = "/api/blocks", tag = "blocks", params(Device),
    responses((status = 200, body = Vec<User>, description = "The people"), Errors<SignedIn>))]
async fn list_blocks(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
) -> Result<Json<Vec<User>>, ApiError> {
    blocks::list(&app.calls, &asker.user).await.map(Json)
}

/// Blocks somebody
///
/// Their calls, messages and requests go nowhere from now on, and they see you offline. They are not told. What rings or
/// runs between the two is over, as if you had declined or hung up.
#[utoipa::path(put, path = "/api/blocks/{user_id}", tag = "blocks",
    params(("user_id" = UserId, Path, description = "The person"), Device),
    responses((status = 204, description = "Blocked"), Errors<(SignedIn, Missing, JsonBody)>))]
async fn block(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    done(async move { blocks::block(&app.calls, &asker, &other).await }).await
}

/// Takes a block back; what came in the meantime stays unseen
#[utoipa::path(delete, path = "/api/blocks/{user_id}", tag = "blocks",
    params(("user_id" = UserId, Path, description = "The person"), Device),
    responses((status = 204, description = "Taken back"), Errors<(SignedIn, Missing)>))]
async fn unblock(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    done(async move { blocks::unblock(&app.calls, &asker, &other).await }).await
}

/// What you want of the server
#[utoipa::path(get, path = "/api/settings", tag = "blocks", params(Device),
    responses((status = 200, body = Settings, description = "Your settings"), Errors<SignedIn>))]
async fn settings(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
) -> Result<Json<Settings>, ApiError> {
    service::settings::read(&app.calls.ice, &app.store, &asker.user).await.map(Json)
}

/// Keeps what you want of the server; what is left out stays as it is
///
/// It holds for what rings at this moment: a ring that you do not want any more is a missed call, and where your address is
/// hidden from now on, what was connected before the answer is closed.
#[utoipa::path(put, path = "/api/settings", tag = "blocks", params(Device),
    request_body = ChangeSettings,
    responses((status = 200, body = Settings, description = "Kept"), Errors<(SignedIn, JsonBody)>))]
async fn set_settings(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Body(wanted): Body<ChangeSettings>,
) -> Result<Json<Settings>, ApiError> {
    to_the_end(async move { service::settings::change(&app.calls, &asker.user, wanted).await })
        .await
        .map(Json)
}
