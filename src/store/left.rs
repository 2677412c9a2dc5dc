//! What a page remembers of the call that ended with it, so that the page that takes its place can say so.
//! Kept in the tab for as long as it is news, for the person who was signed in, and read once.

use crate::session::storage;
use crate::shell::js;
use crate::shell::wire::field;
use call_core::{Party, UserEvent};
use call_protocol::UserId;
use wasm_bindgen::JsValue;

/// In milliseconds; for how long it is news.
const NEWS: f64 = 120_000.0;

/// Keeps the call that ends with this page.
pub(super) fn keep(me: &UserId, party: &Party, seconds: Option<u32>) {
    let note = js::object([
        ("at", js_sys::Date::now().into()),
        ("peer", js::to_js(&party.peer).unwrap_or_default()),
        ("conversation_id", party.conversation_id.as_str().into()),
        ("call_type", party.call_type.as_str().into()),
        ("call_id", party.call_id.as_ref().map_or(JsValue::NULL, |id| id.as_str().into())),
        ("seconds", seconds.map_or(JsValue::NULL, JsValue::from)),
    ]);
    if let Some(text) = js_sys::JSON::stringify(&note).ok().and_then(|text| text.as_string()) {
        storage::write(&name(me), &text);
    }
}

/// The call that ended with the page before this one, if that was a moment ago.
pub(super) fn take(me: &UserId) -> Option<UserEvent> {
    let text = storage::read(&name(me))?;
    storage::remove(&name(me));
    let note = js_sys::JSON::parse(&text).ok()?;
    let age = js_sys::Date::now() - js::get(&note, "at").as_f64()?;
    let party = Party {
        peer: field(&note, "peer")?,
        conversation_id: field(&note, "conversation_id")?,
        call_type: field(&note, "call_type")?,
        call_id: field(&note, "call_id")?,
    };
    let party = Box::new(party);
    (0.0..NEWS)
        .contains(&age)
        .then(|| UserEvent::Returned { party, seconds: field(&note, "seconds").flatten() })
}

fn name(me: &UserId) -> String {
    ["left:", me.as_str()].concat()
}
