//! The first frame of a socket: who connects.
//! Never waits longer than the time limit, and never reads a first frame of any size.

use super::frame::{self, Incoming};
use crate::{auth::device_name, service::App};
use axum::extract::ws::{Message, WebSocket};
use call_protocol::{DeviceId, Hello, User, close_code, limits};

const LONGEST_LABEL: usize = 64;

/// Who connected.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) user: User,
    pub(super) device: DeviceId,
    pub(super) label: Option<String>,
}

/// Reads `hello`.
///
/// # Errors
/// The code to close the socket with; `None` when the client went away by itself.
pub(super) async fn welcome(app: &App, socket: &mut WebSocket) -> Result<Visitor, Option<u16>> {
    let hello = tokio::time::timeout(app.config.timings.hello, first_frame(socket))
        .await
        .map_err(|_| Some(close_code::HELLO_TIMEOUT))??;
    let refused = |_| Some(close_code::UNAUTHORIZED);
    let user = app.tokens.verify(&hello.token, app.clock.now()).map_err(refused)?;
    let device = device_name(hello.device_id.as_str()).map_err(|_| Some(close_code::HELLO_TIMEOUT))?;
    let user = match app.store.user(&user).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(Some(close_code::UNAUTHORIZED)),
        Err(error) => {
            tracing::error!(%error, "a socket could not be signed in");
            return Err(Some(close_code::GOING_AWAY));
        }
    };
    let label = hello
        .device_label
        .map(|label| label.chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect());
    Ok(Visitor { user, device, label })
}

async fn first_frame(socket: &mut WebSocket) -> Result<Hello, Option<u16>> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > limits::HELLO_BYTES => {
                return Err(Some(close_code::TOO_LARGE));
            }
            Some(Ok(Message::Text(text))) => match frame::read(&text) {
                Ok(Incoming::Hello(hello)) => return Ok(hello),
                Ok(Incoming::Signal { .. } | Incoming::MediaFlowing { .. }) | Err(_) => {
                    return Err(Some(close_code::HELLO_TIMEOUT));
                }
            },
            Some(Ok(Message::Binary(_))) => return Err(Some(close_code::HELLO_TIMEOUT)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(None),
            Some(Err(_)) => return Err(Some(close_code::TOO_LARGE)),
        }
    }
}
