//! The HTTP client and the WebSocket of the tests, built on maintained libraries. They send what a test tells
//! them and keep what arrives; they know no rule of the product.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod rest;
pub mod socket;

use std::time::Duration;

/// How long a test waits for something that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);
