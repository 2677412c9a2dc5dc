//! The call that was left with the page before this one, kept in the tab as JSON and read once. A tab that is closed
//! forgets it.

use super::js;
use super::storage;
use super::wire::field;
use call_client::LeftCall;
use call_core::{Party, Rejoin};
use wasm_bindgen::JsValue;

/// Keeps a call under a name.
pub(super) fn keep(name: &str, LeftCall { at, party, seconds, rejoin }: &LeftCall) {
    let note = js::object([
        ("at", (*at).into()),
        ("peer", js::to_js(&party.peer).unwrap_or_default()),
        ("conversation_id", party.conversation_id.as_str().into()),
        ("call_type", party.call_type.as_str().into()),
        ("call_id", party.call_id.as_ref().map_or(JsValue::NULL, |id| id.as_str().into())),
        ("seconds", seconds.map_or(JsValue::NULL, JsValue::from)),
    ]);
    if let Some(Rejoin { requested_type, connection, muted, camera }) = *rejoin {
        let entries = [
            ("requested_type", requested_type.as_str().into()),
            ("connection", connection.into()),
            ("muted", muted.into()),
            ("camera", camera.into()),
        ];
        js::set(&note, "rejoin", js::object(entries));
    }
    if let Some(text) = js_sys::JSON::stringify(&note).ok().and_then(|text| text.as_string()) {
        storage::write(name, &text);
    }
}

/// The call under a name, which is forgotten by that.
pub(super) fn take(name: &str) -> Option<LeftCall> {
    let text = storage::read(name)?;
    storage::remove(name);
    let note = js_sys::JSON::parse(&text).ok()?;
    let party = Party {
        peer: field(&note, "peer")?,
        conversation_id: field(&note, "conversation_id")?,
        call_type: field(&note, "call_type")?,
        call_id: field(&note, "call_id")?,
    };
    let (at, seconds) = (js::get(&note, "at").as_f64()?, field(&note, "seconds").flatten());
    Some(LeftCall { at, party, seconds, rejoin: rejoin(&js::get(&note, "rejoin")) })
}

fn rejoin(note: &JsValue) -> Option<Rejoin> {
    Some(Rejoin {
        requested_type: field(note, "requested_type")?,
        connection: field(note, "connection")?,
        muted: field(note, "muted")?,
        camera: field(note, "camera")?,
    })
}
