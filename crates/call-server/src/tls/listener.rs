//! Takes in connections, plain or encrypted. Handshakes run beside each other, each with a time limit, so many at most
//! under way and fewer of one network: whoever is silent keeps nobody else waiting.
//! Never reads a request.

use super::Tls;
use crate::{
    config::{Limits, Timings},
    network::Network,
    waiting::WaitingRoom,
};
use axum::serve;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;

/// A connection that requests can be read from.
pub(crate) type Wire = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// The port, open.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Without encryption.
    Plain(TcpListener),
    /// With.
    Encrypted {
        /// Where it listens.
        address: SocketAddr,
        /// The connections whose handshake is done.
        ready: mpsc::Receiver<(Wire, SocketAddr)>,
        /// Takes in the others; ended with the listener.
        accepting: JoinHandle<()>,
    },
}

impl Listener {
    /// Serves a port, encrypted if there is a certificate.
    ///
    /// # Errors
    /// When the port does not know its own address.
    pub(crate) fn new(
        port: TcpListener,
        tls: Option<&Tls>,
        (timings, limits): (&Timings, &Limits),
    ) -> io::Result<Self> {
        let Some(tls) = tls else { return Ok(Self::Plain(port)) };
        let address = port.local_addr()?;
        let (opened, ready) = mpsc::channel(1);
        let handshakes = Handshakes {
            acceptor: TlsAcceptor::from(Arc::clone(&tls.server)),
            limit: timings.tls_handshake,
            under_way: Arc::new(Semaphore::new(limits.handshakes)),
            room: WaitingRoom::new(limits.handshakes_per_address),
            opened,
        };
        Ok(Self::Encrypted { address, ready, accepting: tokio::spawn(handshakes.accept_all(port)) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        match self {
            Self::Plain(_) => {}
            Self::Encrypted { accepting, .. } => accepting.abort(),
        }
    }
}

impl serve::Listener for Listener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        match self {
            Self::Plain(port) => {
                let (stream, address) = serve::Listener::accept(port).await;
                (Either::Left(stream), address)
            }
            Self::Encrypted { ready, .. } => match ready.recv().await {
                Some(connection) => connection,
                // The task that accepts ends with this listener, not before.
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Plain(port) => port.local_addr(),
            Self::Encrypted { address, .. } => Ok(*address),
        }
    }
}

/// The socket under a connection.
pub(crate) fn tcp(wire: &Wire) -> &TcpStream {
    match wire {
        Either::Left(stream) => stream,
        Either::Right(stream) => stream.get_ref().0,
    }
}

struct Handshakes {
    acceptor: TlsAcceptor,
    limit: Duration,
    under_way: Arc<Semaphore>,
    room: WaitingRoom,
    opened: mpsc::Sender<(Wire, SocketAddr)>,
}

impl Handshakes {
    async fn accept_all(self, mut port: TcpListener) {
        loop {
            let (stream, address) = serve::Listener::accept(&mut port).await;
            let Some(place) = self.room.enter(Network::of(address.ip())) else {
                tracing::debug!("a connection was dropped: its network has too many handshakes under way");
                continue;
            };
            // Never closed. While all are taken, the others wait in the port's own queue.
            let Ok(permit) = Arc::clone(&self.under_way).acquire_owned().await else { return };
            let (handshake, opened) =
                (timeout(self.limit, self.acceptor.accept(stream)), self.opened.clone());
            tokio::spawn(async move {
                let done = handshake.await;
                drop((place, permit));
                match done {
                    // Nobody takes it when the server stops.
                    Ok(Ok(stream)) => drop(opened.send((Either::Right(Box::new(stream)), address)).await),
                    Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                    Err(_) => tracing::debug!("a handshake took too long"),
                }
            });
        }
    }
}
