//! The element of the calls' windows: a manual popover in the browser's top layer, at the end of the body, and moved to where
//! it can be clicked while there is a window in it. An open modal dialog makes everything outside inert, so the element has
//! to be inside; full screen elements and later popovers cover what was shown before, so it is shown again.
//! Never closes by itself, by a key or by a click beside it; never decides what is shown.

use super::frame::Frame;
use super::hit_test::{self, HitTest};
use crate::platform::js;
use crate::platform::listener::Listener;
use crate::platform::timer::{Interval, Timeout};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use js_sys::Array;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    CssStyleDeclaration, Element, HtmlElement, HtmlMediaElement, MutationObserver, MutationObserverInit, Node,
};

/// Delay after a change in the page: changes come in bursts.
const SOON: Duration = Duration::from_millis(60);
/// How often to check for changes without an event, such as a dialog in a shadow root.
const PERIOD: Duration = Duration::from_millis(500);
/// So many checks in a row have to fail before it is reported: a window slides in for half a second.
const FAILURES: u32 = 3;

/// Tells the style sheet that another layer has the usual corner.
const BESIDE: &str = "data-beside";

thread_local! {
    /// The layers with a window: a page may have widgets of two people or servers.
    static UP: RefCell<Vec<HtmlElement>> = const { RefCell::new(Vec::new()) };
}

#[wasm_bindgen]
extern "C" {
    /// Methods of `Element` that web-sys lacks.
    type Movable;

    #[wasm_bindgen(method, catch, js_name = moveBefore)]
    fn move_before(this: &Movable, node: &Node, child: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = showPopover)]
    fn show_popover(this: &Movable) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = hidePopover)]
    fn hide_popover(this: &Movable) -> Result<(), JsValue>;
}

/// Whether the window of a call can be clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowVisibility {
    /// All its buttons can be clicked.
    Visible,
    /// The page covers it wherever it is put.
    Covered,
}

/// The element of the windows; dropping it removes it from the page.
pub struct Layer(Rc<Inner>);

struct Inner {
    frame: Frame,
    guard: RefCell<Option<Guard>>,
    soon: RefCell<Option<Timeout>>,
    /// The element whose style it copies, and which properties.
    style_source: RefCell<Option<(Element, Vec<&'static str>)>>,
    /// How many checks in a row have failed.
    failures: Cell<u32>,
    /// At most one attempt per period, so that a page that also moves itself to the top again causes no endless loop.
    tried: Cell<bool>,
    tell: Box<dyn Fn(WindowVisibility)>,
}

/// Observers and timers while there is a window.
struct Guard {
    observer: MutationObserver,
    _changed: Closure<dyn Fn()>,
    _heard: [Listener; 5],
    _period: Interval,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

impl Layer {
    /// Makes one, with these styles, at the end of the body.
    pub fn new(styles: &str, tell: impl Fn(WindowVisibility) + 'static) -> Result<Self, JsValue> {
        let frame = Frame::new(styles)?;
        // In browsers without popovers the attribute does nothing, and `z-index` has to suffice.
        frame.element.set_attribute("popover", "manual")?;
        let inner = Inner {
            frame,
            guard: RefCell::default(),
            soon: RefCell::default(),
            style_source: RefCell::default(),
            failures: Cell::default(),
            tried: Cell::default(),
            tell: Box::new(tell),
        };
        inner.park();
        Ok(Self(Rc::new(inner)))
    }

    /// Where the interface is mounted.
    pub fn root(&self) -> HtmlElement {
        self.0.frame.root.clone()
    }

    /// Copies these style properties, and the text direction, from an element of the page from now on.
    pub fn copy_style(&self, like: &Element, properties: impl Iterator<Item = &'static str>) {
        self.0.style_source.replace(Some((like.clone(), properties.collect())));
        self.0.copy_style();
    }

    /// There is a window from now on: moves above everything of the page, and stays there.
    pub fn raise(&self) {
        let is_up = self.0.guard.borrow().is_some();
        if !is_up {
            let guard = Guard::new(&self.0);
            self.0.guard.replace(guard);
            self.0.move_beside_others();
            self.0.settle(&self.0.likeliest_parent());
        }
        self.0.look_soon();
    }

    /// There is no window any more.
    pub fn lower(&self) {
        self.0.rest();
        self.0.park();
    }

    /// Removes it from the page now.
    pub fn clear(&self) {
        self.0.rest();
        self.0.frame.element.remove();
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Guard {
    fn new(layer: &Rc<Inner>) -> Option<Self> {
        let soon = || {
            let layer = Rc::downgrade(layer);
            move |_| with(&layer, Inner::look_soon)
        };
        let (page, window) = (js::document(), js::window());
        let heard = [
            Listener::capturing(&page, "toggle", soon()),
            Listener::capturing(&page, "close", soon()),
            Listener::capturing(&page, "fullscreenchange", soon()),
            Listener::capturing(&page, "scroll", soon()),
            Listener::new(&window, "resize", soon()),
        ];
        let changing = Rc::downgrade(layer);
        let changed = Closure::<dyn Fn()>::new(move || {
            with(&changing, |layer| {
                // Removed together with its parent: at once.
                if layer.frame.element.is_connected() { layer.look_soon() } else { layer.act() }
            });
        });
        let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok()?;
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        init.set_subtree(true);
        init.set_attribute_filter(&Array::of2(&"open".into(), &"inert".into()));
        let _observed = observer.observe_with_options(&page, &init);
        let again = Rc::downgrade(layer);
        let period = Interval::new(PERIOD, move || {
            // A page in the background is not laid out.
            with(&again, |layer| {
                if !js::document().hidden() {
                    layer.check()
                }
            });
        });
        Some(Self { observer, _changed: changed, _heard: heard, _period: period })
    }
}

fn with(layer: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(layer) = layer.upgrade() {
        act(&layer);
    }
}

impl Inner {
    fn look_soon(self: &Rc<Self>) {
        if self.soon.borrow().is_none() && self.guard.borrow().is_some() {
            let layer = Rc::downgrade(self);
            self.soon.replace(Some(Timeout::new(SOON, move || with(&layer, Inner::act))));
        }
    }

    fn act(self: &Rc<Self>) {
        if self.guard.borrow().is_some() && !js::document().hidden() {
            let _known_to_the_next_judgement = self.look();
        }
    }

    /// Makes the windows clickable if possible; returns the result.
    fn look(&self) -> HitTest {
        self.soon.take();
        let element = &self.frame.element;
        for name in ["inert", "hidden", "aria-hidden"].iter().filter(|name| element.has_attribute(name)) {
            // Dialog libraries set these on everything outside of the dialog.
            let _removed = element.remove_attribute(name);
        }
        self.copy_style();
        if !element.is_connected() || !self.is_on_top() {
            self.settle(&self.likeliest_parent());
        }
        let mut result = hit_test::test(&self.frame, is_layer);
        if result == HitTest::Covered && !self.tried.replace(true) {
            result = self.try_parents();
        }
        result
    }

    /// Copies the style; it may have changed with the page's size or state.
    fn copy_style(&self) {
        let Some((like, properties)) = self.style_source.borrow().clone() else { return };
        let style_of = |element: &Element| js::window().get_computed_style(element).ok().flatten();
        let element = &self.frame.element;
        let (Some(theirs), Some(ours)) = (style_of(&like), style_of(element)) else { return };
        let value = |style: &CssStyleDeclaration, name| style.get_property_value(name).unwrap_or_default();
        // An element outside of the page has no computed style.
        for name in properties.into_iter().filter(|_| like.is_connected()) {
            let wanted = value(&theirs, name);
            if value(&ours, name) != wanted {
                let _set = element.style().set_property(name, &wanted);
            }
        }
        let direction = value(&theirs, "direction");
        if element.dir() != direction && !direction.is_empty() {
            element.set_dir(&direction);
        }
    }

    /// Checks, and reports whether the windows can be clicked.
    fn check(&self) {
        self.tried.set(false);
        match self.look() {
            HitTest::Reachable => {
                if self.failures.replace(0) >= FAILURES {
                    (self.tell)(WindowVisibility::Visible);
                }
            }
            HitTest::Covered | HitTest::OutsideViewport => {
                // Not at the first failure: the window may still slide in.
                if self.failures.get() > 0 {
                    hit_test::scroll(&self.frame);
                }
                self.failures.set(self.failures.get().saturating_add(1));
                if self.failures.get() == FAILURES {
                    (self.tell)(WindowVisibility::Covered);
                }
            }
        }
    }

    /// Tries each possible parent until the windows can be clicked.
    fn try_parents(&self) -> HitTest {
        let parents = hit_test::parents();
        for parent in &parents {
            self.settle(parent);
            let result = hit_test::test(&self.frame, is_layer);
            if result != HitTest::Covered {
                return result;
            }
        }
        if let Some(parent) = parents.first() {
            self.settle(parent);
        }
        HitTest::Covered
    }

    /// The parent to try first: the last open modal dialog, else the body.
    fn likeliest_parent(&self) -> Element {
        let modals = js::document().query_selector_all("dialog:modal").ok();
        let last = modals.and_then(|all| all.get(all.length().checked_sub(1)?));
        last.and_then(|node| node.dyn_into().ok()).unwrap_or_else(ground)
    }

    /// The windows of two people would overlap: the second one goes to the other side.
    fn move_beside_others(&self) {
        let element = &self.frame.element;
        let is_first = UP.with_borrow_mut(|up| {
            up.push(element.clone());
            up.iter().all(|other| other == element || other.has_attribute(BESIDE))
        });
        let _set = element.toggle_attribute_with_force(BESIDE, !is_first);
    }

    /// Inserts it into an element, on top of the top layer; keeps focus and videos.
    fn settle(&self, parent: &Element) {
        let element = &self.frame.element;
        let focused = self.frame.shadow.active_element();
        self.put(parent);
        let movable: &Movable = element.unchecked_ref();
        let _hidden = movable.hide_popover();
        let _shown = movable.show_popover();
        self.play();
        let lost = focused.filter(|focused| self.frame.shadow.active_element().as_ref() != Some(focused));
        if let Some(focused) = lost.and_then(|focused| focused.dyn_into::<HtmlElement>().ok()) {
            let _focused = focused.focus();
        }
    }

    fn put(&self, parent: &Element) {
        let element = &self.frame.element;
        if element.parent_node().as_ref() == Some(parent.as_ref()) {
            return;
        }
        // `moveBefore` keeps the state of videos and the focus.
        let moved = parent.unchecked_ref::<Movable>().move_before(element, &JsValue::NULL);
        if moved.is_err() {
            let _appended = parent.append_child(element);
        }
    }

    /// Moving an element pauses its videos.
    fn play(&self) {
        let Ok(videos) = self.frame.root.query_selector_all("video") else { return };
        for video in (0..videos.length()).filter_map(|index| videos.get(index)) {
            let video: HtmlMediaElement = video.unchecked_into();
            if video.paused()
                && let Ok(playing) = video.play()
            {
                // Rejects without a stream, which is ignored.
                spawn_local(async move { drop(JsFuture::from(playing).await) });
            }
        }
    }

    /// Whether it is in the top layer, or the browser has none.
    fn is_on_top(&self) -> bool {
        self.frame.element.matches(":popover-open").unwrap_or(true)
    }

    fn rest(&self) {
        UP.with_borrow_mut(|up| up.retain(|element| element != &self.frame.element));
        self.guard.take();
        self.soon.take();
        self.failures.set(0);
        self.tried.set(false);
    }

    fn park(&self) {
        self.put(&ground());
        let _hidden = self.frame.element.unchecked_ref::<Movable>().hide_popover();
    }
}

/// Whether an element is one of these layers: one may cover another.
fn is_layer(element: &Element) -> bool {
    UP.with_borrow(|up| up.iter().any(|other| **other == *element))
}

/// The body, or the document element of a page without one.
fn ground() -> Element {
    let page = js::document();
    page.body().map(Element::from).or_else(|| page.document_element()).expect("a page has an element")
}
