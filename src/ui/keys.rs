//! Keys that work wherever the focus is in the page.
//! Owns a listener on the window for as long as the component lives; never leaks it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{KeyboardEvent, Window};

const KIND: &str = "keydown";

/// Hears every key until the surrounding component is gone, before the page's own listeners do.
pub(super) fn on_key(act: impl Fn(&KeyboardEvent) + 'static) {
    let target = window();
    let callback = Closure::<dyn Fn(KeyboardEvent)>::new(move |event| act(&event));
    let function = callback.as_ref().unchecked_ref();
    // Fails for no target and no kind that exist.
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

/// Which letter is pressed together with Alt alone, in lower case, whatever the keyboard makes of it.
pub(super) fn alt_letter(event: &KeyboardEvent) -> Option<char> {
    let plain = event.alt_key() && !event.ctrl_key() && !event.meta_key() && !event.repeat();
    let typed = event.key().chars().next().filter(char::is_ascii_alphabetic);
    // A Mac types "ç" for Alt+C: then the key's place counts.
    let letter = typed.or_else(|| event.code().strip_prefix("Key").and_then(|place| place.chars().next()));
    letter.filter(|_| plain).map(|letter| letter.to_ascii_lowercase())
}
