//! `/api/auth/…` and `/api/me`.

use super::json::Body;
use crate::{
    auth::{Caller, From},
    error::ApiError,
    service::{App, accounts, deletion, to_the_end},
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use call_protocol::{Credentials, DeleteAccount, RefreshToken, Registration, Session, User};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/auth/register", post(register))
        .route("/api/auth/login", post(login))
        .route("/api/auth/refresh", post(refresh))
        .route("/api/auth/logout", post(logout))
        .route("/api/me", get(me).delete(delete_me))
}

async fn register(
    State(app): State<Arc<App>>,
    From(address): From,
    Body(wanted): Body<Registration>,
) -> Result<(StatusCode, Json<Session>), ApiError> {
    app.rates.register(address)?;
    let session = to_the_end(async move { accounts::register(&app, wanted).await }).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

async fn login(
    State(app): State<Arc<App>>,
    From(address): From,
    Body(credentials): Body<Credentials>,
) -> Result<Json<Session>, ApiError> {
    app.rates.sign_in(address, &credentials.username)?;
    accounts::login(&app, credentials).await.map(Json)
}

async fn refresh(
    State(app): State<Arc<App>>,
    Body(token): Body<RefreshToken>,
) -> Result<Json<Session>, ApiError> {
    to_the_end(async move { accounts::refresh(&app, token).await }).await.map(Json)
}

async fn logout(
    State(app): State<Arc<App>>,
    Body(token): Body<RefreshToken>,
) -> Result<StatusCode, ApiError> {
    accounts::logout(&app, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn me(State(app): State<Arc<App>>, Caller(asker): Caller) -> Result<Json<User>, ApiError> {
    accounts::me(&app, &asker.user).await.map(Json)
}

async fn delete_me(
    State(app): State<Arc<App>>,
    From(address): From,
    Caller(asker): Caller,
    Body(wanted): Body<DeleteAccount>,
) -> Result<StatusCode, ApiError> {
    // A stolen token is no way to try passwords.
    app.rates.sign_in(address, asker.user.as_str())?;
    to_the_end(async move { deletion::delete_own(&app, &asker.user, wanted).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
