//! The adapters in a real browser: each alone, with fake devices and a fake server.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

mod api;
mod channel;
mod going;
mod media;
mod peer;
mod recorded;
mod socket;
mod sound;
mod tools;
mod wire;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
