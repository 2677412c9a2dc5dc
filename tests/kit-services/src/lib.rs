//! The programs that tests and measurements start beside the server: a PostgreSQL cluster and a NATS server of their own.
//! Never touches one that it did not start; both end with the process that started them, however that ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

pub mod nats;
pub mod postgres;
