//! Where the calls' windows are: an element of ours in the browser's top layer, parked on the body and moved to wherever
//! a person can reach it while there is a window in it. An open modal dialog makes everything outside of it inert, so it
//! has to be inside; what goes full screen, and popovers, are above whatever was shown before, so it is shown again.
//! Never closes by itself, by a key or by a click beside it; never decides what is shown.

use super::frame::Frame;
use super::reach::{self, Reach};
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

/// After something has happened in the page: many things happen at once.
const SOON: Duration = Duration::from_millis(60);
/// What nothing tells of, such as a dialog in a shadow root, is found at the latest after this.
const PERIOD: Duration = Duration::from_millis(500);
/// So many looks in a row have to fail: a window that slides in, and its neighbours, take half a second.
const FAILURES: u32 = 3;

/// Tells the styles that the other corner is taken.
const BESIDE: &str = "data-beside";

thread_local! {
    /// The layers with a window: a page may be about two persons, or two servers.
    static UP: RefCell<Vec<HtmlElement>> = const { RefCell::new(Vec::new()) };
}

#[wasm_bindgen]
extern "C" {
    /// What web-sys does not know of elements yet.
    type Movable;

    #[wasm_bindgen(method, catch, js_name = moveBefore)]
    fn move_before(this: &Movable, node: &Node, child: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = showPopover)]
    fn show_popover(this: &Movable) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = hidePopover)]
    fn hide_popover(this: &Movable) -> Result<(), JsValue>;
}

/// Whether whoever hears the ring can get at the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything that matters can be pressed.
    Clear,
    /// Nothing that could be tried has helped.
    Hidden,
}

/// The place of the windows; dropping it takes it out of the page.
pub struct Layer(Rc<Inner>);

struct Inner {
    frame: Frame,
    guard: RefCell<Option<Guard>>,
    soon: RefCell<Option<Timeout>>,
    /// What it looks like, and in which properties.
    model: RefCell<Option<(Element, Vec<&'static str>)>>,
    /// How many looks in a row have failed.
    failures: Cell<u32>,
    /// At most one attempt in each period: a page that puts something above it again and again is not fought.
    tried: Cell<bool>,
    tell: Box<dyn Fn(Sight)>,
}

/// What looks after the layer while there is a window in it.
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
    /// Makes one with these styles at the end of the page.
    pub fn new(styles: &str, tell: impl Fn(Sight) + 'static) -> Result<Self, JsValue> {
        let frame = Frame::new(styles)?;
        // Without the browser's knowing of popovers this is only an attribute, and the styles do what they can.
        frame.element.set_attribute("popover", "manual")?;
        let inner = Inner {
            frame,
            guard: RefCell::default(),
            soon: RefCell::default(),
            model: RefCell::default(),
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

    /// Looks, from now on, as things look inside an element of the page: these properties, and the direction of its text.
    pub fn dress(&self, like: &Element, properties: impl Iterator<Item = &'static str>) {
        self.0.model.replace(Some((like.clone(), properties.collect())));
        self.0.dress();
    }

    /// There is a window in it from now on: it goes, and stays, above everything of the page.
    pub fn raise(&self) {
        let is_up = self.0.guard.borrow().is_some();
        if !is_up {
            let guard = Guard::new(&self.0);
            self.0.guard.replace(guard);
            self.0.make_room();
            self.0.settle(&self.0.likeliest_home());
        }
        self.0.look_soon();
    }

    /// There is no window in it any more.
    pub fn lower(&self) {
        self.0.rest();
        self.0.park();
    }

    /// Takes it out of the page, at once.
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
                // Whatever held it was taken out of the page.
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
            // Nobody sees a page in the background, and the browser does not draw it.
            with(&again, |layer| {
                if !js::document().hidden() {
                    layer.judge()
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

    /// Makes sure that the windows can be reached; says how it stands with them then.
    fn look(&self) -> Reach {
        self.soon.take();
        let element = &self.frame.element;
        for name in ["inert", "hidden", "aria-hidden"].iter().filter(|name| element.has_attribute(name)) {
            // Libraries put them on everything outside of what they open.
            let _removed = element.remove_attribute(name);
        }
        self.dress();
        if !element.is_connected() || !self.is_on_top() {
            self.settle(&self.likeliest_home());
        }
        let mut reach = reach::look(&self.frame, is_layer);
        if reach == Reach::Covered && !self.tried.replace(true) {
            reach = self.search();
        }
        reach
    }

    /// The page's style may depend on its size and on what is open in it.
    fn dress(&self) {
        let Some((like, properties)) = self.model.borrow().clone() else { return };
        let style_of = |element: &Element| js::window().get_computed_style(element).ok().flatten();
        let element = &self.frame.element;
        let (Some(theirs), Some(ours)) = (style_of(&like), style_of(element)) else { return };
        let value = |style: &CssStyleDeclaration, name| style.get_property_value(name).unwrap_or_default();
        // Out of the page it has no style.
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

    /// Looks, and tells whether the windows can be reached at all.
    fn judge(&self) {
        self.tried.set(false);
        match self.look() {
            Reach::Free => {
                if self.failures.replace(0) >= FAILURES {
                    (self.tell)(Sight::Clear);
                }
            }
            Reach::Covered | Reach::Outside => {
                // Not before it has slid in.
                if self.failures.get() > 0 {
                    reach::scroll(&self.frame);
                }
                self.failures.set(self.failures.get().saturating_add(1));
                if self.failures.get() == FAILURES {
                    (self.tell)(Sight::Hidden);
                }
            }
        }
    }

    /// Tries one place after the other, shown anew in each.
    fn search(&self) -> Reach {
        let homes = reach::homes();
        for home in &homes {
            self.settle(home);
            let reach = reach::look(&self.frame, is_layer);
            if reach != Reach::Covered {
                return reach;
            }
        }
        if let Some(home) = homes.first() {
            self.settle(home);
        }
        Reach::Covered
    }

    /// Where it is best put before anything is drawn.
    fn likeliest_home(&self) -> Element {
        let modals = js::document().query_selector_all("dialog:modal").ok();
        let last = modals.and_then(|all| all.get(all.length().checked_sub(1)?));
        last.and_then(|node| node.dyn_into().ok()).unwrap_or_else(ground)
    }

    /// Two persons' windows would lie on top of each other.
    fn make_room(&self) {
        let element = &self.frame.element;
        let is_first = UP.with_borrow_mut(|up| {
            up.push(element.clone());
            up.iter().all(|other| other == element || other.has_attribute(BESIDE))
        });
        let _set = element.toggle_attribute_with_force(BESIDE, !is_first);
    }

    /// Puts it into an element, above everything that is shown already.
    fn settle(&self, home: &Element) {
        let element = &self.frame.element;
        let focused = self.frame.shadow.active_element();
        self.put(home);
        let movable: &Movable = element.unchecked_ref();
        let _hidden = movable.hide_popover();
        let _shown = movable.show_popover();
        self.play();
        let lost = focused.filter(|focused| self.frame.shadow.active_element().as_ref() != Some(focused));
        if let Some(focused) = lost.and_then(|focused| focused.dyn_into::<HtmlElement>().ok()) {
            let _focused = focused.focus();
        }
    }

    fn put(&self, home: &Element) {
        let element = &self.frame.element;
        if element.parent_node().as_ref() == Some(home.as_ref()) {
            return;
        }
        // Where the browser can, without a video or the focus noticing.
        let moved = home.unchecked_ref::<Movable>().move_before(element, &JsValue::NULL);
        if moved.is_err() {
            let _appended = home.append_child(element);
        }
    }

    /// A video that was moved stands still.
    fn play(&self) {
        let Ok(videos) = self.frame.root.query_selector_all("video") else { return };
        for video in (0..videos.length()).filter_map(|index| videos.get(index)) {
            let video: HtmlMediaElement = video.unchecked_into();
            if video.paused()
                && let Ok(playing) = video.play()
            {
                // A picture without a stream does not play, and has nobody who waits for it.
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

/// Whether it is one of ours: one person's window may lie above another's.
fn is_layer(element: &Element) -> bool {
    UP.with_borrow(|up| up.iter().any(|other| **other == *element))
}

/// What everything of a page stands on.
fn ground() -> Element {
    let page = js::document();
    page.body().map(Element::from).or_else(|| page.document_element()).expect("a page has an element")
}
