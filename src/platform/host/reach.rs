//! Whether a person can get at what is in a frame of ours: it is drawn, in the view, and nothing lies above it; and
//! where in the page that could be so.
//! Never moves anything.

use super::frame::Frame;
use crate::platform::js;
use wasm_bindgen::prelude::*;
use web_sys::{DomRect, Element, NodeList};

#[wasm_bindgen]
extern "C" {
    /// What `Document` and `ShadowRoot` have in common: elements.
    type Tree;

    #[wasm_bindgen(method, catch, js_name = querySelectorAll)]
    fn query_selector_all(this: &Tree, selector: &str) -> Result<NodeList, JsValue>;
}

/// How it stands with a frame's windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything that matters can be pressed, or there is no window.
    Free,
    /// It is not drawn, or something else would be pressed.
    Covered,
    /// It is outside of the view: it is just coming, or the view is too small.
    Outside,
}

/// What has to be reached: the buttons that answer and end, and the middle of each window.
const VITAL: &str = ".mc-window, .mc-go, .mc-stop, .mc-end";

/// Looks at all that has to be reached; what may lie above it is said by the function.
pub(super) fn look(frame: &Frame, may_cover: fn(&Element) -> bool) -> Reach {
    let Ok(found) = frame.root.query_selector_all(VITAL) else { return Reach::Free };
    let mut worst = Reach::Free;
    for element in elements(&found) {
        match look_at(frame, &element, may_cover) {
            Reach::Free => {}
            Reach::Covered => return Reach::Covered,
            Reach::Outside => worst = Reach::Outside,
        }
    }
    worst
}

/// Scrolls within our windows until what has to be reached is in the view.
pub(super) fn scroll(frame: &Frame) {
    let Ok(found) = frame.root.query_selector_all(VITAL) else { return };
    for element in elements(&found).filter(|element| look_at(frame, element, |_| false) == Reach::Outside) {
        element.scroll_into_view_with_bool(false);
    }
}

fn look_at(frame: &Frame, element: &Element, may_cover: fn(&Element) -> bool) -> Reach {
    let place: DomRect = element.get_bounding_client_rect();
    if place.width() == 0.0 || place.height() == 0.0 {
        return Reach::Covered;
    }
    let (x, y) = (place.x() + place.width() / 2.0, place.y() + place.height() / 2.0);
    let view = js::document().document_element();
    let (width, height) = view.map_or((0, 0), |view| (view.client_width(), view.client_height()));
    if x < 0.0 || y < 0.0 || x > f64::from(width) || y > f64::from(height) {
        return Reach::Outside;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
    let (x, y) = (x as f32, y as f32);
    // Asked in our own tree: whatever of the page lies above is not in it.
    let is_ours = frame.root.contains(frame.shadow.element_from_point(x, y).as_deref());
    if is_ours || js::document().element_from_point(x, y).is_some_and(|above| may_cover(&above)) {
        Reach::Free
    } else {
        Reach::Covered
    }
}

/// Where in the page the windows could be reached, the likeliest first: everything outside of an open modal dialog is
/// out of reach, and of several dialogs the last one usually is the upper.
pub(super) fn homes() -> Vec<Element> {
    let page = js::document();
    let mut homes = Vec::new();
    modals(page.unchecked_ref(), &mut homes);
    homes.reverse();
    homes.extend(page.body().map(Element::from));
    homes.extend(page.document_element());
    // What cannot be above it in browsers without a top layer may still be inside of it.
    let full = page.fullscreen_element();
    homes.extend(
        full.filter(|full| !matches!(full.tag_name().as_str(), "VIDEO" | "AUDIO" | "IFRAME" | "IMG")),
    );
    homes
}

/// The open modal dialogs, also those in open shadow roots.
fn modals(root: &Tree, found: &mut Vec<Element>) {
    let Ok(all) = root.query_selector_all("*") else { return };
    for element in elements(&all) {
        if element.tag_name() == "DIALOG" && element.matches(":modal").unwrap_or(false) {
            found.push(element.clone());
        }
        if let Some(inner) = element.shadow_root() {
            modals(inner.unchecked_ref(), found);
        }
    }
}

fn elements(list: &NodeList) -> impl Iterator<Item = Element> + '_ {
    (0..list.length()).filter_map(|index| list.get(index)).filter_map(|node| node.dyn_into().ok())
}
