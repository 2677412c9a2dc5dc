//! `/api/me/sessions…` and `/api/me/password`.

use super::answers::{ChangingPassword, Device, Errors, JsonBody, Limited, Missing, Ours, SignedIn};
use super::caller::SessionCaller;
use super::client_network::ClientNetwork;
use super::done;
use super::json::{Body, Id};
use crate::{
    app::App,
    error::ApiError,
    rates::Doing,
    service::{accounts, sessions},
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{ChangePassword, OwnSession, SessionId};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions, end_others))
        .routes(routes!(end_session))
        .routes(routes!(change_password))
}

/// Where you are signed in, the last used first
#[utoipa::path(get, path = "/api/me/sessions", tag = "accounts", params(Device),
    responses((status = 200, body = Vec<OwnSession>, description = "Your sessions"), Errors<(SignedIn, Ours)>))]
async fn list_sessions(
    State(app): State<Arc<App>>,
    SessionCaller(asker, own, _turn): SessionCaller,
) -> Result<Json<Vec<OwnSession>>, ApiError> {
    sessions::list(&app.accounts, &asker.user, own.as_ref()).await.map(Json)
}

/// Ends all of your sessions but the one that asks
///
/// Their tokens are refused from now on, and their sockets are closed with 4011; a call of theirs is over.
#[utoipa::path(delete, path = "/api/me/sessions", tag = "accounts", params(Device),
    responses((status = 204, description = "Only this one is left"), Errors<(SignedIn, Ours, Limited)>))]
async fn end_others(
    State(app): State<Arc<App>>,
    SessionCaller(asker, own, _turn): SessionCaller,
) -> Result<StatusCode, ApiError> {
    app.rates.allow(&asker.user, Doing::Changing)?;
    done(async move { sessions::end_others(&app.accounts, &asker.user, own.as_ref()).await }).await
}

/// Ends one of your sessions
///
/// Its tokens are refused from now on, and its sockets are closed with 4011; a call of its is over.
#[utoipa::path(delete, path = "/api/me/sessions/{session_id}", tag = "accounts",
    params(("session_id" = SessionId, Path, description = "The session"), Device),
    responses((status = 204, description = "It is over"), Errors<(SignedIn, Missing, Ours, Limited)>))]
async fn end_session(
    State(app): State<Arc<App>>,
    SessionCaller(asker, own, _turn): SessionCaller,
    Id(session): Id<SessionId>,
) -> Result<StatusCode, ApiError> {
    app.rates.allow(&asker.user, Doing::Changing)?;
    done(async move { sessions::end_one(&app.accounts, &asker.user, &session, own.as_ref()).await }).await
}

/// Changes your password, and ends all of your sessions but the one that asks
///
/// The sockets of the others are closed with 4012.
#[utoipa::path(put, path = "/api/me/password", tag = "accounts", params(Device),
    request_body = ChangePassword,
    responses(
        (status = 204, description = "Changed"),
        Errors<(SignedIn, JsonBody, ChangingPassword, Ours)>,
    ))]
async fn change_password(
    State(app): State<Arc<App>>,
    ClientNetwork(network): ClientNetwork,
    SessionCaller(asker, own, _turn): SessionCaller,
    Body(wanted): Body<ChangePassword>,
) -> Result<StatusCode, ApiError> {
    let change = async move {
        accounts::change_password(&app.accounts, &asker.user, (own.as_ref(), network), wanted).await
    };
    done(change).await
}
