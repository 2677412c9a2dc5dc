//! Shared by the client's browser tests. Compiled for wasm only; never part of the product.
//!
//! `fake` answers `fetch` and `WebSocket` and watches devices and connections; `screen` reads a page as a
//! person does; `gallery` prints what it shows.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod fake;
pub mod gallery;
pub mod screen;
