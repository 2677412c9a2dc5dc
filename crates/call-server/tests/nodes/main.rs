//! Calls with several nodes: two servers on one PostgreSQL, connected by a real NATS. What works the same on a
//! single server is tested in `../server`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod bus;
mod by_database;
mod moving;
mod outage;
mod programs;
mod proofs_of_nodes;
mod sessions;
