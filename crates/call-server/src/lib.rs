//! The arbiter of calls: accounts, conversations and one-to-one calls over REST and a socket. Media never passes
//! through it, and network addresses are never written to its database, but for the
//! networks that people sign in from.
//!
//! Where to start: `config` (what can be set), `routes` (the addresses), `service` (what the server can do, one file
//! per verb), the crate `call-rules` (who may do what; pure), `store` (all SQL).

pub mod auth;
mod background;
pub mod bus;
pub mod chores;
pub mod client;
pub mod clock;
pub mod config;
mod demo;
pub mod descriptors;
pub mod error;
pub mod hub;
pub mod ids;
pub mod live;
pub mod log;
pub mod metrics;
pub mod model;
pub mod names;
pub mod network;
pub mod new_password;
pub mod rates;
pub mod repeats;
pub mod routes;
mod serve;
mod server;
pub mod service;
pub mod socket;
pub mod store;
pub mod tasks;
pub mod timestamp;
mod tls;
pub mod trace;
pub mod turns;
pub mod waiting;
pub mod wire;

pub use server::{Server, StartError};
pub use tls::TlsError;
