//! `GET /api/socket`: who may open one, and how many of a network may wait to sign in.
//! Never reads a frame: the socket does.

use super::{
    answers::{Connecting, Errors},
    client_network::ClientNetwork,
};
use crate::{
    admission::Holder,
    app::App,
    error::ApiError,
    socket::{self, Places, WRITE_BUFFER},
};
use axum::{
    extract::{
        Extension, FromRequestParts, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use call_protocol::limits;
use std::sync::Arc;
use tracing::Instrument;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Each socket keeps its read buffer, so it is small: room for a candidate. A description, of which a call has a few, is
/// read in several parts. Axum's default is 128 KiB.
const READ_BUFFER: usize = 1024;

/// The address of the socket.
pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(open_socket))
}

struct Upgrade(WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        upgrade
            .map(Self)
            .map_err(|rejection: WebSocketUpgradeRejection| ApiError::Invalid(rejection.body_text()))
    }
}

/// Opens the socket (WebSocket, RFC 6455)
///
/// Frames are JSON text with a `type`: `ClientFrame` from the device, `ServerFrame` from the server. The first one is
/// `hello`, within 5 seconds; `welcome` answers it with everything that the device needs to know about calls, on every
/// connect. A frame that cannot be used is answered by `error`, and the socket lives. Answer pings: a device that is
/// silent for 30 seconds is taken for dead, and so is its part in a call.
///
/// Codes with which the server closes: 4001 the first frame was no usable `hello`, as an `error` before it says, or none came in
/// time; 4003 the token was refused, refresh it and come back; 4004 nobody here has the token's `sub`, or not any more, do not
/// reconnect; 4005 the `protocol` of the `hello` is not served, as an `error` with the code `unsupported_version` says before, do
/// not reconnect; 4008 the device reads too slowly, reconnect; 4009 a newer socket took over, of the same device or, where a
/// person has more than 32, of another one: do not reconnect before somebody uses this one; 4011 the session was ended by its
/// person, 4012 by a change of the password, 4013 since a refresh token of it came twice, 4014 by the server or its operator: do not
/// reconnect before somebody signed in again; 1001 the server stops, reconnect; 1002 a frame broke RFC 6455; 1007 a text frame was
/// no UTF-8; 1009 a frame was too large. A device that closes with 1001, as browsers do when a page is left, or with 4010, its
/// page's own word for it, is waited for a moment only: its ring ends after 1.5 seconds, and the call in which it sits after 4
/// (`--reload-seconds`), unless it is back by then, as a reloaded page is. Any other end of a socket ends no call.
#[utoipa::path(get, path = "/api/socket", tag = "socket", security(()),
    responses((status = 101, description = "Speak WebSocket from here on"), Errors<Connecting>))]
async fn open_socket(
    State(app): State<Arc<App>>,
    ClientNetwork(network): ClientNetwork,
    Extension(connection): Extension<Holder>,
    headers: HeaderMap,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, ApiError> {
    if !may_connect(&headers, &app.config.allow_origins) {
        return Err(ApiError::ForeignOrigin);
    }
    let permit = app.anonymous_sockets.enter(Some(network), app.clock.tick());
    let permit = permit.ok_or(ApiError::TooManySockets(app.config.timings.crowd))?;
    let share = match app.config.behind_proxy {
        true => {
            let share = app.proxied_sockets.enter(Some(network), app.clock.tick());
            Some(share.ok_or(ApiError::TooManySockets(app.config.timings.crowd))?)
        }
        false => None,
    };
    let places = Places { permit, connection, share };
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(4 * limits::FRAME_BYTES)
        .max_message_size(limits::FRAME_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .on_upgrade(move |socket| socket::run(app, Box::new(socket), places).in_current_span()))
}

/// Browsers let any page open a socket and name the page's origin: it must be the server's own or an allowed one.
/// What names no origin is no browser.
fn may_connect(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str().map(str::to_ascii_lowercase) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
    let own =
        host.is_some_and(|host| [format!("http://{host}"), format!("https://{host}")].contains(&origin));
    own || allowed.contains(&origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_server_itself_and_of_allowed_origins_may_connect_and_no_others() {
        let allowed = ["https://chat.example".to_owned()];
        let may = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "localhost:8080".parse().unwrap());
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            may_connect(&headers, &allowed)
        };
        assert!(may("http://localhost:8080") && may("https://localhost:8080") && may("https://chat.example"));
        for foreign in
            ["http://localhost:8081", "https://evil.test", "https://chat.example.evil.test", "null"]
        {
            assert!(!may(foreign), "{foreign}");
        }
        assert!(may_connect(&HeaderMap::new(), &allowed), "a program that is no browser");
    }
}
