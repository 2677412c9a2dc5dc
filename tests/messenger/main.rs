//! The messenger's page in a real browser, with a server that a test plays.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

mod door;
mod fresh;
mod gallery;
mod notices;
mod outbox;
mod own;
mod room;
mod states;
mod strange;
mod wishes;
mod world;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
