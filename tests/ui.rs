//! The interface of calls in a real browser, with calls that a script plays instead of a machine.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

#[path = "ui/before.rs"]
mod before;
#[path = "ui/dates.rs"]
mod dates;
#[path = "ui/during.rs"]
mod during;
mod eyes;
mod fake;
#[path = "ui/foreign.rs"]
mod foreign;
#[path = "ui/past.rs"]
mod past;
#[path = "ui/people.rs"]
mod people;
#[path = "ui/presses.rs"]
mod presses;
#[path = "ui/reading.rs"]
mod reading;
#[path = "ui/reasons.rs"]
mod reasons;
#[path = "ui/stage.rs"]
mod stage;
#[path = "ui/words.rs"]
mod words;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
