//! Which clicks count as a press. Never knows what a press does.

use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, KeyboardEvent, UiEvent};

/// The attribute of an element that has just appeared: a press on it was meant for what was there before.
pub(crate) const GUARDED: &str = "data-fresh";

/// Browsers repeat the click while Enter is held down; this prevents it.
pub(super) fn hold_back(event: &KeyboardEvent) {
    if event.repeat() && event.key() == "Enter" {
        event.prevent_default();
    }
}

/// Whether a click counts: it is not the second of a double click, the button has not just appeared, and it is not disabled.
pub(super) fn is_meant(button: &Element, click: &Event) -> bool {
    let is_guarded = button.closest("[data-fresh]").is_ok_and(|guarded| guarded.is_some());
    let is_refused = button.get_attribute("aria-disabled").is_some();
    let is_again = click.dyn_ref::<UiEvent>().is_some_and(|click| click.detail() > 1);
    !is_again && !is_guarded && !is_refused
}
