//! `/api/conversations/{id}/messages`.

use super::answers::{Asking, Device, Errors, JsonBody, Limited, OfConversation, Once, OnceKey, SignedIn};
use super::caller::Caller;
use super::{
    idempotency_key::IdempotencyKey,
    json::{Asked, Body, Id, moment},
};
use crate::{
    app::App,
    error::ApiError,
    service::{messages, to_the_end},
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{ConversationId, Message, MessagePage, PostMessage, Timestamp};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(list_messages, post_message))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The `next` of the page before: only older messages, newest page first
    #[param(value_type = Option<Timestamp>)]
    before: Option<String>,
}

/// A page of the conversation, oldest message first
#[utoipa::path(get, path = "/api/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path, description = "The conversation"), Page, Device),
    responses((status = 200, body = MessagePage, description = "At most 50"), Errors<(SignedIn, Asking, OfConversation)>))]
async fn list_messages(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(conversation): Id<ConversationId>,
    Asked(page): Asked<Page>,
) -> Result<Json<MessagePage>, ApiError> {
    let before = page.before.as_deref().map(moment).transpose()?;
    messages::list(&app.store, &asker.user, &conversation, before.as_ref()).await.map(Json)
}

/// Writes a message, and delivers it to every device of both people
#[utoipa::path(post, path = "/api/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path, description = "The conversation"), Device, OnceKey),
    request_body = PostMessage,
    responses(
        (status = 201, body = Message, description = "The message"),
        Errors<(SignedIn, JsonBody, OfConversation, Limited, Once)>,
    ))]
async fn post_message(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(conversation): Id<ConversationId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(wanted): Body<PostMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let work =
        async move { messages::post(&app.calls, &asker.user, &conversation, wanted, key.as_ref()).await };
    Ok((StatusCode::CREATED, Json(to_the_end(work).await?)))
}
