//! The guard: what has just appeared, or has moved under the pointer, cannot be pressed for a moment, since the press
//! was meant for what was there before.
//! Owns the mark and its end; the style sheet takes the pointer from the buttons in it, and `dom` every other press.

use super::dom::{El, GUARDED};
use super::{Calls, Later};
use leptos::prelude::Callable;
use leptos::web_sys::HtmlElement;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// The guard of one element; clones are the same one.
#[derive(Clone)]
pub(crate) struct Guard(Rc<Guarded>);

struct Guarded {
    element: HtmlElement,
    calls: Calls,
    /// What ends the moment; dropping it would leave the mark.
    timer: RefCell<Option<Box<dyn Any>>>,
}

impl Guard {
    /// For an element that is pressed from the beginning.
    pub(crate) fn of(el: &El, calls: Calls) -> Self {
        Self(Rc::new(Guarded { element: el.element(), calls, timer: RefCell::default() }))
    }

    /// From now on and for a moment nothing in the element can be pressed.
    pub(crate) fn renew(&self) {
        let element = self.0.element.clone();
        // Fails for invalid names only.
        let _marked = element.set_attribute(GUARDED, "");
        let over: Later = Box::new(move || {
            let _unmarked = element.remove_attribute(GUARDED);
        });
        let timer = self.0.calls.later.try_run(over);
        self.0.timer.replace(timer);
    }
}

/// An element that cannot be pressed for a moment after it has appeared.
pub(crate) fn guarded(el: El, calls: Calls) -> El {
    let guard = Guard::of(&el, calls);
    guard.renew();
    el.keep(guard)
}
