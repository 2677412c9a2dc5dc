//! The browser, one thin adapter per kind of effect; nothing here decides anything about calls.
//!
//! - `http`: requests · `socket`: frames · `media`: microphone and camera · `peer`: peer connections ·
//!   `sound`: ringtones, tones and the remote voice · `attention`: the page's title ·
//!   `host`: our elements in a page · `departure`: why the page is left · `tabs`: other tabs of the origin
//! - `browser`: all of these as the platform of `call_client` · `left`: the call of the page before this one
//! - `session`: the sessions of `call_client` in a browser · `roster`: the contact list, kept up to date
//! - `clock`, `storage`, `device`: time, storage and the device id
//! - `js`, `wire`, `listener`, `timer`: tools that the adapters share
//!
//! Never sees Leptos, the widget or the messenger, and adapters never import one another: each speaks back through a
//! callback of events.

pub mod attention;
pub mod browser;
pub mod clock;
pub mod departure;
pub mod device;
pub mod host;
mod http;
pub mod js;
mod left;
pub mod listener;
pub mod media;
pub mod peer;
pub(crate) mod roster;
pub mod session;
pub mod socket;
pub mod sound;
pub mod storage;
pub mod tabs;
pub mod timer;
pub mod wire;

pub use call_client::Emit;
