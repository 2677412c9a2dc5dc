//! Shared by the server's tests: real servers on free ports with a clock that tests move, their databases, and
//! people with devices. Asserts nothing about the server itself.
//!
//! The tests are compiled once. The environment chooses in which world their servers run (SQLite, PostgreSQL,
//! two nodes), see [`world`].

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod folder;
pub mod person;
pub mod test_server;
pub mod world;

pub use kit_client::{rest, socket};
