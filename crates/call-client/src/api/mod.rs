//! REST: one typed function per endpoint, as the signed-in device.
//! Never decides what a refusal means; the one thing it does by itself is to ask for a fresh token once.
//!
//! - `server`: what works without being signed in · `request`: one request
//! - `account`: where the person is signed in, and their password
//! - `people`: contacts, messages and settings

mod account;
mod people;
mod request;
mod server;

pub use people::Block;
pub use server::Server;

use crate::credentials::{Credentials, NoToken};
use crate::network::Network;
use call_core::RequestError;
use call_protocol::{Call, CallHistory, CallId, EndCall, ErrorBody, ErrorCode, InitiateCall, LiveCall, Read};
use request::{Request, encode, paged};
use serde::Serialize;
use server::read;
use std::rc::Rc;

/// The server, spoken to by a signed-in device; cheap to clone.
pub struct Api<N> {
    server: Server<N>,
    credentials: Rc<Credentials<N>>,
}

impl<N: Network> Clone for Api<N> {
    fn clone(&self) -> Self {
        Self { server: self.server.clone(), credentials: self.credentials.clone() }
    }
}

impl<N: Network> Api<N> {
    pub(crate) fn new(server: Server<N>, credentials: Rc<Credentials<N>>) -> Self {
        Self { server, credentials }
    }

    /// The same server, spoken to by anybody.
    pub fn server(&self) -> &Server<N> {
        &self.server
    }

    /// Calls somebody, once for each key.
    pub async fn initiate(&self, body: &InitiateCall, key: &str) -> Result<LiveCall, RequestError> {
        self.call(self.json(Request::post("/api/calls/initiate"), body).once(key)).await
    }

    /// Takes a ringing call.
    pub async fn answer(&self, call: &CallId) -> Result<LiveCall, RequestError> {
        self.call(Request::post(&of_call(call, "/answer"))).await
    }

    /// Declines a ringing call; survives the program.
    pub async fn decline(&self, call: &CallId) -> Result<Call, RequestError> {
        self.call(Request::post(&of_call(call, "/decline")).lasting()).await
    }

    /// Ends a call; survives the program.
    pub async fn end(&self, call: &CallId, body: EndCall) -> Result<Call, RequestError> {
        self.call(self.json(Request::post(&of_call(call, "/end")), &body).lasting()).await
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

    /// A request with a JSON body.
    fn json<T: Serialize>(&self, request: Request, body: &T) -> Request {
        request.body(self.server.network.to_json(body))
    }

    async fn ask(&self, request: Request) -> Result<N::Json, RequestError> {
        let device = self.credentials.device().await;
        let mut last_try = false;
        loop {
            let token = self.credentials.token().await.map_err(refusal)?;
            let result = self.server.send(&request, Some(&token), Some(&device.id)).await;
            match result {
                Err(error) if !last_try && is_unauthorized(&error) => {
                    self.credentials.refuse(&token);
                    last_try = true;
                }
                Ok(_) | Err(_) => return result,
            }
        }
    }
}

fn of_call(call: &CallId, verb: &str) -> String {
    ["/api/calls/", &encode(call.as_str()), verb].concat()
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
