//! The messenger's page in a real browser, with a server that a test plays.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "these are tests: what is not expected fails them"
)]

#[path = "messenger/door.rs"]
mod door;
mod eyes;
mod fake;
#[path = "messenger/fresh.rs"]
mod fresh;
#[path = "messenger/notices.rs"]
mod notices;
#[path = "messenger/outbox.rs"]
mod outbox;
#[path = "messenger/own.rs"]
mod own;
#[path = "messenger/room.rs"]
mod room;
#[path = "messenger/strange.rs"]
mod strange;
#[path = "messenger/wishes.rs"]
mod wishes;
#[path = "messenger/world.rs"]
mod world;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
