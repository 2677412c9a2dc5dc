//! Sentences of the messenger that depend on something.
//! Never draws anything.

use call_core::RequestError;
use call_protocol::ErrorCode;

/// Why something could not be done: the server's own sentence, as a sentence.
pub(super) fn trouble(error: &RequestError) -> String {
    match error {
        RequestError::Unreachable => "The server cannot be reached. Try again in a moment.".to_owned(),
        RequestError::Refused(body) if body.code == ErrorCode::InvalidCredentials => {
            "This name and password do not belong together.".to_owned()
        }
        RequestError::Refused(body) => sentence(&body.message),
    }
}

/// Why somebody could not be added. They are found by one of their two names only.
pub(super) fn not_added(error: &RequestError) -> String {
    match error {
        RequestError::Refused(body) if body.code == ErrorCode::NotFound => {
            [&trouble(error), " Ask for the name that they sign in with; the one that is shown finds nobody."]
                .concat()
        }
        RequestError::Refused(_) | RequestError::Unreachable => trouble(error),
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    first.chain(letters).chain(end.chars()).collect()
}
