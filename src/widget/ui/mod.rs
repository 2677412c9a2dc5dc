//! The interface of calls: draws `call_core`'s view, and follows it by signals; one file per window or control.
//!
//! - `widget`: everything in one component · `context`, `host_page`: what components may see and ask for
//! - before a call: `can_call`, `call_buttons`, `ringing_window`, `outgoing_window`
//! - during it: `voice_call`, `video_call`, and in them `video`, `self_view`, `call_controls`, `banners`
//! - afterwards: `ended_card`, `call_history`
//! - `words`: every text of a call · `parts`: what several windows share · `keys`: shortcuts · `browser`: for the help texts
//!
//! Made of the parts in `widget::kit`. Never sees the platform or a peer connection, and decides nothing about calls.

mod banners;
mod browser;
mod call_buttons;
mod call_controls;
mod call_history;
pub(crate) mod can_call;
mod context;
mod ended_card;
mod host_page;
mod keys;
mod outgoing_window;
pub(crate) mod parts;
mod ringing_window;
pub mod self_view;
mod video;
mod video_call;
mod voice_call;
mod widget;
pub mod words;

pub use browser::Browser;
pub use context::{Calls, SoundState, StreamOf};
pub use host_page::{Callee, HistoryPage, HostPage, Unavailable};
pub use widget::{call_place, call_widget, call_windows};

/// The style sheet of everything in this module and in the kit, for a shadow root or a page.
pub const STYLES: &str = include_str!("../../../styles/calls.css");

/// The names of the style properties that a page may set.
pub fn properties() -> impl Iterator<Item = &'static str> + Clone {
    let (_, rest) = STYLES.split_once(":host, :root {").unwrap_or_default();
    let (all, _) = rest.split_once('}').unwrap_or_default();
    // A remark may come before a name.
    all.split(';').filter_map(|line| line.split_once(':')?.0.split_whitespace().last())
}
