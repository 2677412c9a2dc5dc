//! Where the keyboard's focus goes when windows come and go.
//!
//! A window that opens by itself does not take the focus. After a press on one of our controls the focus moves to the
//! window that the press opens: to the window, not to a button, so that a second Enter presses nothing. When the window
//! closes, the focus goes back. It is never taken from a field that somebody types in, or from another element of the page.

use super::dom::{El, effect};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlElement};
use std::cell::RefCell;

/// Elements that use keys as text, or may: frames and closed shadow roots cannot be looked into.
const WRITING: &str = "input, textarea, select, iframe, frame, object, embed, [role=textbox], [role=searchbox], \
                       [role=combobox], [role=spinbutton], [role=application]";

thread_local! {
    /// The focused element when one of our controls placed or answered a call, until the window is open.
    static PRESSED: RefCell<Option<Option<Element>>> = const { RefCell::new(None) };
}

/// Remembers the focus: one of our controls placed or answered a call.
pub(crate) fn follow_press() {
    let focused = somewhere();
    let ours = focused.as_ref().is_none_or(|element| closest(element, ".mc") && !is_writing());
    PRESSED.set(ours.then_some(focused));
}

/// Whether the focus may move to the window: it has not moved since the press, or was lost with the pressed button.
pub(crate) fn follows() -> bool {
    let pressed = PRESSED.take();
    pressed.is_some_and(|pressed| somewhere().is_none_or(|element| Some(element) == pressed))
}

/// Makes a window focusable as a whole.
pub(crate) fn takes_focus(window: El) -> El {
    window.attr("tabindex", "-1")
}

/// Moves the focus to a panel that a press has opened: to the panel, so that a second Enter presses nothing in it.
pub(crate) fn claim(panel: El) -> El {
    let panel = takes_focus(panel);
    give(panel.element());
    panel
}

/// Moves the focus to an element once it is in the page, unless somebody is typing elsewhere.
pub(crate) fn give(element: HtmlElement) {
    // An effect runs after the elements were inserted.
    effect(move || {
        if !is_writing() {
            let _focused = element.focus();
        }
    });
}

/// Whether the focus is in an element.
pub(crate) fn is_in(element: &Element) -> bool {
    element.contains(active().as_deref())
}

/// Whether the focus is in an open help, which Escape closes first.
pub(crate) fn is_unfolded() -> bool {
    active().is_some_and(|element| closest(&element, "details[open]"))
}

/// Keeps Tab inside a window that covers the page; false where the browser moves to the next stop itself.
pub(crate) fn go_round(window: &Element, back: bool) -> bool {
    let Ok(found) = window.query_selector_all("button:not(:disabled), summary") else { return false };
    let stops = (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<HtmlElement>().ok());
    let stops: Vec<_> = stops.filter(|stop| stop.offset_width() > 0).collect();
    let here = active();
    let at = stops.iter().position(|stop| here.as_ref() == Some(stop.as_ref()));
    let next = match (at, back) {
        (None, true) | (Some(0), true) => stops.last(),
        (None, false) => stops.first(),
        (Some(at), false) if at + 1 == stops.len() => stops.first(),
        (Some(_), _) => return false,
    };
    next.is_some_and(|next| next.focus().is_ok())
}

/// The element that had the focus before a call.
#[derive(Default)]
pub(crate) struct Before(Option<HtmlElement>);

impl Before {
    /// Remembers what has the focus now.
    pub(crate) fn remember(&mut self) {
        self.0 = somewhere().and_then(|element| element.dyn_into().ok());
    }

    /// Focuses it again.
    pub(crate) fn restore(&mut self) {
        if let Some(element) = self.0.take().filter(|element| element.is_connected()) {
            give(element);
        }
    }
}

/// Whether a key would be used as text now, as far as a page can know.
pub(crate) fn is_writing() -> bool {
    let page = document();
    if has(&page, "designMode").is_some_and(|mode| mode == "on") {
        return true;
    }
    let mut next = page.active_element();
    while let Some(element) = next {
        let inside = element.shadow_root();
        let hides = inside.is_none() && element.tag_name().contains('-');
        if hides || closest(&element, WRITING) || is_editable(&element) {
            return true;
        }
        next = inside.and_then(|root| root.active_element());
    }
    false
}

fn is_editable(element: &Element) -> bool {
    element.unchecked_ref::<HtmlElement>().is_content_editable() || has(element, "editContext").is_some()
}

/// A property, if it is truthy.
fn has(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).ok().filter(JsValue::is_truthy)
}

/// Whether an element or an ancestor matches.
pub(crate) fn closest(element: &Element, selector: &str) -> bool {
    element.closest(selector).is_ok_and(|found| found.is_some())
}

/// The element with the focus, also inside open shadow roots.
pub(crate) fn active() -> Option<Element> {
    let mut element = document().active_element()?;
    while let Some(inner) = element.shadow_root().and_then(|root| root.active_element()) {
        element = inner;
    }
    Some(element)
}

/// The same; None if that is the document itself.
fn somewhere() -> Option<Element> {
    active().filter(|element| !matches!(element.tag_name().as_str(), "BODY" | "HTML"))
}
