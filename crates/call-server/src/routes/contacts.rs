//! `/api/contacts…`.

use super::json::{Body, Id};
use crate::{
    auth::Caller,
    error::ApiError,
    service::{App, contacts, to_the_end},
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{delete, get, post},
};
use call_protocol::{AddContact, Contact, UserId};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/contacts", get(list_contacts).post(add_contact))
        .route("/api/contacts/{user_id}/accept", post(accept_contact))
        .route("/api/contacts/{user_id}", delete(remove_contact))
}

async fn list_contacts(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
) -> Result<Json<Vec<Contact>>, ApiError> {
    contacts::list(&app, &asker.user).await.map(Json)
}

async fn add_contact(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Body(wanted): Body<AddContact>,
) -> Result<(StatusCode, Json<Contact>), ApiError> {
    let (contact, changed) =
        to_the_end(async move { contacts::add(&app, &asker.user, wanted).await }).await?;
    let status = if changed { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(contact)))
}

async fn accept_contact(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(other): Id<UserId>,
) -> Result<Json<Contact>, ApiError> {
    to_the_end(async move { contacts::accept(&app, &asker.user, &other).await }).await.map(Json)
}

async fn remove_contact(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    to_the_end(async move { contacts::remove(&app, &asker.user, &other).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
