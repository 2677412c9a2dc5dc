//! The field to write in. Enter sends, Shift+Enter begins a new line.

use super::store::Messenger;
use crate::signal::RwSignal;
use crate::ui::piece::{Piece, el};
use call_protocol::ConversationId;
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

/// What a message may be at most, in characters.
const LONGEST: &str = "4000";

/// The field and its button.
pub(super) fn write_box(messenger: Messenger, id: &ConversationId, name: &str) -> Piece {
    let text = RwSignal::new(String::new());
    let id = StoredValue::new(id.clone());
    let send = move || {
        let written = text.get_untracked().trim().to_owned();
        if !written.is_empty() {
            messenger.write(id.get_value(), written);
            text.set(String::new());
        }
    };
    let key = move |event: Event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: Event| {
        event.prevent_default();
        send();
    };
    let field = el("textarea", "im-field")
        .attr("aria-label", &["Message to ", name].concat())
        .attr("placeholder", &["Write to ", name].concat())
        .attr("dir", "auto")
        .attr("maxlength", LONGEST)
        .bind(text)
        .on("keydown", key);
    let button = el("button", "mc-btn").flag("disabled", move || text.with(|text| text.trim().is_empty()));
    el("form", "im-write").on("submit", submit).child(field).child(button.text("Send"))
}
