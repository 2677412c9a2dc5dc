//! `GET /api/openapi.json`: the API's own description, made from the routes themselves.
//! Never describes an address that is not served: routes and their documentation are registered together.

use super::{answers::ErrorSet, answers::Errors, api};
use crate::{app::App, error::ApiError};
use axum::http::header;
use call_protocol::{ClientFrame, ErrorEnvelope, Hello, ServerFrame};
use std::sync::{Arc, LazyLock};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The document as it is served; links of Rust's own documentation are plain names there.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = api().into_openapi().to_json().expect("a document holds nothing that JSON cannot say");
    text.replace("[`", "`").replace("`]", "`")
});

/// What does not belong to one address.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Messenger Calls",
        description = include_str!("document.md"),
        license(name = "MIT OR Apache-2.0"),
    ),
    security(("bearer" = [])),
    modifiers(&Bearer),
    components(schemas(ErrorEnvelope, Hello, ClientFrame, ServerFrame)),
    tags(
        (name = "accounts", description = "Accounts of this server, and the two tokens of a session."),
        (name = "contacts", description = "Who knows whom. Contacts may call each other."),
        (name = "blocks", description = "Whom a person does not want to hear from."),
        (name = "messages", description = "What is written in a conversation."),
        (name = "calls", description = "Calls between the two people of a conversation."),
        (name = "socket", description = "What the server tells devices, and signals."),
        (name = "server", description = "What the server says about itself."),
    ),
)]
pub(super) struct About;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let description = "The `access_token` of a session.";
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = scheme.description(Some(description)).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "server", security(()),
    responses((status = 200, body = serde_json::Value, description = "OpenAPI 3.1"), Errors<Nothing>))]
async fn openapi() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str())
}

/// Can go wrong in no way of its own.
pub(super) struct Nothing;

impl ErrorSet for Nothing {
    fn errors() -> Vec<ApiError> {
        Vec::new()
    }
}
