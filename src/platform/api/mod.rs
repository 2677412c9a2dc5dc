//! REST: one typed function per endpoint, as the signed-in device.
//! Never decides what a refusal means; the one thing it does by itself is to ask for a fresh token once.
//!
//! - `request`: one `fetch` with its time-out and error envelope
//! - `sign_in`: what works without being signed in
//! - `account`: where the person is signed in, and their password
//! - `people`: contacts, messages and wishes, for the messenger

mod account;
mod people;
mod request;
mod sign_in;

pub use people::Block;
pub use sign_in::{config, is_there, login, logout, look, refresh, register};

use super::identity::{Identity, NoToken};
use call_core::RequestError;
use call_protocol::{Call, CallHistory, CallId, EndCall, ErrorBody, ErrorCode, InitiateCall, LiveCall, Read};
use request::{Lifetime, Request, encode, read, send};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The server, spoken to by a signed-in device; cheap to clone.
#[derive(Clone)]
pub struct Api {
    server: Rc<str>,
    identity: Rc<Identity>,
}

impl Api {
    /// An API of the server at this origin.
    pub fn new(server: &str, identity: Rc<Identity>) -> Self {
        Self { server: server.into(), identity }
    }

    /// Calls somebody, once for each key.
    pub async fn initiate(&self, body: &InitiateCall, key: &str) -> Result<LiveCall, RequestError> {
        self.call(Request::post("/api/calls/initiate").json(body).once(key)).await
    }

    /// Takes a ringing call.
    pub async fn answer(&self, call: &CallId) -> Result<LiveCall, RequestError> {
        self.call(Request::post(&format!("/api/calls/{}/answer", encode(call.as_str())))).await
    }

    /// Declines a ringing call; survives the page.
    pub async fn decline(&self, call: &CallId) -> Result<Call, RequestError> {
        let path = format!("/api/calls/{}/decline", encode(call.as_str()));
        self.call(Request::post(&path).lasting(Lifetime::BeyondPage)).await
    }

    /// Ends a call; survives the page.
    pub async fn end(&self, call: &CallId, body: EndCall) -> Result<Call, RequestError> {
        let path = format!("/api/calls/{}/end", encode(call.as_str()));
        self.call(Request::post(&path).json(&body).lasting(Lifetime::BeyondPage)).await
    }

    /// One page of the call history, newest first.
    pub async fn history(&self, before: Option<&str>) -> Result<CallHistory, RequestError> {
        self.call(Request::get(&paged("/api/calls/history", before))).await
    }

    /// Asks and reads the reply.
    async fn call<T: Read>(&self, request: Request) -> Result<T, RequestError> {
        self.ask(request).await.and_then(read)
    }

    /// Asks; the reply has nothing to say.
    async fn perform(&self, request: Request) -> Result<(), RequestError> {
        self.ask(request).await.map(drop)
    }

    async fn ask(&self, request: Request) -> Result<JsValue, RequestError> {
        let device = self.identity.device().await.map(|device| device.id.clone());
        let mut last_try = false;
        loop {
            let token = self.identity.token().await.map_err(refusal)?;
            let result = send(&self.server, &request, Some(&token), device.as_ref()).await;
            match result {
                Err(error) if !last_try && is_unauthorized(&error) => {
                    self.identity.refuse(&token);
                    last_try = true;
                }
                Ok(_) | Err(_) => return result,
            }
        }
    }
}

/// The path of a page of a longer list.
fn paged(path: &str, before: Option<&str>) -> String {
    match before {
        Some(before) => format!("{path}?before={}", encode(before)),
        None => path.to_owned(),
    }
}

fn is_unauthorized(error: &RequestError) -> bool {
    match error {
        RequestError::Refused(body) => matches!(body.code, ErrorCode::TokenExpired | ErrorCode::Unauthorized),
        RequestError::Unreachable => false,
    }
}

/// What the server would say if it were asked without a token.
fn refusal(missing: NoToken) -> RequestError {
    match missing {
        NoToken::NotNow => RequestError::Unreachable,
        NoToken::SignedOut => {
            let message = "sign in again".to_owned();
            let code = ErrorCode::Unauthorized;
            RequestError::Refused(Box::new(ErrorBody { code, message, call: None, retry_after: None }))
        }
    }
}

impl Request {
    /// With a JSON body.
    fn json<T: Serialize>(self, body: &T) -> Self {
        self.body(super::js::to_json(body))
    }
}
