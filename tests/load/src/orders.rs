//! What the controlling program and its workers tell each other, one JSON text a line.
//! Data only.

use crate::figures::Times;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// The language that a server speaks over its sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dialect {
    /// Ours, which the Fastify server speaks too.
    Calls,
    /// A hello like ours; everything after it comes back.
    Echo,
    /// PeerServer's.
    PeerServer,
    /// socket.io's, over a socket from the start.
    SocketIo,
}

/// What a worker has to know before it begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Brief {
    /// The language to speak.
    pub(crate) dialect: Dialect,
    /// Where the servers are; people are dealt out to them in turn, so that two who call each other are on two.
    pub(crate) targets: Vec<SocketAddr>,
    /// The addresses that connections come from.
    pub(crate) sources: Vec<Ipv4Addr>,
    /// The key of the tokens.
    pub(crate) secret: String,
    /// The number of the first person who is this worker's; always even.
    pub(crate) first: u32,
}

/// What a worker is told to do. Pairs are counted from the worker's first person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Sign in people until this many are.
    Connect {
        /// How many people.
        people: u32,
        /// How many handshakes run side by side.
        at_once: u32,
    },
    /// Close every socket without a goodbye.
    Cut,
    /// Begin a call between each of the first pairs, and answer it.
    Begin {
        /// How many pairs.
        pairs: u32,
    },
    /// End the calls that were begun.
    End,
    /// Forget the calls that were begun.
    Forget,
    /// Send candidates between the first pairs at an even pace.
    AtAPace {
        /// How many pairs.
        pairs: u32,
        /// How many signals a second, in both directions of all pairs together.
        per_second: u32,
        /// For how long.
        seconds: u32,
        /// Signals leave together once in so many milliseconds; each for itself when 0.
        together: u32,
    },
    /// Send one candidate on each of the first pairs, and one back for every one that arrives.
    Bounce {
        /// How many pairs.
        pairs: u32,
        /// For how long.
        seconds: u32,
    },
    /// Make complete calls between the first pairs, one after the other on each.
    Calls {
        /// How many pairs.
        pairs: u32,
        /// For how long.
        seconds: u32,
    },
}

/// What a worker reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Sockets signed in, calls begun, signals that arrived, or calls completed.
    pub(crate) done: u64,
    /// Those that were tried and failed, or were sent and did not arrive.
    pub(crate) failed: u64,
    /// Live calls in the snapshots of sockets that signed in.
    pub(crate) live_calls: u64,
    /// How long each took, in microseconds.
    pub(crate) times: Times,
    /// What went wrong first.
    pub(crate) problem: Option<String>,
}

impl Report {
    /// Takes in another worker's.
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.live_calls += other.live_calls;
        self.times.add(&other.times);
        self.problem = self.problem.take().or(other.problem);
    }
}
