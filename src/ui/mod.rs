//! What people see of calls, drawn with Leptos from `call_core`'s view; one file per window or control.
//!
//! - `widget`: everything in one component · `context`, `host`: what components may see and ask for
//! - before a call: `call_buttons`, `ringing_window`, `outgoing_window`
//! - during it: `voice_call`, `video_call`, and in them `video`, `self_view`, `call_controls`, `banners`
//! - afterwards: `ended_card`, `call_history`, `call_line`
//! - `words`: every text · `dates`: the reader's own time · `icons`, `picture`: our drawings · `parts`: small pieces
//! - `keys`, `focus`: the keyboard · `browser`: whose settings the help explains
//!
//! Never sees the shell or a peer connection, and decides nothing about calls.

#![allow(unreachable_pub, reason = "Leptos writes a public function for every component")]

mod banners;
mod browser;
pub mod call_buttons;
mod call_controls;
pub mod call_history;
pub mod call_line;
mod context;
pub(crate) mod dates;
mod ended_card;
mod focus;
mod host;
pub mod icons;
mod keys;
mod outgoing_window;
pub(crate) mod parts;
pub mod picture;
mod ringing_window;
pub mod self_view;
mod video;
mod video_call;
mod voice_call;
pub mod widget;
pub mod words;

pub use browser::Browser;
pub use call_buttons::CallButtons;
pub use call_history::CallHistory;
pub use call_line::CallLine;
pub use context::{Calls, SoundState, StreamOf};
pub use host::{Callee, HistoryPage, WidgetHost};
pub use widget::CallWidget;

/// The style sheet of everything in this module, for a shadow root or a page.
pub const STYLES: &str = include_str!("../../styles/calls.css");
