//! Why the page is hidden for good, from the Navigation API and the `pagehide` event: browsers do not tell a closed page from a
//! reloaded one. Never decides what that means for a call.

use super::js::{self, get, get_as, get_text};
use super::listener::Listener;
use call_client::Departure;
use core::cell::Cell;
use std::rc::Rc;
use web_sys::{Event, EventTarget};

/// In milliseconds; a navigation that has not replaced the page by then was a download, or was handled by the page itself.
const NAVIGATION_TIME: f64 = 10_000.0;

/// Watches navigations, until dropped.
pub struct Navigations {
    /// When the last navigation to another document began.
    began: Rc<Cell<Option<f64>>>,
    _listeners: Vec<Listener>,
}

impl Navigations {
    /// Never reports a navigation where the browser has no Navigation API.
    pub fn watch() -> Self {
        let began = Rc::new(Cell::default());
        let mut listeners = Vec::new();
        if let Some(navigation) = get_as::<EventTarget>(&js::window(), "navigation") {
            let begins = began.clone();
            listeners.push(Listener::new(&navigation, "navigate", move |event| {
                begins.set(goes_elsewhere(&event).then(js_sys::Date::now));
            }));
            // The page intercepted the navigation and stays.
            let stays = began.clone();
            listeners.push(Listener::new(&navigation, "navigatesuccess", move |_| stays.set(None)));
        }
        Self { began, _listeners: listeners }
    }

    /// Why this `pagehide` event was fired.
    pub fn departure(&self, pagehide: &Event) -> Departure {
        let is_recent = |began| (0.0..NAVIGATION_TIME).contains(&(js_sys::Date::now() - began));
        if get(pagehide, "persisted").is_truthy() {
            Departure::Cached
        } else if self.began.get().is_some_and(is_recent) {
            Departure::Navigation
        } else {
            Departure::Unknown
        }
    }
}

fn goes_elsewhere(navigate: &Event) -> bool {
    let reload = get_text(navigate, "navigationType").as_deref() == Some("reload");
    let stays = get(&get(navigate, "destination"), "sameDocument").is_truthy();
    let downloads = get(navigate, "downloadRequest").is_string();
    !(reload || stays || downloads)
}
