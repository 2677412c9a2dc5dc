//! The same claims about people, with every second person at another node: two servers on one PostgreSQL, joined by a real
//! NATS. And what only several nodes can do to a call.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

#[path = "../server/answering.rs"]
mod answering;
#[path = "../server/blocks.rs"]
mod blocks;
mod bus;
mod by_database;
#[path = "../server/calling.rs"]
mod calling;
#[expect(dead_code, reason = "the tests on PostgreSQL stop it and start it again, too")]
#[path = "../postgres/cluster.rs"]
mod cluster;
#[path = "../server/contacts.rs"]
mod contacts;
#[path = "../server/deletion.rs"]
mod deletion;
#[path = "../server/endings.rs"]
mod endings;
#[path = "../server/hiding.rs"]
mod hiding;
#[path = "../server/leases.rs"]
mod leases;
#[path = "../server/leaving.rs"]
mod leaving;
mod moving;
#[path = "../server/nameless.rs"]
mod nameless;
mod nats;
#[path = "../server/once.rs"]
mod once;
mod outage;
#[path = "../server/parting.rs"]
mod parting;
#[path = "../server/person.rs"]
mod person;
mod place;
mod programs;
mod proofs_of_nodes;
#[path = "../server/races.rs"]
mod races;
#[expect(dead_code, reason = "the tests of one server read headers, too")]
#[path = "../server/rest.rs"]
mod rest;
#[expect(dead_code, reason = "the towns of these tests have a bus")]
#[path = "../postgres/place.rs"]
mod schema;
mod sessions;
#[path = "../server/signals.rs"]
mod signals;
#[path = "../server/socket.rs"]
mod socket;
#[expect(dead_code, reason = "the tests of one server read its measurements, too")]
#[path = "../server/town.rs"]
mod town;
