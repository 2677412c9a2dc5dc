//! What the server's tests share: real servers on free ports with a clock that tests move, their databases, and people
//! with devices. Makes no claim about the server itself.
//!
//! The tests are compiled once. In which world their servers run (SQLite, PostgreSQL, two nodes) is chosen by the
//! environment, see [`world`].

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod folder;
pub mod person;
pub mod town;
pub mod world;

pub use kit_client::{rest, socket};
