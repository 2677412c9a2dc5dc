//! Our element inside the element that a page gave us: its shadow root, the events that the page gets, and when the page
//! inserts or removes its element.
//! Leaks no style, name or node: dropping it leaves the page's element as it was.
//!
//! - `frame`: an element with a shadow root and our styles
//! - `watch`: whether the page's element is in the page
//! - `layer`: the calls' windows, above everything of the page · `hit_test`: whether they can be clicked

mod frame;
mod hit_test;
mod layer;
mod watch;

pub use frame::dress_page;
pub use layer::{Layer, WindowVisibility};
pub use watch::Presence;

use core::cell::RefCell;
use frame::Frame;
use wasm_bindgen::prelude::*;
use watch::Watch;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, Node, ShadowRoot};

/// Our element; dropping it removes everything from the page.
pub struct Host {
    element: HtmlElement,
    frame: Frame,
    watch: RefCell<Option<Watch>>,
}

impl Host {
    /// Inserts our element, with these styles, into an element of the page.
    pub fn new(element: &HtmlElement, styles: &str) -> Result<Self, JsValue> {
        let frame = Frame::new(styles)?;
        element.append_child(&frame.element)?;
        Ok(Self { element: element.clone(), frame, watch: RefCell::default() })
    }

    /// Where the interface is mounted.
    pub fn root(&self) -> HtmlElement {
        self.frame.root.clone()
    }

    /// Our element inside of the page's.
    pub fn frame(&self) -> HtmlElement {
        self.frame.element.clone()
    }

    /// The page's element.
    pub fn element(&self) -> &HtmlElement {
        &self.element
    }

    /// Sets one of our own style properties; ignores any other.
    pub fn set_property(&self, name: &str, value: &str) {
        if name.starts_with("--mc-") {
            let _set = self.frame.element.style().set_property(name, value);
        }
    }

    /// Dispatches a bubbling event on the page's element.
    pub fn announce(&self, kind: &str, detail: &JsValue) {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(detail);
        if let Ok(event) = CustomEvent::new_with_event_init_dict(kind, &init) {
            let _default = self.element.dispatch_event(&event);
        }
    }

    /// Calls back when the page's element is inserted, at once if it is in the page already, and when it is removed.
    pub fn on_presence(&self, tell: impl Fn(Presence) + 'static) {
        self.watch.replace(Watch::new(&self.element, tell));
    }

    /// Removes our element from the page now.
    pub fn clear(&self) {
        self.watch.take();
        self.frame.element.remove();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.clear();
    }
}

fn above(node: &Node) -> Option<Node> {
    let host = || node.dyn_ref::<ShadowRoot>().map(|root| root.host().into());
    node.parent_node().or_else(host)
}
