//! Texts of the messenger: those that depend on a value, and those that several files show.
//! Draws nothing.

use call_core::RequestError;
use call_protocol::{ErrorCode, close_code};

/// Beside a past call: calls again.
pub(super) const CALL_BACK: &str = "Call back";

/// Why a request failed; a refusal in the server's own words.
pub(super) fn trouble(error: &RequestError) -> String {
    match error {
        RequestError::Unreachable => "Cannot reach the server. Try again in a moment.".to_owned(),
        RequestError::Refused(body) if body.code == ErrorCode::InvalidCredentials => {
            "Wrong name or password.".to_owned()
        }
        RequestError::Refused(body) => sentence(&body.message),
    }
}

/// The same for a request that takes the person's password.
pub(super) fn own_password(error: &RequestError) -> String {
    match error {
        RequestError::Refused(body) if body.code == ErrorCode::InvalidCredentials => {
            "That is not your current password.".to_owned()
        }
        RequestError::Refused(_) | RequestError::Unreachable => trouble(error),
    }
}

/// Why a contact could not be added. People are found by username, not by display name.
pub(super) fn not_added(error: &RequestError) -> String {
    match error {
        RequestError::Refused(body) if body.code == ErrorCode::NotFound => {
            [&trouble(error), " Use the name they sign in with, not their display name."].concat()
        }
        RequestError::Refused(_) | RequestError::Unreachable => trouble(error),
    }
}

/// Why the server closed the session, by the socket's close code.
pub(super) const fn session_ended(code: Option<u16>) -> &'static str {
    match code {
        Some(close_code::SIGNED_OUT) => "You were signed out on another device or in another tab.",
        Some(close_code::PASSWORD_CHANGED) => {
            "Your password was changed, so you were signed out here. Sign in with the new one."
        }
        Some(close_code::TOKEN_REUSED) => {
            "You were signed out for your safety: your session was used in two places. Sign in again, and change your password if \
             you did not expect this."
        }
        Some(close_code::SESSION_ENDED) => "The server ended your session. Sign in again.",
        Some(_) | None => "Your session has expired. Sign in again.",
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    let mut sentence = [text, end].concat();
    // The server's sentences are English.
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
