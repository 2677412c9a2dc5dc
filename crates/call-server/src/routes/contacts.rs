//! `/api/contacts…`.

use super::answers::{Device, Errors, JsonBody, Missing, SignedIn};
use super::caller::Caller;
use super::done;
use super::json::{Body, Id};
use crate::{
    app::App,
    error::ApiError,
    service::{contacts, to_the_end},
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{AddContact, Contact, UserId};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_contacts, add_contact))
        .routes(routes!(accept_contact))
        .routes(routes!(remove_contact))
}

/// Everybody on the list, and who is online
#[utoipa::path(get, path = "/api/contacts", tag = "contacts", params(Device),
    responses((status = 200, body = Vec<Contact>, description = "The list"), Errors<SignedIn>))]
async fn list_contacts(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
) -> Result<Json<Vec<Contact>>, ApiError> {
    contacts::list(&app.calls, &asker.user).await.map(Json)
}

/// Asks somebody to be a contact, or accepts when they asked already
#[utoipa::path(post, path = "/api/contacts", tag = "contacts", params(Device),
    request_body = AddContact,
    responses(
        (status = 201, body = Contact, description = "Asked or accepted"),
        (status = 200, body = Contact, description = "It is so already"),
        Errors<(SignedIn, JsonBody, Missing)>,
    ))]
async fn add_contact(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Body(wanted): Body<AddContact>,
) -> Result<(StatusCode, Json<Contact>), ApiError> {
    let (contact, changed) =
        to_the_end(async move { contacts::add(&app.calls, &asker.user, wanted).await }).await?;
    let status = if changed { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(contact)))
}

/// Accepts somebody who asked
#[utoipa::path(post, path = "/api/contacts/{user_id}/accept", tag = "contacts",
    params(("user_id" = UserId, Path, description = "Who asked"), Device),
    responses((status = 200, body = Contact, description = "A contact"), Errors<(SignedIn, Missing)>))]
async fn accept_contact(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(other): Id<UserId>,
) -> Result<Json<Contact>, ApiError> {
    to_the_end(async move { contacts::accept(&app.calls, &asker.user, &other).await }).await.map(Json)
}

/// Takes somebody off the list, or refuses what they asked
///
/// What rings or runs between the two is over, as if you had declined or hung up.
#[utoipa::path(delete, path = "/api/contacts/{user_id}", tag = "contacts",
    params(("user_id" = UserId, Path, description = "Who"), Device),
    responses((status = 204, description = "Taken off, on both sides"), Errors<(SignedIn, Missing)>))]
async fn remove_contact(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(other): Id<UserId>,
) -> Result<StatusCode, ApiError> {
    done(async move { contacts::remove(&app.calls, &asker, &other).await }).await
}
