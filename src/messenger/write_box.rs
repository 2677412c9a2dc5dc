//! The field to write in. Enter sends, Shift+Enter begins a new line.

use super::store::Messenger;
use call_protocol::ConversationId;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

/// What a message may be at most, in characters.
const LONGEST: &str = "4000";

/// The field and its button.
#[component]
pub(super) fn WriteBox(messenger: Messenger, id: ConversationId, name: String) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let send = move || {
        let written = text.get_untracked().trim().to_owned();
        if !written.is_empty() {
            messenger.write(id.clone(), written);
            text.set(String::new());
        }
    };
    let sends = send.clone();
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            sends();
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <form class="im-write" on:submit=submit>
            <textarea
                class="im-field"
                aria-label=["Message to ", &name].concat()
                placeholder=["Write to ", &name].concat()
                maxlength=LONGEST
                bind:value=text
                on:keydown=key
            ></textarea>
            <button class="mc-btn" disabled=move || text.with(|text| text.trim().is_empty())>"Send"</button>
        </form>
    }
}
