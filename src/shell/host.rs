//! Our place in somebody's page: one element with a shadow root inside the element that the page gave us, the
//! events that the page hears, and the moment in which the page takes its element away.
//! Never leaks a style, a name or a node: dropping it leaves the page's element as it was.

use super::js;
use core::cell::{Cell, RefCell};
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    CssStyleSheet, CustomEvent, CustomEventInit, HtmlElement, MutationObserver, MutationObserverInit, Node,
    ShadowRoot, ShadowRootInit, ShadowRootMode,
};

thread_local! {
    /// One sheet serves every shadow root of the page.
    static SHEET: RefCell<Option<CssStyleSheet>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// What `Document` and `ShadowRoot` have in common, as far as web-sys lacks it.
    type Styled;

    #[wasm_bindgen(method, setter, js_name = adoptedStyleSheets)]
    fn set_adopted_style_sheets(this: &Styled, sheets: &Array);
}

/// The place; dropping it removes everything from the page.
pub struct Host {
    element: HtmlElement,
    frame: HtmlElement,
    root: HtmlElement,
    watch: RefCell<Option<Watch>>,
}

impl Host {
    /// Makes a place inside an element of the page, with these styles.
    pub fn new(element: &HtmlElement, styles: &str) -> Result<Self, JsValue> {
        let frame: HtmlElement = js::document().create_element("div")?.unchecked_into();
        let shadow = frame.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))?;
        let sheets = Array::of1(&shared_sheet(styles)?.into());
        shadow.unchecked_ref::<Styled>().set_adopted_style_sheets(&sheets);
        let root: HtmlElement = js::document().create_element("div")?.unchecked_into();
        shadow.append_child(&root)?;
        element.append_child(&frame)?;
        Ok(Self { element: element.clone(), frame, root, watch: RefCell::default() })
    }

    /// Where the interface is mounted.
    pub fn root(&self) -> HtmlElement {
        self.root.clone()
    }

    /// The page's element.
    pub fn element(&self) -> &HtmlElement {
        &self.element
    }

    /// Sets one of our own style properties; others are the page's affair.
    pub fn set_property(&self, name: &str, value: &str) {
        if name.starts_with("--mc-") {
            let _set = self.frame.style().set_property(name, value);
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

    /// Calls back once the page's element has left the page.
    pub fn on_removal(&self, callback: impl Fn() + 'static) {
        self.watch.replace(Watch::new(&self.element, callback));
    }

    /// Takes the place out of the page, at once.
    pub fn clear(&self) {
        self.watch.take();
        self.frame.remove();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Gives styles to a page of our own.
pub fn dress_page(styles: &[&str]) {
    let sheets: Array = styles.iter().filter_map(|text| Some(JsValue::from(sheet(text).ok()?))).collect();
    js::document().unchecked_ref::<Styled>().set_adopted_style_sheets(&sheets);
}

fn shared_sheet(styles: &str) -> Result<CssStyleSheet, JsValue> {
    if let Some(sheet) = SHEET.with_borrow(Clone::clone) {
        return Ok(sheet);
    }
    let sheet = sheet(styles)?;
    SHEET.set(Some(sheet.clone()));
    Ok(sheet)
}

fn sheet(styles: &str) -> Result<CssStyleSheet, JsValue> {
    let sheet = CssStyleSheet::new()?;
    sheet.replace_sync(styles)?;
    Ok(sheet)
}

/// Watches the element's way up to the document: the children of each node on it, across shadow roots.
struct Watch {
    observer: MutationObserver,
    _changed: Closure<dyn Fn()>,
}

struct Watched {
    element: HtmlElement,
    observer: RefCell<Option<MutationObserver>>,
    seen: Cell<bool>,
    gone: Box<dyn Fn()>,
}

impl Watch {
    fn new(element: &HtmlElement, callback: impl Fn() + 'static) -> Option<Self> {
        let watched = Rc::new(Watched {
            element: element.clone(),
            observer: RefCell::default(),
            seen: Cell::default(),
            gone: Box::new(callback),
        });
        let own = watched.clone();
        let changed = Closure::<dyn Fn()>::new(move || own.look());
        let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok()?;
        watched.observer.replace(Some(observer.clone()));
        watched.look();
        Some(Self { observer, _changed: changed })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Watched {
    /// The way may have changed: watches the new one, or says that the element is gone.
    fn look(&self) {
        let Some(observer) = self.observer.borrow().clone() else { return };
        observer.disconnect();
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        if self.element.is_connected() {
            self.seen.set(true);
            let mut node = above(&self.element);
            while let Some(current) = node {
                let _observed = observer.observe_with_options(&current, &init);
                node = above(&current);
            }
        } else if self.seen.get() {
            (self.gone)();
        } else {
            // Mounted before it was put into the page.
            init.set_subtree(true);
            let _observed = observer.observe_with_options(&js::document(), &init);
        }
    }
}

fn above(node: &Node) -> Option<Node> {
    let host = || node.dyn_ref::<ShadowRoot>().map(|root| root.host().into());
    node.parent_node().or_else(host)
}
