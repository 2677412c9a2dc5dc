//! Where the keyboard's focus goes when windows come and go.
//! Never takes it from somebody who types: the shortcuts work there too, and a stray Enter answers no call.

use super::piece::{Piece, watch};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

/// Moves the focus to a window's main button as soon as it is there.
pub(crate) fn claim(button: &Piece) {
    give(button.html());
}

/// Moves the focus to an element as soon as it is in the page and shown.
pub(crate) fn give(element: HtmlElement) {
    // Runs when everything else that changed is drawn.
    watch(move || {
        if is_free(active().as_ref()) {
            let _focused = element.focus();
        }
    });
}

/// Whether the focus is in an element.
pub(crate) fn is_in(element: &Element) -> bool {
    element.contains(active().as_deref())
}

/// What had the focus before a call, to give it back afterwards.
#[derive(Default)]
pub(super) struct Before(Option<HtmlElement>);

impl Before {
    /// Remembers what has the focus now.
    pub(super) fn remember(&mut self) {
        self.0 = active().and_then(|element| element.dyn_into().ok());
    }

    /// Gives it back, unless the person has moved on.
    pub(super) fn restore(&mut self) {
        if let Some(element) = self.0.take()
            && element.is_connected()
            && is_free(active().as_ref())
        {
            let _focused = element.focus();
        }
    }
}

/// The element with the focus, also inside open shadow roots.
fn active() -> Option<Element> {
    let mut element = document().active_element()?;
    while let Some(inner) = element.shadow_root().and_then(|root| root.active_element()) {
        element = inner;
    }
    Some(element)
}

/// Whether nothing is lost when the focus goes elsewhere.
fn is_free(element: Option<&Element>) -> bool {
    element.is_none_or(|element| {
        matches!(element.tag_name().as_str(), "BODY" | "HTML" | "BUTTON" | "A" | "SUMMARY" | "VIDEO")
    })
}
