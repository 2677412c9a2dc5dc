//! The guard: what has just appeared or moved under the pointer ignores presses for a moment, since they were meant for
//! what was there before.
//! Owns the attribute and its removal. The style sheet disables pointer events inside, and `dom::press` ignores presses.

use super::dom::{El, GUARDED};
use crate::platform::timer::Timeout;
use core::time::Duration;
use leptos::prelude::{Callable, UnsyncCallback};
use leptos::web_sys::HtmlElement;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// The guard time: longer than a usual double click or tap.
const GUARD_TIME: Duration = Duration::from_millis(450);

/// What runs when the guard time is over.
pub type Later = Box<dyn FnOnce()>;

/// Runs a callback after the guard time, unless the returned value is dropped before.
pub type AfterGuard = UnsyncCallback<Later, Box<dyn Any>>;

/// The guard time by a timer of the page.
pub(crate) fn after_guard() -> AfterGuard {
    UnsyncCallback::new(|act: Later| -> Box<dyn Any> { Box::new(Timeout::new(GUARD_TIME, act)) })
}

/// The guard of an element; clones are the same one.
#[derive(Clone)]
pub(crate) struct Guard(Rc<Guarded>);

struct Guarded {
    element: HtmlElement,
    after_guard: AfterGuard,
    /// The timer that removes the attribute; dropping it cancels it.
    timer: RefCell<Option<Box<dyn Any>>>,
}

impl Guard {
    /// For an element that accepts presses at once.
    pub(crate) fn of(el: &El, after_guard: AfterGuard) -> Self {
        Self(Rc::new(Guarded { element: el.element(), after_guard, timer: RefCell::default() }))
    }

    /// Starts the guard time again.
    pub(crate) fn renew(&self) {
        let element = self.0.element.clone();
        // Fails for invalid names only.
        let _marked = element.set_attribute(GUARDED, "");
        let over: Later = Box::new(move || {
            let _unmarked = element.remove_attribute(GUARDED);
        });
        let timer = self.0.after_guard.try_run(over);
        self.0.timer.replace(timer);
    }
}

/// An element that ignores presses for a moment after it has appeared.
pub(crate) fn guarded(el: El, after_guard: AfterGuard) -> El {
    let guard = Guard::of(&el, after_guard);
    guard.renew();
    el.keep(guard)
}
