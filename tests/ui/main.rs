//! The interface of calls in a real browser, with calls that a script plays instead of a machine.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

mod before;
mod dates;
mod during;
mod foreign;
mod gallery;
mod past;
mod people;
mod presses;
mod reading;
mod reasons;
mod stage;
mod states;
mod words;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
