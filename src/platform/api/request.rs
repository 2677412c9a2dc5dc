//! One `fetch`: headers in, JSON out, a time-out, and the error envelope as a [`RequestError`].
//! Never retries and never looks at what is transported.

use crate::platform::js;
use crate::platform::timer::Timeout;
use crate::platform::wire::{from_js, from_json};
use call_core::RequestError;
use call_protocol::{DEVICE_HEADER, DeviceId, ErrorBody, ErrorEnvelope, IDEMPOTENCY_HEADER, Read};
use core::time::Duration;
use gloo_net::http;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestCredentials, RequestInit};

/// Longer than any answer takes on a working network.
const TIME_OUT: Duration = Duration::from_secs(10);

/// Whether a request may be cut off when the page goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// Of no use without the page.
    Page,
    /// Must reach the server even if the page is closed meanwhile (fetch `keepalive`).
    BeyondPage,
}

/// What to ask.
pub(super) struct Request {
    method: &'static str,
    path: String,
    body: Option<String>,
    lifetime: Lifetime,
    /// What makes a second try of the same request harmless.
    key: Option<String>,
}

impl Request {
    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(super) fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    pub(super) fn body(self, body: Option<String>) -> Self {
        Self { body, ..self }
    }

    pub(super) fn lasting(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }

    /// However often it is sent with this key, the server does it once.
    pub(super) fn once(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), body: None, lifetime: Lifetime::Page, key: None }
    }
}

/// A text as part of a path or a query.
pub(super) fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The reply as a value of the protocol.
pub(super) fn read<T: Read>(reply: JsValue) -> Result<T, RequestError> {
    from_js(&reply).ok_or(RequestError::Unreachable)
}

/// Asks the server; `null` for a reply without a body.
pub(super) async fn send(
    server: &str,
    request: &Request,
    token: Option<&str>,
    device: Option<&DeviceId>,
) -> Result<JsValue, RequestError> {
    exchange(server, request, token, device).await.unwrap_or(Err(RequestError::Unreachable))
}

/// The outer error is the browser's: no network, refused by CORS, timed out.
async fn exchange(
    server: &str,
    request: &Request,
    token: Option<&str>,
    device: Option<&DeviceId>,
) -> Result<Result<JsValue, RequestError>, gloo_net::Error> {
    let abort = AbortController::new().map_err(refused)?;
    let asked = prepare(server, request, token, device, &abort).map_err(refused)?;
    let _time_out = Timeout::new(TIME_OUT, move || abort.abort());

    let reply = http::Request::from(asked).send().await?;
    let text = reply.text().await?;
    if reply.ok() {
        let value =
            if text.is_empty() { JsValue::NULL } else { js_sys::JSON::parse(&text).map_err(refused)? };
        return Ok(Ok(value));
    }
    let envelope: Option<ErrorEnvelope> = from_json(&text);
    Ok(Err(envelope.map_or(RequestError::Unreachable, |ErrorEnvelope { error }| {
        let code = error.code.or_of_status(reply.status());
        RequestError::Refused(Box::new(ErrorBody { code, ..error }))
    })))
}

/// The request as the browser takes it; built by hand because no builder knows `keepalive`.
fn prepare(
    server: &str,
    request: &Request,
    token: Option<&str>,
    device: Option<&DeviceId>,
    abort: &AbortController,
) -> Result<web_sys::Request, JsValue> {
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_credentials(RequestCredentials::Omit);
    let headers = js_sys::Object::new();
    if let Some(body) = &request.body {
        js::set(&headers, "content-type", "application/json");
        init.set_body(&body.into());
    }
    if let Some(token) = token {
        js::set(&headers, "authorization", ["Bearer ", token].concat());
    }
    if let Some(device) = device {
        js::set(&headers, DEVICE_HEADER, device.as_str());
    }
    if let Some(key) = &request.key {
        js::set(&headers, IDEMPOTENCY_HEADER, key.as_str());
    }
    init.set_headers(&headers);
    if request.lifetime == Lifetime::BeyondPage {
        js::set(&init, "keepalive", true);
    }
    init.set_signal(Some(&abort.signal()));
    web_sys::Request::new_with_str_and_init(&[server, &request.path].concat(), &init)
}

fn refused(error: JsValue) -> gloo_net::Error {
    gloo_net::Error::GlooError(js::error_name(&error))
}
