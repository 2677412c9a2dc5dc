//! The field for a message. Enter sends, Shift+Enter begins a new line. Keeps the text until it is sent, no longer.

use super::model::Messenger;
use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::signal::RwSignal;
use call_protocol::ConversationId;
use leptos::ev::{self, KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

/// What a message may be at most, in characters.
const LONGEST: &str = "4000";

/// The field and its button.
pub(super) fn write_box(messenger: Messenger, id: &ConversationId, name: &str) -> El {
    let text = RwSignal::new(String::new());
    let id = StoredValue::new(id.clone());
    let send = move || {
        let written = text.get_untracked().trim().to_owned();
        if !written.is_empty() {
            messenger.write(id.get_value(), written);
            text.set(String::new());
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let field = el(Tag::Textarea, "im-field")
        .attr("aria-label", &["Message to ", name].concat())
        .attr("placeholder", &["Write to ", name].concat())
        .attr("dir", "auto")
        .attr("maxlength", LONGEST)
        .bind_value(text)
        .on(ev::keydown, key);
    let button =
        el(Tag::Button, "mc-btn").toggle_attr("disabled", move || text.with(|text| text.trim().is_empty()));
    el(Tag::Form, "im-write").on(ev::submit, submit).child(field).child(button.text("Send"))
}
