//! What the interface of calls and the messenger are both made of: elements that follow signals, parts, names, times.
//!
//! - `dom`: elements · `signal`: Leptos' signals, compiled once · `focus`: where the keyboard's focus goes
//! - `guard`: no press for a moment on what has just appeared
//! - `parts`: title bars, notices, portraits · `icons`, `picture`: our drawings
//! - `names`: names that other people chose · `letters`: case and character classes, by the browser
//! - `record`: past calls in words · `dates`: dates in the reader's time zone · `today`: which day it is
//!
//! Knows no running call and no messenger; of the platform it uses timers only.

pub mod dates;
pub(crate) mod dom;
pub(crate) mod focus;
pub mod guard;
pub mod icons;
pub(crate) mod letters;
pub(crate) mod names;
pub(crate) mod parts;
pub mod picture;
pub mod record;
pub mod signal;
pub(crate) mod today;
