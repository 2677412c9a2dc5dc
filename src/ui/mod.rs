//! What people see of calls, drawn with Leptos from `call_core`'s view; one file per window or control.
//!
//! - `widget`: everything in one component · `context`, `host`: what components may see and ask for
//! - `icons`, `picture`: our drawings · `browser`: whose settings the help explains
//!
//! Never sees the shell or a peer connection, and decides nothing about calls.

mod browser;
mod context;
mod host;
pub mod icons;
pub mod picture;
mod widget;

pub use browser::Browser;
pub use context::{Calls, SoundState, StreamOf};
pub use host::{Callee, HistoryPage, WidgetHost};
pub use widget::{CallWidget, CallWidgetProps};

/// The style sheet of everything in this module, for a shadow root or a page.
pub const STYLES: &str = include_str!("../../styles/calls.css");
