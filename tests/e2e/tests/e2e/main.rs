//! The end-to-end tests, one program so that they share what they compile and run two at a time.
//! Each test has a server, accounts and browsers of its own.

mod blocking;
mod calls;
#[expect(clippy::unwrap_used, dead_code, reason = "the server's tests stop it and start it again, too")]
#[path = "../../../../crates/call-server/tests/postgres/cluster.rs"]
mod cluster;
mod devices;
mod door;
mod endings;
mod foreign;
mod hosting;
mod kit;
mod leaving;
#[expect(clippy::unwrap_used, dead_code, reason = "the server's tests pause it and start it again, too")]
#[path = "../../../../crates/call-server/tests/nodes/nats.rs"]
mod nats;
mod nodes;
mod proxies;
mod records;
mod ringing;
mod silence;
mod trouble;
mod widget;
