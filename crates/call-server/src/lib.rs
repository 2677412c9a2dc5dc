//! The arbiter of calls: accounts, conversations and one-to-one calls over REST and a socket. Media passes
//! through it only by its relay, encrypted from end to end, and network addresses are never written to its database, but for the
//! networks that people sign in from.
//!
//! Its floors, from the top; a module names only modules of its own floor and below (a test of `xtask` reads for it):
//! 1. `operator_commands` (run once), `server` (start and stop), `background` (the list of background tasks)
//! 2. `routes` (HTTP: extractors, addresses, errors as replies), `socket` (frames), `connections`, `relay` (STUN and TURN)
//!    `app`: puts the parts together, which these share
//! 3. `service`: what the server can do, one file per verb; it names neither routes nor the socket, nor the whole `App`
//! 4. `auth` (tokens and passwords), `error` (what can go wrong), `live` (calls that ring or run)
//! 5. `hub` (connected devices), `rates`, `tls`, `log`, `descriptors`: set up from `config`; `metrics`
//! 6. `store`: all SQL; it names neither configuration nor measurements, and decides nothing
//! 7. `clock`, `ids`, `names`, `network`, `admission`, `request_turns`, `tasks`, `bus` and others that know no calls
//!
//! Who may do what is decided by the crate `call-rules`, which is pure.

pub mod admission;
pub mod app;
pub mod auth;
mod background;
pub mod bus;
pub mod clock;
pub mod close_codes;
pub mod config;
mod connections;
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
pub mod operator_commands;
pub mod ownership;
pub mod rates;
mod relay;
pub mod repeats;
pub mod request_turns;
pub mod routes;
mod server;
pub mod service;
pub mod socket;
mod start_error;
pub mod store;
pub mod tasks;
pub mod timestamp;
mod tls;
pub mod trace;
pub mod web_client;

pub use server::Server;
pub use start_error::StartError;
pub use tls::TlsError;
