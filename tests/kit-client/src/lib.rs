//! The one HTTP client and the one socket of the tests, on kept libraries. They send what a test says and keep what came;
//! they know no rule of the product.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod rest;
pub mod socket;

use std::time::Duration;

/// How long a test waits for something that must come.
pub const PATIENCE: Duration = Duration::from_secs(20);
