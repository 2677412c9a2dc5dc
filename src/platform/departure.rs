//! Whether the page goes for another one, as far as browsers say so: of a page that is being closed and one that is being
//! reloaded they say the same.
//! Never decides what that means for a call.

use super::js::{self, get, get_as, get_text};
use super::listener::Listener;
use core::cell::Cell;
use std::rc::Rc;
use web_sys::{Event, EventTarget};

/// In milliseconds; a navigation that has not replaced the page by then was a download, or the page's own.
const UNDER_WAY: f64 = 10_000.0;

/// Follows where the page goes, until dropped.
pub struct Departure {
    /// When a navigation to another page began.
    began: Rc<Cell<Option<f64>>>,
    _listeners: Vec<Listener>,
}

impl Departure {
    /// Nothing is known where the browser has no Navigation API.
    pub fn watch() -> Self {
        let began = Rc::new(Cell::default());
        let mut listeners = Vec::new();
        if let Some(navigation) = get_as::<EventTarget>(&js::window(), "navigation") {
            let begins = began.clone();
            listeners.push(Listener::new(&navigation, "navigate", move |event| {
                begins.set(goes_elsewhere(&event).then(js_sys::Date::now));
            }));
            // The page has shown by itself what was navigated to.
            let stays = began.clone();
            listeners.push(Listener::new(&navigation, "navigatesuccess", move |_| stays.set(None)));
        }
        Self { began, _listeners: listeners }
    }

    /// Whether the page that is hidden by this `pagehide` event gives way to another one.
    pub fn is_for_another_page(&self, pagehide: &Event) -> bool {
        // What the browser keeps for later is neither closed nor reloaded.
        let kept = get(pagehide, "persisted").is_truthy();
        kept || self.began.get().is_some_and(|at| (0.0..UNDER_WAY).contains(&(js_sys::Date::now() - at)))
    }
}

fn goes_elsewhere(navigate: &Event) -> bool {
    let reload = get_text(navigate, "navigationType").as_deref() == Some("reload");
    let stays = get(&get(navigate, "destination"), "sameDocument").is_truthy();
    let downloads = get(navigate, "downloadRequest").is_string();
    !(reload || stays || downloads)
}
