//! The same claims about people, on PostgreSQL: every test of `../server` but those about the file and the program, and
//! what only this database has.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

#[path = "../server/abuse.rs"]
mod abuse;
#[path = "../server/accounts.rs"]
mod accounts;
#[path = "../server/answering.rs"]
mod answering;
#[path = "../server/bad_input.rs"]
mod bad_input;
#[path = "../server/blocks.rs"]
mod blocks;
#[path = "../server/calling.rs"]
mod calling;
mod cluster;
mod company;
#[path = "../server/contacts.rs"]
mod contacts;
#[path = "../server/deletion.rs"]
mod deletion;
#[path = "../server/document.rs"]
mod document;
#[path = "../server/documented.rs"]
mod documented;
#[path = "../server/doors.rs"]
mod doors;
#[path = "../server/endings.rs"]
mod endings;
mod existing_tables;
#[path = "../server/floods.rs"]
mod floods;
#[path = "../server/guessing.rs"]
mod guessing;
#[path = "../server/hiding.rs"]
mod hiding;
#[path = "../server/issuer.rs"]
mod issuer;
#[path = "../server/issuer_away.rs"]
mod issuer_away;
#[path = "../server/issuer_keys.rs"]
mod issuer_keys;
#[path = "../server/leases.rs"]
mod leases;
#[path = "../server/leaving.rs"]
mod leaving;
mod lost;
#[path = "../server/measuring.rs"]
mod measuring;
#[path = "../server/once.rs"]
mod once;
#[path = "../server/operating.rs"]
mod operating;
mod outage;
#[path = "../server/parting.rs"]
mod parting;
#[path = "../server/person.rs"]
mod person;
mod place;
mod program;
mod proxy;
#[path = "../server/races.rs"]
mod races;
#[path = "../server/readiness.rs"]
mod readiness;
#[path = "../server/relays.rs"]
mod relays;
#[path = "../server/rest.rs"]
mod rest;
#[path = "../server/retention.rs"]
mod retention;
mod row_level_security;
mod schema;
#[path = "../server/serving.rs"]
mod serving;
#[path = "../server/sessions.rs"]
mod sessions;
#[path = "../server/signals.rs"]
mod signals;
mod silent;
#[path = "../server/slow.rs"]
mod slow;
#[path = "../server/socket.rs"]
mod socket;
#[path = "../server/sockets.rs"]
mod sockets;
#[path = "../server/spelling.rs"]
mod spelling;
#[path = "../server/town.rs"]
mod town;
