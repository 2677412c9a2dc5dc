//! The client: a call widget for any chat page, and a small messenger around it.
//!
//! - `widget`: mounts the calls into an element of a page; what other pages embed
//! - `messenger`: the minimal host: sign-in, contacts, conversation
//! - `ui`: one file per window or control of a call
//! - `store`: holds the machine, carries out its effects and shows its view
//! - `session`: one signed-in device: API, socket, who listens
//! - `shell`: the browser, one thin adapter per kind of effect
//!
//! The calls themselves are `call_core::Machine`, which knows no browser.

pub mod messenger;
pub mod session;
pub mod shell;
pub mod ui;
