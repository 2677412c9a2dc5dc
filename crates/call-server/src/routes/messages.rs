//! `/api/conversations/{id}/messages`.

use super::{
    json::{Asked, Body, Id, moment},
    once::IdempotencyKey,
};
use crate::{
    auth::Caller,
    error::ApiError,
    service::{App, messages, to_the_end},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use call_protocol::{ConversationId, Message, MessagePage, PostMessage};
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/api/conversations/{id}/messages", get(list_messages).post(post_message))
}

#[derive(Debug, Deserialize)]
struct Page {
    before: Option<String>,
}

async fn list_messages(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(conversation): Id<ConversationId>,
    Asked(page): Asked<Page>,
) -> Result<Json<MessagePage>, ApiError> {
    let before = page.before.as_deref().map(moment).transpose()?;
    messages::list(&app, &asker.user, &conversation, before.as_ref()).await.map(Json)
}

async fn post_message(
    State(app): State<Arc<App>>,
    Caller(asker): Caller,
    Id(conversation): Id<ConversationId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(wanted): Body<PostMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let work = async move { messages::post(&app, &asker.user, &conversation, wanted, key.as_ref()).await };
    Ok((StatusCode::CREATED, Json(to_the_end(work).await?)))
}
