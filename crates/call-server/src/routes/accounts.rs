//! `/api/auth/…` and `/api/me`.

use super::answers::{
    Deleting, Device, Entering, Errors, JsonBody, Limited, Ours, Refreshing, Registering, SignedIn, SigningIn,
};
use super::{caller::Caller, client_network::ClientNetwork, done, json::Body};
use crate::{
    app::App,
    error::ApiError,
    service::{
        accounts::{self, Program},
        deletion, invitations, to_the_end,
    },
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{Credentials, DeleteAccount, RefreshToken, Registration, Session, ShownInvitation, User};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(invitation))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(me, delete_me))
}

/// Creates an account and signs in
#[utoipa::path(post, path = "/api/auth/register", tag = "accounts", security(()),
    request_body = Registration,
    responses(
        (status = 201, body = Session, description = "The account and a session"),
        Errors<(JsonBody, Registering, Entering, Ours)>,
    ))]
async fn register(
    State(app): State<Arc<App>>,
    program: Program,
    Body(wanted): Body<Registration>,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    // First: somebody who may not register learns nothing else, and costs nothing.
    call_rules::door(app.config.registration, wanted.invitation.as_deref())?;
    if let Err(wait) = app.rates.register(program.network) {
        app.accounts.journal.limited("new accounts refused by the limit", program.network);
        return Err(wait.into());
    }
    let session =
        to_the_end(async move { accounts::register(&app.accounts, wanted, &program).await }).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

/// Looks whether an account can be made with an invitation
///
/// Its link opens the messenger's page at `/#invite=…`; nothing is used up by looking.
#[utoipa::path(post, path = "/api/auth/invitation", tag = "accounts", security(()),
    request_body = ShownInvitation,
    responses(
        (status = 204, description = "It is good"),
        Errors<(JsonBody, Entering, Limited, Ours)>,
    ))]
async fn invitation(
    State(app): State<Arc<App>>,
    ClientNetwork(network): ClientNetwork,
    Body(shown): Body<ShownInvitation>,
) -> Result<StatusCode, ApiError> {
    call_rules::door(app.config.registration, Some(&shown.invitation))?;
    app.rates.register(network)?;
    invitations::look(&app.store, &shown.invitation, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs in
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", security(()),
    request_body = Credentials,
    responses((status = 200, body = Session, description = "A session"), Errors<(JsonBody, SigningIn, Ours)>))]
async fn login(
    State(app): State<Arc<App>>,
    program: Program,
    Body(credentials): Body<Credentials>,
) -> Result<Json<Session>, ApiError> {
    to_the_end(async move { accounts::login(&app.accounts, credentials, &program).await }).await.map(Json)
}

/// Exchanges a refresh token for the next one of its session
///
/// A refresh token can be exchanged once. A client that never got the reply sends it again within half a minute (or later,
/// from the device that sent it first) and gets another token in place of the lost one, once in ten seconds. A token that is
/// sent again otherwise has been copied: its session ends, and its sockets are closed.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", security(()), params(Device),
    request_body = RefreshToken,
    responses((status = 200, body = Session, description = "The next session"), Errors<(JsonBody, Refreshing, Ours)>))]
async fn refresh(
    State(app): State<Arc<App>>,
    program: Program,
    Body(token): Body<RefreshToken>,
) -> Result<Json<Session>, ApiError> {
    to_the_end(async move { accounts::refresh(&app.accounts, token, program).await }).await.map(Json)
}

/// Ends a session
///
/// All of its tokens are refused from now on, and its sockets are closed. An unknown token is no error.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", security(()),
    request_body = RefreshToken,
    responses((status = 204, description = "Signed out"), Errors<(JsonBody, Ours, Limited)>))]
async fn logout(
    State(app): State<Arc<App>>,
    ClientNetwork(network): ClientNetwork,
    Body(token): Body<RefreshToken>,
) -> Result<StatusCode, ApiError> {
    done(async move { accounts::logout(&app.accounts, network, token).await }).await
}

/// The person behind the access token
#[utoipa::path(get, path = "/api/me", tag = "accounts", params(Device),
    responses((status = 200, body = User, description = "You"), Errors<SignedIn>))]
async fn me(State(app): State<Arc<App>>, Caller(asker, _turn): Caller) -> Result<Json<User>, ApiError> {
    accounts::me(&app.store, &asker.user).await.map(Json)
}

/// Deletes the account for good; others keep the calls and messages that they shared with it
#[utoipa::path(delete, path = "/api/me", tag = "accounts", params(Device),
    request_body = DeleteAccount,
    responses(
        (status = 204, description = "There is no such account any more"),
        Errors<(SignedIn, JsonBody, Deleting, Ours)>,
    ))]
async fn delete_me(
    State(app): State<Arc<App>>,
    ClientNetwork(network): ClientNetwork,
    Caller(asker, _turn): Caller,
    Body(wanted): Body<DeleteAccount>,
) -> Result<StatusCode, ApiError> {
    done(async move { deletion::delete_own(&app.accounts, network, &asker.user, wanted).await }).await
}
