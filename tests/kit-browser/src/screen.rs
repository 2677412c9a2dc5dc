//! What a person sees in a page, for browser tests. Never changes the page, except for adding a place to mount
//! into.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, ShadowRoot};

/// Every element that matches, also inside open shadow roots, which come last.
pub fn all_within(place: &Element, selector: &str) -> Vec<Element> {
    let mut found = all(place, selector);
    for root in shadow_roots(place) {
        let inside = root.query_selector_all(selector).unwrap();
        found.extend(
            (0..inside.length()).filter_map(|at| inside.get(at)).map(JsCast::unchecked_into::<Element>),
        );
    }
    found
}

/// What is written in a place, also inside open shadow roots, which come last.
pub fn text_within(place: &Element) -> String {
    let inside = shadow_roots(place).into_iter().filter_map(|root| root.text_content());
    place.text_content().into_iter().chain(inside).collect::<Vec<_>>().join(" ")
}

/// The open shadow roots in a place.
pub fn shadow_roots(place: &Element) -> Vec<ShadowRoot> {
    all(place, "*").iter().filter_map(Element::shadow_root).collect()
}

/// Every element that matches, in document order.
pub fn all(place: &Element, selector: &str) -> Vec<Element> {
    let found = place.query_selector_all(selector).unwrap();
    (0..found.length()).filter_map(|index| found.get(index)).map(JsCast::unchecked_into).collect()
}

/// A control's accessible name: its label, or its text without what is hidden from screen readers.
pub fn name(control: &Element) -> String {
    control.get_attribute("aria-label").unwrap_or_else(|| {
        let copy: Element = control.clone_node_with_deep(true).unwrap().unchecked_into();
        while let Some(hidden) = copy.query_selector("[aria-hidden=true]").unwrap() {
            hidden.remove();
        }
        copy.text_content().unwrap_or_default().trim().to_owned()
    })
}

/// An empty element at the end of the page.
pub fn place() -> HtmlElement {
    let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&place).unwrap();
    place
}

fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}
