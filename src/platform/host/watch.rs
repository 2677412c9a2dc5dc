//! Whether the page's element is in the page: when it comes, when it has gone, and when it does not come at all.
//! Never takes a move within the page for a farewell.

use super::above;
use crate::platform::js;
use crate::platform::timer::Interval;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit};

/// How often it is looked for an element that is not in the page yet: the observer does not see into shadow roots on
/// the way that it will take.
const PERIOD: Duration = Duration::from_secs(1);
/// How often it is looked in vain: pages that build a whole view first take seconds, and one that forgot about the
/// element never puts it anywhere.
const PATIENCE: u32 = 60;

/// What happened to the page's element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is in the page, for the first time.
    Arrived,
    /// It has left the page, or has not come within a minute.
    Gone,
}

/// Watches the element's way up to the document: the children of each node on it, across shadow roots.
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
    /// The way may have changed: watches the new one, or says that the element is gone.
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
