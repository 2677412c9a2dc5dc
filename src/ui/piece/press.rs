//! Which clicks count as a press. Never knows what a press does.

use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, KeyboardEvent, UiEvent};

/// The mark of what has just appeared, so that no press can have been meant for it.
pub(crate) const GUARDED: &str = "data-fresh";

/// A browser clicks again and again while Enter is held.
pub(super) fn hold_back(event: Event) {
    let key: &KeyboardEvent = event.unchecked_ref();
    if key.repeat() && key.key() == "Enter" {
        event.prevent_default();
    }
}

/// Whether a click was meant for a button: not the second half of a double click, not what was there a moment ago, and not
/// one that says that it does nothing now.
pub(super) fn is_meant(button: &Element, click: &Event) -> bool {
    let is_guarded = button.closest("[data-fresh]").is_ok_and(|guarded| guarded.is_some());
    let is_refused = button.get_attribute("aria-disabled").is_some();
    let is_again = click.dyn_ref::<UiEvent>().is_some_and(|click| click.detail() > 1);
    !is_again && !is_guarded && !is_refused
}
