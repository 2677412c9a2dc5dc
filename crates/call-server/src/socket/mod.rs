//! One socket of a device: `hello`, frames in both directions, and its end.
//! Never decides anything about calls: frames go to the services. Never sees the request that opened it: the routes do.

mod connection;
mod frame;
mod goodbye;
mod handshake;
mod lifetime;

pub(crate) use connection::run;
pub(crate) use frame::payload;

use crate::admission::{Holder, Permit};

/// Frames that wait together leave together, up to about this many bytes.
pub(crate) const WRITE_BUFFER: usize = 4096;

/// What a socket holds, and may have to give up until somebody has signed in on it.
#[derive(Debug)]
pub(crate) struct Places {
    /// Its place among the sockets of its network that wait to sign in.
    pub(crate) permit: Permit,
    /// Its connection's place.
    pub(crate) connection: Holder,
    /// Behind a proxy, its place among the sockets of its network.
    pub(crate) share: Option<Permit>,
}
