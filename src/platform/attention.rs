//! The page's title: a flashing text while a call rings, or a number in front of it.
//! Never overwrites a title that the page has changed meanwhile.

use super::js::document;
use super::timer::Interval;
use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

thread_local! {
    /// The page's own title, while it flashes.
    static BETWEEN: RefCell<Option<Rc<RefCell<String>>>> = const { RefCell::new(None) };
}

/// A flashing title.
#[must_use = "dropping it restores the title"]
pub struct Attention {
    title: Rc<RefCell<String>>,
    text: Rc<str>,
    _flashing: Interval,
}

impl Attention {
    /// Shows the text, then alternates with the page's own title.
    pub fn new(text: &str) -> Self {
        let (title, text): (_, Rc<str>) = (Rc::new(RefCell::new(document().title())), text.into());
        document().set_title(&text);
        let (own, other) = (title.clone(), text.clone());
        let flashing = Interval::new(Duration::from_secs(1), move || {
            let shown = document().title();
            if shown == *own.borrow() {
                document().set_title(&other);
            } else if shown == *other {
                document().set_title(&own.borrow());
            }
        });
        BETWEEN.replace(Some(title.clone()));
        Self { title, text, _flashing: flashing }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        let own = BETWEEN.with_borrow(|now| now.as_ref().is_some_and(|now| Rc::ptr_eq(now, &self.title)));
        if own {
            BETWEEN.take();
        }
        if document().title() == *self.text {
            document().set_title(&self.title.borrow());
        }
    }
}

/// A number in front of the title; for a page whose title is ours.
#[must_use = "dropping it restores the title"]
pub struct Counter {
    title: String,
}

impl Counter {
    /// Nothing in front of the title yet.
    pub fn new() -> Self {
        Self { title: document().title() }
    }

    /// Puts the number in front; nothing for 0.
    pub fn show(&self, count: u32) {
        if count == 0 {
            entitle(&self.title);
        } else {
            entitle(&["(", &count.to_string(), ") ", &self.title].concat());
        }
    }
}

impl Default for Counter {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        entitle(&self.title);
    }
}

/// Changes the page's own title; while it flashes, the shown text stays until its second is over.
fn entitle(title: &str) {
    let between = BETWEEN.with_borrow(Clone::clone);
    let before = between.as_ref().map(|between| between.replace(title.to_owned()));
    if before.is_none_or(|before| before == document().title()) {
        document().set_title(title);
    }
}
