//! `/api/calls/…`: the six required addresses, and the history.

use super::answers::{
    Asking, BodyOrNone, Calling, Device, Errors, JsonBody, OfCall, OfConversation, Once, OnceKey, Signalling,
    SignedIn,
};
use super::{
    caller::{Caller, Leaving},
    idempotency_key::IdempotencyKey,
    json::{Asked, Body, Id, Named, OptionalBody},
};
use crate::{
    app::App,
    error::ApiError,
    model::Json as Payload,
    service::{answer, end, history, initiate, initiate::Initiated, signal, to_the_end},
    socket::payload,
};
use axum::{Json, extract::State, http::StatusCode};
use call_protocol::{
    Call, CallHistory, CallId, CallReply, CallType, ConversationId, EndCall, InitiateCall, RingOffer, Signal,
    Unread,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(initiate_call))
        .routes(routes!(answer_call))
        .routes(routes!(decline_call))
        .routes(routes!(end_call))
        .routes(routes!(send_signal))
        .routes(routes!(active_call))
        .routes(routes!(list_calls))
}

/// An [`InitiateCall`] as others write it.
#[derive(Deserialize)]
struct Wanted {
    conversation_id: Named<ConversationId>,
    call_type: CallType,
    offer: Option<RingOffer<Payload>>,
}

/// Calls the other person of a conversation
///
/// Rings every device of theirs. The offer travels with the ring, so that the transport is ready before the answer;
/// leave it out and send it as a signal later. When they are calling you at this moment, this answers their call.
#[utoipa::path(post, path = "/api/calls/initiate", tag = "calls",
    params(Device, OnceKey), request_body = InitiateCall,
    responses(
        (status = 201, body = CallReply, description = "It rings"),
        (status = 200, body = CallReply, description = "Yours, asked for again, or theirs, answered by this"),
        Errors<(SignedIn, JsonBody, Calling, Once)>,
    ))]
async fn initiate_call(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Body(Wanted { conversation_id, call_type, offer }): Body<Wanted>,
) -> Result<(StatusCode, Json<CallReply<Payload>>), ApiError> {
    let wanted = InitiateCall { conversation_id: conversation_id.known()?, call_type, offer };
    if let Some(offer) = &wanted.offer {
        payload(&offer.data)?;
    }
    match to_the_end(async move { initiate::initiate(&app.calls, asker, wanted, key.as_ref()).await }).await?
    {
        Initiated::New(call) => Ok((StatusCode::CREATED, Json(call.into()))),
        Initiated::Known(call) => Ok((StatusCode::OK, Json(call.into()))),
    }
}

/// Answers a call that rings
///
/// The first device wins; the others are told by the socket. Media may flow from now on.
#[utoipa::path(post, path = "/api/calls/{id}/answer", tag = "calls",
    params(("id" = CallId, Path, description = "The call"), Device),
    responses((status = 200, body = CallReply, description = "The call is yours"), Errors<(SignedIn, OfCall)>))]
async fn answer_call(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(call): Id<CallId>,
) -> Result<Json<CallReply<Payload>>, ApiError> {
    to_the_end(async move { answer::answer(&app.calls, &asker, &call).await })
        .await
        .map(|call| Json(call.into()))
}

/// Declines a call that rings
#[utoipa::path(post, path = "/api/calls/{id}/decline", tag = "calls",
    params(("id" = CallId, Path, description = "The call"), Device),
    responses((status = 200, body = Call, description = "Declined"), Errors<(SignedIn, OfCall)>))]
async fn decline_call(
    State(app): State<Arc<App>>,
    Leaving(asker): Leaving,
    Id(call): Id<CallId>,
) -> Result<Json<Call>, ApiError> {
    to_the_end(async move { end::decline(&app.calls, &asker, &call).await }).await.map(Json)
}

/// Ends a call, whatever that means in its state
///
/// The caller cancels, the callee declines, either hangs up. A `reason` is for machines that had to give up.
#[utoipa::path(post, path = "/api/calls/{id}/end", tag = "calls",
    params(("id" = CallId, Path, description = "The call"), Device), request_body = Option<EndCall>,
    responses((status = 200, body = Call, description = "Over"), Errors<(SignedIn, BodyOrNone, OfCall)>))]
async fn end_call(
    State(app): State<Arc<App>>,
    Leaving(asker): Leaving,
    Id(call): Id<CallId>,
    OptionalBody(body): OptionalBody<EndCall>,
) -> Result<Json<Call>, ApiError> {
    to_the_end(async move { end::end(&app.calls, &asker, &call, body).await }).await.map(Json)
}

/// Sends a signal to the other side of a call
///
/// The same as the frame `signal` of the socket, for clients without one. Accepted is not delivered: the other
/// device acknowledges by a signal of its own.
#[utoipa::path(post, path = "/api/calls/{id}/signal", tag = "calls",
    params(("id" = CallId, Path, description = "The call"), Device), request_body = Signal,
    responses(
        (status = 202, body = Object, description = "Passed on"),
        Errors<(SignedIn, JsonBody, OfCall, Signalling)>,
    ))]
async fn send_signal(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(call): Id<CallId>,
    Body(wanted): Body<Signal<Unread<Payload>>>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Signal { body: Unread { kind, data }, peer_connection, seq, from_device, to_device } = wanted;
    payload(&data)?;
    let body = Unread { kind, data: &*data };
    let wanted = Signal { body, peer_connection, seq, from_device, to_device };
    signal::signal(&app.calls, &asker, &call, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

/// The call that rings or runs in a conversation, or null
#[utoipa::path(get, path = "/api/calls/active/{conversation}", tag = "calls",
    params(("conversation" = ConversationId, Path, description = "The conversation"), Device),
    responses(
        (status = 200, body = Option<CallReply>, description = "As you see it"),
        Errors<(SignedIn, OfConversation)>,
    ))]
async fn active_call(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Id(conversation): Id<ConversationId>,
) -> Result<Json<Option<CallReply<Payload>>>, ApiError> {
    Ok(Json(history::active(&app.calls, &asker, &conversation).await?.map(CallReply::from)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The `next` of the page before: only older calls
    before: Option<String>,
    /// How many at most: 1 to 50, and 50 when left out
    limit: Option<u32>,
}

/// A page of your past calls, newest first
#[utoipa::path(get, path = "/api/calls/history", tag = "calls",
    params(Page, Device),
    responses((status = 200, body = CallHistory, description = "At most 50"), Errors<(SignedIn, Asking)>))]
async fn list_calls(
    State(app): State<Arc<App>>,
    Caller(asker, _turn): Caller,
    Asked(page): Asked<Page>,
) -> Result<Json<CallHistory>, ApiError> {
    history::past(&app.store, &asker.user, page.before.as_deref(), page.limit).await.map(Json)
}
