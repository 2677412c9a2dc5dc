//! The browser, one thin adapter per kind of effect; nothing here decides anything about calls.
//!
//! - `api`: REST · `socket`: frames · `media`: microphone and camera · `peer`: peer connections ·
//!   `sound`: loops and tones · `voice`: the other side's sound · `attention`: the page's title
//! - `clock`, `storage`, `device`, `identity`: what a page knows of time and of itself
//! - `js`, `listener`, `timer`: tools that the adapters share
//!
//! Never sees Leptos, and adapters never import one another: each speaks back through a callback of events.

pub mod api;
pub mod clock;
pub mod device;
pub mod identity;
pub mod js;
pub mod listener;
pub mod socket;
pub mod storage;
pub mod timer;
