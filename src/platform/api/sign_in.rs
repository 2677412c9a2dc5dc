//! What the server answers to anybody: sign-in and the client's configuration.
//! Never keeps a token: that is the caller's.

use super::request::{Lifetime, Request, read, send};
use crate::platform::js;
use call_core::RequestError;
use call_protocol::{ClientConfig, Credentials, DeviceId, RefreshToken, Registration, Session};
use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    fn fetch(address: &str, options: &Object) -> Promise;
}

/// The flag, the ring time and the ICE servers.
pub async fn config(server: &str) -> Result<ClientConfig, RequestError> {
    send(server, &Request::get("/api/config"), None, None).await.and_then(read)
}

/// Whether something answers at the server's address, even if this page may not read what it says.
pub async fn is_there(server: &str) -> bool {
    let address = [server, "/api/config"].concat();
    JsFuture::from(fetch(&address, &js::object([("mode", "no-cors".into())]))).await.is_ok()
}

/// Makes an account and signs in.
pub async fn register(server: &str, body: &Registration) -> Result<Session, RequestError> {
    send(server, &Request::post("/api/auth/register").json(body), None, None).await.and_then(read)
}

/// Whether an account can be made with an invitation; refused when not.
pub async fn look(server: &str, body: &call_protocol::ShownInvitation) -> Result<(), RequestError> {
    send(server, &Request::post("/api/auth/invitation").json(body), None, None).await.map(drop)
}

/// Signs in.
pub async fn login(server: &str, body: &Credentials) -> Result<Session, RequestError> {
    send(server, &Request::post("/api/auth/login").json(body), None, None).await.and_then(read)
}

/// Exchanges a refresh token for a new pair. A device that says which one it is may ask again, however late, when the reply
/// was lost.
pub async fn refresh(
    server: &str,
    body: &RefreshToken,
    device: Option<&DeviceId>,
) -> Result<Session, RequestError> {
    send(server, &Request::post("/api/auth/refresh").json(body), None, device).await.and_then(read)
}

/// Makes a refresh token worthless; survives the page.
pub async fn logout(server: &str, body: &RefreshToken) -> Result<(), RequestError> {
    let request = Request::post("/api/auth/logout").json(body).lasting(Lifetime::BeyondPage);
    send(server, &request, None, None).await.map(drop)
}
