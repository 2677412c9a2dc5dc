//! The end of a socket: the code for what its peer did wrong, and the frame that says it.
//! Never decides that a socket ends.

use crate::close_codes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use call_protocol::close_code;
use futures_util::SinkExt;
use std::time::Duration;
use tokio::time::timeout;
use tungstenite::error::{CapacityError, Error, ProtocolError};

/// How long a closed socket's peer has to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The code for what the peer sent; nothing when the connection broke, and there is nobody to tell. Axum wraps the socket's
/// own error.
pub(super) fn code_of(error: axum::Error) -> Option<u16> {
    let own = error.into_inner().downcast::<Error>().ok()?;
    let broke = matches!(
        *own,
        Error::Protocol(
            ProtocolError::ResetWithoutClosingHandshake
                | ProtocolError::SendAfterClosing
                | ProtocolError::ReceivedAfterClosing
        )
    );
    if matches!(*own, Error::Capacity(CapacityError::MessageTooLong { .. })) {
        Some(close_code::TOO_LARGE)
    } else if matches!(*own, Error::Utf8(_)) {
        Some(close_codes::INVALID_TEXT)
    } else if matches!(*own, Error::Protocol(_)) && !broke {
        Some(close_codes::PROTOCOL_ERROR)
    } else {
        None
    }
}

/// Says goodbye and waits a moment for the peer to say it too, so that the code arrives.
pub(super) async fn close(mut socket: Box<WebSocket>, code: u16) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason(code)) };
    let goodbye = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A peer that does not read cannot be told.
    let _ = timeout(GOODBYE, goodbye).await;
}

fn reason(code: u16) -> &'static str {
    match code {
        close_code::HELLO_TIMEOUT => "no usable hello, or none in time",
        close_code::UNAUTHORIZED => "the token was refused or has expired",
        close_code::UNSUPPORTED_VERSION => "this version of the protocol is not served",
        close_code::UNKNOWN_USER => "nobody here has the token's sub",
        close_code::SIGNED_OUT => "the session was ended by its person",
        close_code::SESSION_ENDED => "the session was ended by the server",
        close_code::PASSWORD_CHANGED => "the password was changed",
        close_code::TOKEN_REUSED => "a refresh token was used twice",
        close_code::REPLACED => {
            "a newer socket of this device, or of another one of the same person, took over"
        }
        close_code::GOING_AWAY => "the server stops",
        close_code::TOO_LARGE => "the frame is too large",
        close_code::TOO_SLOW => "the client reads too slowly",
        close_codes::PROTOCOL_ERROR => "the frames do not follow RFC 6455",
        close_codes::INVALID_TEXT => "a text frame is no UTF-8",
        _ => "",
    }
}
