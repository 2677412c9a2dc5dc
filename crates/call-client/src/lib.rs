//! A client for calls without a browser and without an interface.
//!
//! - `platform`: what the client needs from the program around it, as traits
//! - `client`: holds the machine of `call_core`, carries out its effects and reports its view
//! - `milestones`: what happened to a call, for whoever tells people or other programs
//! - `effects`, `frames`, `log`: effects to orders, frames to events, and both by name for developers
//!
//! Single-threaded: everything is shared by `Rc`, and a platform runs its tasks on the thread that made the client.

mod client;
mod effects;
mod frames;
mod log;
mod milestones;
mod platform;

pub use client::{Client, News};
pub use milestones::{CallNews, Milestone};
pub use platform::{Emit, LeftCall, MediaEngine, Platform, Signaling};
