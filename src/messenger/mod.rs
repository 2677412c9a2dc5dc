//! The minimal messenger around the calls: sign-in, contacts with presence, conversation.
//!
//! - `app`: the page · `sign_in`, `invitation_link`: signing in and registering · `signed_in`: the page after sign-in
//! - `main_window`: lists and conversation · `people`: the contact list
//! - `conversation`, `transcript`, `call_line`, `links`, `write_box`: one conversation · `blocking`, `removing`: blocking and
//!   removing a contact · `widgets`: the call widgets in this page
//! - `settings`, `privacy`, `account_settings`: the settings panel
//! - `account`: tokens · `model`: the messenger's state, as signals · `words`: texts with arguments
//!
//! Does not know how a call works; it mounts the call widget as any other page does.

mod account;
mod account_settings;
mod app;
mod blocking;
mod call_line;
mod conversation;
mod invitation_link;
mod links;
mod main_window;
pub mod model;
mod people;
mod privacy;
mod removing;
mod settings;
mod sign_in;
mod signed_in;
mod transcript;
mod widgets;
mod words;
mod write_box;

pub use app::app;

use crate::platform::{host, js};
use crate::widget::STYLES as WIDGET_STYLES;
use wasm_bindgen::JsCast;

/// Starts the messenger in its page.
pub fn start() {
    js::report_panics();
    let place = js::document().query_selector("[data-messenger-calls-app]").ok().flatten();
    if let Some(place) = place.and_then(|place| place.dyn_into().ok()) {
        host::dress_page(&[WIDGET_STYLES, STYLES]);
        // The page's life is the messenger's.
        leptos::mount::mount_to(place, app).forget();
    }
}

/// The style sheet of the messenger; needs the widget's too.
pub const STYLES: &str = include_str!("../../styles/messenger.css");
