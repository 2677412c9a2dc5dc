//! Shortcuts that work wherever the focus is in the page.
//! Owns a listener on the window for the component's lifetime; never takes a key that is used as text.

use crate::widget::kit::focus;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{KeyboardEvent, Window};

const KIND: &str = "keydown";

/// Listens for every key in the capture phase, before the page's own listeners, until the surrounding component is gone.
pub(super) fn on_key(act: impl Fn(&KeyboardEvent) + 'static) {
    let target = window();
    let callback = Closure::<dyn Fn(KeyboardEvent)>::new(move |event| act(&event));
    let function = callback.as_ref().unchecked_ref();
    // Cannot fail for this target and event.
    let _added = target.add_event_listener_with_callback_and_bool(KIND, function, true);
    // Dropped with the component.
    StoredValue::new_local(Listening { target, callback });
}

struct Listening {
    target: Window,
    callback: Closure<dyn Fn(KeyboardEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let function = self.callback.as_ref().unchecked_ref();
        let _removed = self.target.remove_event_listener_with_callback_and_bool(KIND, function, true);
    }
}

/// The letter pressed together with Alt alone, in lower case; None while somebody is typing.
///
/// Uses `key`, not `code`: with Option a Mac types "ć" or "ç" for C and starts "´" for E, and that is text for the page.
pub(super) fn alt_letter(event: &KeyboardEvent) -> Option<char> {
    if !event.alt_key() || event.shift_key() || is_repeated(event) || has_more_than_alt(event) {
        return None;
    }
    let typed = event.key();
    let mut letters = typed.chars();
    let letter = letters.next().filter(|letter| letter.is_ascii_alphabetic() && letters.next().is_none())?;
    (!focus::is_writing()).then(|| letter.to_ascii_lowercase())
}

/// Whether a key is pressed alone, apart from Shift.
pub(super) fn is_plain(event: &KeyboardEvent) -> bool {
    !event.alt_key() && !has_more_than_alt(event) && !event.is_composing()
}

/// Whether the key is held down, or part of an input method's composition.
fn is_repeated(event: &KeyboardEvent) -> bool {
    event.repeat() || event.is_composing()
}

fn has_more_than_alt(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.get_modifier_state("AltGraph")
}
