//! The widget in somebody's page, as JavaScript mounts it, with fake devices and a fake server.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

mod above;
mod calls;
mod gone;
mod keys;
mod leaving;
mod mistakes;
mod page;
mod sharing;
mod state;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
