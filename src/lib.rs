//! The client: a call widget for any chat page, and a small messenger around it.
//!
//! - `messenger`: the minimal host: sign-in, contacts, conversation; names the widget and the platform
//! - `widget`: mounts the calls into an element of a page, with their interface; what other pages embed; names the platform
//! - `platform`: the browser, one thin adapter per kind of effect; names neither
//!
//! The calls themselves are `call_core::Machine`, driven by `call_client::Client`; neither knows a browser.

pub mod messenger;
pub mod platform;
pub mod widget;
