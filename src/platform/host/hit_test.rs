//! Whether a person can click what is in a frame: it is drawn, in the viewport, and nothing covers it; and into which parents
//! the frame could be moved.
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

/// The result for a frame's windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HitTest {
    /// All of it can be clicked, or there is no window.
    Reachable,
    /// It is not drawn, or something else would get the click.
    Covered,
    /// Outside of the viewport: it slides in, or the viewport is too small.
    OutsideViewport,
}

/// What has to be clickable: the buttons that answer and end, and the middle of each window.
const VITAL: &str = ".mc-window, .mc-go, .mc-stop, .mc-end";

/// Tests everything that has to be clickable; `may_cover` names elements that do not count.
pub(super) fn test(frame: &Frame, may_cover: fn(&Element) -> bool) -> HitTest {
    let Ok(found) = frame.root.query_selector_all(VITAL) else { return HitTest::Reachable };
    let mut worst = HitTest::Reachable;
    for element in elements(&found) {
        match test_element(frame, &element, may_cover) {
            HitTest::Reachable => {}
            HitTest::Covered => return HitTest::Covered,
            HitTest::OutsideViewport => worst = HitTest::OutsideViewport,
        }
    }
    worst
}

/// Scrolls within our windows until what has to be clickable is in the viewport.
pub(super) fn scroll(frame: &Frame) {
    let Ok(found) = frame.root.query_selector_all(VITAL) else { return };
    for element in
        elements(&found).filter(|element| test_element(frame, element, |_| false) == HitTest::OutsideViewport)
    {
        element.scroll_into_view_with_bool(false);
    }
}

fn test_element(frame: &Frame, element: &Element, may_cover: fn(&Element) -> bool) -> HitTest {
    let place: DomRect = element.get_bounding_client_rect();
    if place.width() == 0.0 || place.height() == 0.0 {
        return HitTest::Covered;
    }
    let (x, y) = (place.x() + place.width() / 2.0, place.y() + place.height() / 2.0);
    let view = js::document().document_element();
    let (width, height) = view.map_or((0, 0), |view| (view.client_width(), view.client_height()));
    if x < 0.0 || y < 0.0 || x > f64::from(width) || y > f64::from(height) {
        return HitTest::OutsideViewport;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
    let (x, y) = (x as f32, y as f32);
    // `elementFromPoint` of our shadow root: an element of the page on top is not in it.
    let is_ours = frame.root.contains(frame.shadow.element_from_point(x, y).as_deref());
    if is_ours || js::document().element_from_point(x, y).is_some_and(|above| may_cover(&above)) {
        HitTest::Reachable
    } else {
        HitTest::Covered
    }
}

/// Parents in which the windows could be clickable, the likeliest first: everything outside of an open modal dialog is inert,
/// and of several dialogs the last in the document usually is on top.
pub(super) fn parents() -> Vec<Element> {
    let page = js::document();
    let mut parents = Vec::new();
    modals(page.unchecked_ref(), &mut parents);
    parents.reverse();
    parents.extend(page.body().map(Element::from));
    parents.extend(page.document_element());
    // In browsers without a top layer nothing is above a full screen element, but something may be inside.
    let full = page.fullscreen_element();
    parents.extend(
        full.filter(|full| !matches!(full.tag_name().as_str(), "VIDEO" | "AUDIO" | "IFRAME" | "IMG")),
    );
    parents
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
