//! The minimal messenger around the calls: sign-in, contacts with presence, conversation.
//! Never knows how a call works; the call widget is mounted in it as in any other page.

#![allow(unreachable_pub, reason = "Leptos writes a public function for every component")]

mod app;

pub use app::App;

/// The style sheet of the messenger; needs `crate::ui::STYLES` too.
pub const STYLES: &str = include_str!("../../styles/messenger.css");
