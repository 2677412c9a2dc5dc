//! What the client's tests in a browser share. Compiled for wasm only; never part of the product.
//!
//! `fake` answers `fetch` and `WebSocket` and watches devices and connections; `eyes` reads a page as a person does;
//! `gallery` writes out what it shows.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod eyes;
pub mod fake;
pub mod gallery;
