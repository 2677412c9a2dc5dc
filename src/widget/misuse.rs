//! What a page can do wrong with the widget, as the `Error` that it is thrown.
//! Never about calls: how a call went is told by events.

use crate::shell::js;
use wasm_bindgen::JsValue;

/// A mistake of the embedding page; each says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misuse {
    #[error("options.server must be the origin of a call server")]
    Server,
    #[error("options.getToken must be a function that returns an access token")]
    Token,
    #[error("call() takes \"audio\" or \"video\"")]
    CallType,
    #[error("nobody to call: no contact of yours is chosen, or not yet connected")]
    Nobody,
}

impl From<Misuse> for JsValue {
    fn from(misuse: Misuse) -> Self {
        js::error(&misuse.to_string())
    }
}
