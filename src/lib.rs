//! The client: a call widget for any chat page, and a small messenger around it.
//!
//! - `widget`: mounts the calls into an element of a page; what other pages embed
//! - `messenger`: the minimal host: sign-in, contacts, conversation
//! - `ui`: one file per window or control of a call
//! - `signal`: Leptos' signals, compiled once
//! - `today`: which day it is
//! - `letters`: case and kinds of letters, as the browser knows them
//! - `roster`: the contacts, kept up to date
//! - `session`: one signed-in device: API, socket, who listens
//! - `shell`: the browser, one thin adapter per kind of effect
//!
//! The calls themselves are `call_core::Machine`, driven by `call_client::Client`; neither knows a browser.

mod letters;
pub mod messenger;
mod roster;
pub mod session;
pub mod shell;
pub mod signal;
mod today;
pub mod ui;
pub mod widget;

use wasm_bindgen::JsCast;

/// Starts the messenger in its page.
pub fn start() {
    report_panics();
    let page = shell::js::document();
    let place = page.query_selector("[data-messenger-calls-app]").ok().flatten();
    if let Some(place) = place.and_then(|place| place.dyn_into().ok()) {
        shell::host::dress_page(&[ui::STYLES, messenger::STYLES]);
        // The page's life is the messenger's.
        leptos::mount::mount_to(place, messenger::app).forget();
    }
}

/// Has panics reported on the console; a release build has no texts for them.
fn report_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
}
