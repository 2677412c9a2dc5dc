//! The server as people meet it: real requests and real sockets against a server on a free port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod accounts;
mod answering;
mod bad_input;
mod calling;
mod contacts;
mod endings;
mod leases;
mod races;
mod serving;
mod signals;
mod sockets;
mod store;
mod town;
