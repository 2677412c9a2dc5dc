//! Where connections come in: each takes a place, and when there is none left, one that says nothing yields its own. What
//! keeps somebody out is told in the log, once a minute.
//! Never reads a request.

use crate::{
    admission::{AdmissionPool, Permit},
    clock::Clock,
    network::Network,
    repeats::Repeats,
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// How long nobody is taken in after the operating system had nothing left for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// A port, and the pool behind it.
#[derive(Debug)]
pub(crate) struct Entrance {
    port: TcpListener,
    pool: AdmissionPool,
    networks: Networks,
    clock: Clock,
    troubles: Repeats<Trouble>,
}

/// Whose connections are counted by their network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Networks {
    /// Everybody's, but those of this machine: a proxy or a tunnel may stand behind them.
    Count,
    /// Nobody's: they come from a proxy.
    AreProxies,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Trouble {
    Full,
    Crowded,
    Accept(io::ErrorKind),
}

impl Entrance {
    pub(crate) fn new(port: TcpListener, pool: AdmissionPool, networks: Networks, clock: Clock) -> Self {
        Self { port, pool, networks, clock, troubles: Repeats::default() }
    }

    /// The next connection, with its place.
    pub(super) async fn next(&self) -> (TcpStream, SocketAddr, Permit) {
        loop {
            let (stream, address) = self.accept().await;
            let before = self.pool.evictions_and_refusals();
            let permit = self.pool.enter(self.counted(address.ip()), self.clock.tick());
            if permit.is_none() {
                self.tell(Trouble::Full, None);
            } else if self.pool.evictions_and_refusals() != before {
                self.tell(Trouble::Crowded, None);
            }
            if let Some(permit) = permit {
                return (stream, address, permit);
            }
        }
    }

    fn counted(&self, address: IpAddr) -> Option<Network> {
        match self.networks {
            Networks::Count => (!address.to_canonical().is_loopback()).then(|| Network::of(address)),
            Networks::AreProxies => None,
        }
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            let error = match self.port.accept().await {
                Ok(accepted) => return accepted,
                Err(error) => error,
            };
            // The client closed the connection before it was accepted.
            let gone = [
                io::ErrorKind::ConnectionAborted,
                io::ErrorKind::ConnectionReset,
                io::ErrorKind::ConnectionRefused,
            ];
            if !gone.contains(&error.kind()) {
                self.tell(Trouble::Accept(error.kind()), Some(&error));
                self.pool.evict_one(self.clock.tick());
                sleep(PAUSE).await;
            }
        }
    }

    fn tell(&self, trouble: Trouble, error: Option<&io::Error>) {
        let now = self.clock.tick();
        let first = self.troubles.is_news(&trouble, now).then_some((Some(trouble), 1));
        for (trouble, times) in first.into_iter().chain(self.troubles.due(now)) {
            let places = self.pool.bounds().places;
            match trouble {
                Some(Trouble::Full) => tracing::warn!(
                    times,
                    places,
                    "connections were refused: there is no place left, or none for their network"
                ),
                Some(Trouble::Crowded) => tracing::warn!(
                    times,
                    places,
                    "connections that said nothing were closed to make room for others"
                ),
                Some(Trouble::Accept(_)) | None => {
                    let error = error.map(tracing::field::display);
                    tracing::warn!(times, error, "connections could not be accepted");
                }
            }
        }
    }
}
