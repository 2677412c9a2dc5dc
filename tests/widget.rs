//! The widget in somebody's page, as JavaScript mounts it, with fake devices and a fake server.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

#[path = "widget/above.rs"]
mod above;
#[path = "widget/calls.rs"]
mod calls;
mod fake;
#[path = "widget/gone.rs"]
mod gone;
#[path = "widget/keys.rs"]
mod keys;
#[path = "widget/leaving.rs"]
mod leaving;
#[path = "widget/mistakes.rs"]
mod mistakes;
#[path = "widget/page.rs"]
mod page;
#[path = "widget/sharing.rs"]
mod sharing;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
