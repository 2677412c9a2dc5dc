//! The first frame of a socket: who connects.
//! Never waits longer than the time limit, and never reads a first frame of any size.

use super::{
    frame::{self, Incoming, Unusable},
    goodbye,
};
use crate::{
    app::App,
    auth::{Bearer, device_name},
    error::ApiError,
    model::Farewell,
    names,
    service::known_people,
};
use axum::extract::ws::{Message, WebSocket};
use call_protocol::{DeviceId, ErrorCode, Hello, SERVED_VERSIONS, User, close_code, limits};
use std::time::Duration;

const LONGEST_LABEL: usize = 64;

/// Who connected.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) user: User,
    pub(super) device: DeviceId,
    pub(super) label: Option<String>,
    /// What the token says.
    pub(super) bearer: Bearer,
    /// How often the device wants to hear that the server lives, if at all.
    pub(super) proofs: Option<Duration>,
}

/// The close code for a refused token. One that could not be checked, since the database or the issuer did not answer, must
/// not sign the client out.
pub(super) fn refusal(error: &ApiError) -> u16 {
    let code = error.code();
    if [ErrorCode::Internal, ErrorCode::Unavailable].contains(&code) {
        close_code::GOING_AWAY
    } else if code == ErrorCode::UnknownUser {
        close_code::UNKNOWN_USER
    } else {
        close_code::UNAUTHORIZED
    }
}

/// Reads `hello`.
///
/// # Errors
/// The code to close the socket with; `None` when the client went away by itself.
pub(super) async fn welcome(app: &App, socket: &mut WebSocket) -> Result<Visitor, Option<u16>> {
    let hello = tokio::time::timeout(app.config.timings.hello, first_frame(app, socket))
        .await
        .map_err(|_| Some(close_code::HELLO_TIMEOUT))??;
    if !SERVED_VERSIONS.contains(&hello.protocol) {
        let refusal = frame::refusal(app, &ApiError::UnsupportedVersion, None);
        // If it cannot be sent, the client is gone.
        let _sent = socket.send(Message::Text(refusal)).await;
        return Err(Some(close_code::UNSUPPORTED_VERSION));
    }
    let bearer = match app.accounts.tokens.verify(&hello.token, &app.clock).await {
        Ok(bearer) => bearer,
        Err(error) => return Err(Some(refusal(&error))),
    };
    if let Some(why) = app.accounts.ended.of(&bearer) {
        let gone = if why == Farewell::Deleted {
            known_people::gone(&app.accounts.tokens)
        } else {
            why.close_code()
        };
        return Err(Some(gone));
    }
    let device = match device_name(hello.device_id.as_str()) {
        Ok(device) => device,
        Err(error) => return Err(unusable(app, socket, &error).await),
    };
    // Held until the person is read: somebody who opens many sockets delays only their own.
    let Ok(_turn) = app.turns.take(&bearer.user).await else { return Err(Some(close_code::GOING_AWAY)) };
    let user = match app.store.user(&bearer.user).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(Some(known_people::gone(&app.accounts.tokens))),
        Err(error) => {
            error.log("a socket could not be signed in");
            return Err(Some(close_code::GOING_AWAY));
        }
    };
    let label = hello.device_label.map(|label| names::line(&label, LONGEST_LABEL));
    let label = label.filter(|label| !label.is_empty());
    let proofs = hello.proofs.then_some(app.config.timings.proof);
    Ok(Visitor { user, device, label, bearer, proofs })
}

/// Says what is wrong with the first frame; how the socket is closed then.
async fn unusable(app: &App, socket: &mut WebSocket, error: &ApiError) -> Option<u16> {
    let refusal = frame::refusal(app, error, None);
    // If it cannot be sent, the client is gone.
    let _sent = socket.send(Message::Text(refusal)).await;
    Some(close_code::HELLO_TIMEOUT)
}

async fn first_frame(app: &App, socket: &mut WebSocket) -> Result<Hello, Option<u16>> {
    let no_hello = || ApiError::Invalid("the first frame has to be `hello`, as text".to_owned());
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > limits::HELLO_BYTES => {
                return Err(Some(close_code::TOO_LARGE));
            }
            Some(Ok(Message::Text(text))) => {
                let error = match frame::read(&text) {
                    Ok(Incoming::Hello(hello)) => return Ok(hello),
                    Ok(
                        Incoming::Signal { .. }
                        | Incoming::Token { .. }
                        | Incoming::MediaFlowing { .. }
                        | Incoming::Probe { .. }
                        | Incoming::MediaSilent { .. },
                    ) => no_hello(),
                    Err(Unusable { error, .. }) => error,
                };
                return Err(unusable(app, socket, &error).await);
            }
            Some(Ok(Message::Binary(_))) => return Err(unusable(app, socket, &no_hello()).await),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(None),
            Some(Err(error)) => return Err(goodbye::code_of(error)),
        }
    }
}
