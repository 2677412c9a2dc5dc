//! The adapters in a real browser: each alone, with fake devices and a fake server.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

#[path = "shell/api.rs"]
mod api;
mod fake;
#[path = "shell/life.rs"]
mod life;
#[path = "shell/media.rs"]
mod media;
#[path = "shell/peer.rs"]
mod peer;
#[path = "shell/socket.rs"]
mod socket;
#[path = "shell/sound.rs"]
mod sound;
#[path = "shell/tools.rs"]
mod tools;
#[path = "shell/wire.rs"]
mod wire;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
