//! The messenger's page in a real browser, with a server that a test plays.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

mod account_settings;
mod fresh;
mod gallery;
mod notices;
mod outbox;
mod preferences;
mod sign_in;
mod signed_in;
mod states;
mod strange;
mod world;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
