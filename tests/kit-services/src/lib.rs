//! Programs that tests and measurements start beside the server: PostgreSQL clusters and NATS servers. Never
//! touches one that it did not start; all end with the process that started them, however that ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod nats;
pub mod postgres;
