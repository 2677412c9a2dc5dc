//! The arbiter of calls: accounts, conversations and one-to-one calls over REST and a socket. Media never passes
//! through it, and network addresses are never written to its database, but for the
//! networks that people sign in from.
//!
//! Its floors, from the top; a module names only modules of its own floor and below (a test of `xtask` reads for it):
//! 1. `chores` (what operators order once), `server` (start and stop), `background` (the list of background tasks)
//! 2. `routes` (HTTP: extractors, addresses, errors as replies), `socket` (frames), `serve` (connections and their limits)
//! 3. `service`: what the server can do, one file per verb; it names neither routes nor the socket
//! 4. `auth` (tokens and passwords), `error` (what can go wrong), `live` (calls that ring or run)
//! 5. `hub` (connected devices), `rates`, `tls`, `log`, `descriptors`: set up from `config`; `metrics`
//! 6. `store`: all SQL; it names neither configuration nor measurements, and decides nothing
//! 7. `clock`, `ids`, `names`, `network`, `waiting`, `turns`, `tasks`, `bus` and other parts that know nothing of calls
//!
//! Who may do what is decided by the crate `call-rules`, which is pure.

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
