//! What the server can do, one file per verb or small group.
//! Never speaks HTTP or SQL: routes and the socket call it, and it calls policy, store and hub.

use crate::{clock::Clock, config::Config};

/// The running server's parts, shared by every request and socket.
#[derive(Debug)]
pub struct App {
    /// What it was started with.
    pub config: Config,
    /// Where the time comes from.
    pub clock: Clock,
}
