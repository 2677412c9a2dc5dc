//! What the server answers to anybody: sign-in and the client's configuration.
//! Never keeps a token: that is the caller's.

use super::request::Request;
use crate::network::{Network, Reply};
use call_core::RequestError;
use call_protocol::{
    ClientConfig, Credentials, DeviceId, ErrorBody, ErrorEnvelope, Read, RefreshToken, Registration, Session,
    ShownInvitation,
};
use std::rc::Rc;

/// A server, spoken to by anybody; cheap to clone.
#[derive(Clone)]
pub struct Server<N> {
    pub(super) network: N,
    origin: Rc<str>,
}

impl<N: Network> Server<N> {
    /// The server at this origin ("https://calls.example.org").
    pub fn new(network: N, origin: &str) -> Self {
        Self { network, origin: origin.trim_end_matches('/').into() }
    }

    /// Its origin, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The flag, the ring time and the ICE servers.
    pub async fn config(&self) -> Result<ClientConfig, RequestError> {
        self.send(&Request::get("/api/config"), None, None).await.and_then(read)
    }

    /// Makes an account and signs in.
    pub async fn register(&self, body: &Registration) -> Result<Session, RequestError> {
        let request = Request::post("/api/auth/register").body(self.network.to_json(body));
        self.send(&request, None, None).await.and_then(read)
    }

    /// Whether an account can be made with an invitation; refused when not.
    pub async fn look_at(&self, body: &ShownInvitation) -> Result<(), RequestError> {
        let request = Request::post("/api/auth/invitation").body(self.network.to_json(body));
        self.send(&request, None, None).await.map(drop)
    }

    /// Signs in.
    pub async fn login(&self, body: &Credentials) -> Result<Session, RequestError> {
        let request = Request::post("/api/auth/login").body(self.network.to_json(body));
        self.send(&request, None, None).await.and_then(read)
    }

    /// Exchanges a refresh token for a new pair. A device that says which one it is may ask again, however late, when the
    /// reply was lost.
    pub async fn refresh(
        &self,
        body: &RefreshToken,
        device: Option<&DeviceId>,
    ) -> Result<Session, RequestError> {
        let request = Request::post("/api/auth/refresh").body(self.network.to_json(body));
        self.send(&request, None, device).await.and_then(read)
    }

    /// Makes a refresh token worthless; survives the program.
    pub async fn logout(&self, body: &RefreshToken) -> Result<(), RequestError> {
        let request = Request::post("/api/auth/logout").body(self.network.to_json(body)).lasting();
        self.send(&request, None, None).await.map(drop)
    }

    /// Asks; what is no answer of this server is none at all.
    pub(super) async fn send(
        &self,
        request: &Request,
        token: Option<&str>,
        device: Option<&DeviceId>,
    ) -> Result<N::Json, RequestError> {
        let reply = self.network.fetch(request.sent(&self.origin, token, device)).await;
        let Some(Reply { status, body: Some(body) }) = reply else { return Err(RequestError::Unreachable) };
        if (200..300).contains(&status) {
            return Ok(body);
        }
        Err(ErrorEnvelope::read(&body).map_or(RequestError::Unreachable, |ErrorEnvelope { error }| {
            let code = error.code.or_of_status(status);
            RequestError::Refused(Box::new(ErrorBody { code, ..error }))
        }))
    }
}

/// The reply as a value of the protocol.
pub(super) fn read<T: Read>(reply: impl call_protocol::Json) -> Result<T, RequestError> {
    T::read(&reply).ok_or(RequestError::Unreachable)
}
