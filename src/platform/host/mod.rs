//! Our place in somebody's page: one element with a shadow root inside the element that the page gave us, the
//! events that the page hears, and the moment in which the page takes its element away.
//! Never leaks a style, a name or a node: dropping it leaves the page's element as it was.
//!
//! - `frame`: an element of ours with a shadow root and our styles
//! - `watch`: whether the page's element is in the page
//! - `layer`: where the calls' windows are, above everything of the page · `reach`: whether a person can get at them

mod frame;
mod layer;
mod reach;
mod watch;

pub use frame::dress_page;
pub use layer::{Layer, Sight};
pub use watch::Presence;

use core::cell::RefCell;
use frame::Frame;
use wasm_bindgen::prelude::*;
use watch::Watch;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, Node, ShadowRoot};

/// The place; dropping it removes everything from the page.
pub struct Host {
    element: HtmlElement,
    frame: Frame,
    watch: RefCell<Option<Watch>>,
}

impl Host {
    /// Makes a place inside an element of the page, with these styles.
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

    /// Sets one of our own style properties; others are the page's affair.
    pub fn set_property(&self, name: &str, value: &str) {
        if name.starts_with("--mc-") {
            let _set = self.frame.element.style().set_property(name, value);
        }
    }

    /// Tells the page something, as a bubbling event on its element.
    pub fn announce(&self, kind: &str, detail: &JsValue) {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(detail);
        if let Ok(event) = CustomEvent::new_with_event_init_dict(kind, &init) {
            let _default = self.element.dispatch_event(&event);
        }
    }

    /// Calls back when the page's element is in the page, at once if it is there already, and when it has left it.
    pub fn on_presence(&self, tell: impl Fn(Presence) + 'static) {
        self.watch.replace(Watch::new(&self.element, tell));
    }

    /// Takes the place out of the page, at once.
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
