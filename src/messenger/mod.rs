//! The minimal messenger around the calls: sign-in, contacts with presence, conversation.
//!
//! - `app`: the page · `door`: sign-in · `room`: what is there once signed in
//! - `desk`: the main window · `people`: contacts · `conversation`, `transcript`, `links`, `write_box`: one of them
//! - `blocking`: keeping somebody away · `removing`: taking somebody off the list · `settings`: what somebody wants of the server
//! - `account`: tokens · `store`: what it knows, as signals · `words`: sentences
//!
//! Never knows how a call works; the call widget is mounted in it as in any other page.

mod account;
mod app;
mod blocking;
mod conversation;
mod desk;
mod door;
mod invited;
mod links;
mod own_account;
mod people;
mod privacy;
mod removing;
mod room;
mod settings;
pub mod store;
mod transcript;
mod words;
mod write_box;

pub use app::app;

/// The style sheet of the messenger; needs `crate::ui::STYLES` too.
pub const STYLES: &str = include_str!("../../styles/messenger.css");
