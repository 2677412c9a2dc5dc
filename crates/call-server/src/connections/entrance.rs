//! Where connections come in: each takes a place, and when there is none left, one that says nothing yields its own. What
//! keeps somebody out is told in the log, once a minute.
//! Never reads a request.

use crate::{
    clock::Clock,
    network::Network,
    repeats::Repeats,
    waiting::{Place, WaitingRoom},
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

/// A port, and the room behind it.
#[derive(Debug)]
pub(crate) struct Entrance {
    port: TcpListener,
    room: WaitingRoom,
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
    pub(crate) fn new(port: TcpListener, room: WaitingRoom, networks: Networks, clock: Clock) -> Self {
        Self { port, room, networks, clock, troubles: Repeats::default() }
    }

    /// The next connection, with its place.
    pub(super) async fn next(&self) -> (TcpStream, SocketAddr, Place) {
        loop {
            let (stream, address) = self.accept().await;
            let before = self.room.turned_away();
            let place = self.room.enter(self.counted(address.ip()), self.clock.tick());
            if place.is_none() {
                self.tell(Trouble::Full, None);
            } else if self.room.turned_away() != before {
                self.tell(Trouble::Crowded, None);
            }
            if let Some(place) = place {
                return (stream, address, place);
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
            // One that went away before it was its turn is no trouble.
            let gone = [
                io::ErrorKind::ConnectionAborted,
                io::ErrorKind::ConnectionReset,
                io::ErrorKind::ConnectionRefused,
            ];
            if !gone.contains(&error.kind()) {
                self.tell(Trouble::Accept(error.kind()), Some(&error));
                self.room.make_room(self.clock.tick());
                sleep(PAUSE).await;
            }
        }
    }

    fn tell(&self, trouble: Trouble, error: Option<&io::Error>) {
        let now = self.clock.tick();
        let first = self.troubles.is_news(&trouble, now).then_some((Some(trouble), 1));
        for (trouble, times) in first.into_iter().chain(self.troubles.due(now)) {
            let places = self.room.bounds().places;
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
