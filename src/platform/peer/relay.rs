//! Errors of TURN servers, from `icecandidateerror`: without it, refused credentials look like a network that blocks.
//! Never decides what that means for a call.

use crate::platform::js::{self, get, get_text};
use wasm_bindgen::JsValue;

/// The first code of a STUN error response (RFC 8489); browsers use 701 for "no answer".
const REFUSALS: core::ops::Range<f64> = 300.0..700.0;

/// Whether an `icecandidateerror` is about a relay. The page's developer is told, once.
pub(super) fn has_failed(event: &JsValue) -> bool {
    let of_a_relay = get_text(event, "url").is_some_and(|url| url.starts_with("turn"));
    if of_a_relay && get(event, "errorCode").as_f64().is_some_and(|code| REFUSALS.contains(&code)) {
        js::advise(
            "the relay (TURN) refused this browser: compare the server's secret with the relay's, and their clocks",
        );
    }
    of_a_relay
}
