//! The server as people meet it: real requests and real sockets against a server on a free port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod abuse;
mod accounts;
mod answering;
mod bad_input;
mod blocks;
mod calling;
mod clock;
mod configuration;
mod contacts;
mod deletion;
mod document;
mod documented;
mod draining;
mod embedded;
mod endings;
mod full;
mod issuer;
mod issuer_keys;
mod leases;
mod leaving;
mod locked;
mod measuring;
mod nameless;
mod once;
mod outage;
mod parting;
mod person;
mod place;
mod program;
mod proofs;
mod races;
mod readiness;
mod relays;
mod rest;
mod retention;
mod serving;
mod signals;
mod slow;
mod socket;
mod sockets;
mod spelling;
mod store;
mod tls;
mod town;
