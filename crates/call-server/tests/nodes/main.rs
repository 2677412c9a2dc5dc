//! What only several nodes can do to a call: two servers on one PostgreSQL, joined by a real NATS. What they share with one
//! server is `../server` in another world.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod bus;
mod by_database;
mod moving;
mod outage;
mod programs;
mod proofs_of_nodes;
mod sessions;
