//! Whether the page's element is in the page: when it is inserted, removed, or never inserted.
//! A move within the page is no removal.

use super::above;
use crate::platform::js;
use crate::platform::timer::Interval;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit};

/// How often to check an element that is not in the page yet: the observer does not see inside shadow roots into which it
/// may be inserted.
const PERIOD: Duration = Duration::from_secs(1);
/// After how many checks the element counts as forgotten: pages that build a whole view first take seconds.
const PATIENCE: u32 = 60;

/// What happened to the page's element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is in the page, for the first time.
    Arrived,
    /// It has left the page, or has not come within a minute.
    Gone,
}

/// Observes the children of each ancestor of the element, across shadow roots.
pub(super) struct Watch {
    observer: MutationObserver,
    _changed: Closure<dyn Fn()>,
    awaited: Rc<RefCell<Option<Interval>>>,
}

struct Watched {
    element: HtmlElement,
    observer: RefCell<Option<MutationObserver>>,
    seen: Cell<bool>,
    awaited: Rc<RefCell<Option<Interval>>>,
    tell: Box<dyn Fn(Presence)>,
}

impl Watch {
    pub(super) fn new(element: &HtmlElement, tell: impl Fn(Presence) + 'static) -> Option<Self> {
        let watched = Rc::new(Watched {
            element: element.clone(),
            observer: RefCell::default(),
            seen: Cell::default(),
            awaited: Rc::default(),
            tell: Box::new(tell),
        });
        let own = watched.clone();
        let changed = Closure::<dyn Fn()>::new(move || own.look());
        let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok()?;
        watched.observer.replace(Some(observer.clone()));
        watched.look();
        if !watched.seen.get() {
            let (late, left) = (Rc::downgrade(&watched), Cell::new(PATIENCE));
            let awaited = Interval::new(PERIOD, move || {
                let Some(late) = late.upgrade() else { return };
                match left.replace(left.get().saturating_sub(1)) {
                    0 => (late.tell)(Presence::Gone),
                    _ => late.look(),
                }
            });
            watched.awaited.replace(Some(awaited));
        }
        Some(Self { observer, _changed: changed, awaited: watched.awaited.clone() })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
        self.awaited.take();
    }
}

impl Watched {
    /// The ancestors may have changed: observes the new ones, or reports that the element is gone.
    fn look(&self) {
        let Some(observer) = self.observer.borrow().clone() else { return };
        observer.disconnect();
        let init = MutationObserverInit::new();
        init.set_child_list(true);
        if self.element.is_connected() {
            let mut node = above(&self.element);
            while let Some(current) = node {
                let _observed = observer.observe_with_options(&current, &init);
                node = above(&current);
            }
            if !self.seen.replace(true) {
                self.awaited.take();
                (self.tell)(Presence::Arrived);
            }
        } else if self.seen.get() {
            (self.tell)(Presence::Gone);
        } else {
            // Mounted before it was put into the page.
            init.set_subtree(true);
            let _observed = observer.observe_with_options(&js::document(), &init);
        }
    }
}
