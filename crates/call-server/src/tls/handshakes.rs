//! Encrypts connections. Handshakes run beside each other, each with a time limit, so many at most and fewer of one
//! network; when there is no place left, the one that takes longest is given up: whoever is silent keeps nobody waiting.
//! Never reads a request.

use super::Tls;
use crate::{
    admission::{AdmissionPool, Bounds},
    clock::Clock,
    config::{Limits, Timings},
    network::Network,
};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// The handshakes that are under way.
pub(crate) struct Handshakes {
    acceptor: TlsAcceptor,
    limit: Duration,
    pool: AdmissionPool,
    clock: Clock,
}

impl Handshakes {
    /// Those of a server with this certificate.
    pub(crate) fn new(tls: &Tls, (timings, limits): (&Timings, &Limits), clock: Clock) -> Self {
        let pool = AdmissionPool::new(Bounds {
            places: limits.handshakes,
            per_network: limits.handshakes_per_address,
            patience: Duration::ZERO,
            work: timings.tls_handshake,
        });
        let acceptor = TlsAcceptor::from(Arc::clone(&tls.server));
        Self { acceptor, limit: timings.tls_handshake, pool, clock }
    }

    /// Encrypts a connection, if the other side does its part in time.
    pub(crate) async fn with(&self, stream: TcpStream, from: IpAddr) -> Option<Box<TlsStream<TcpStream>>> {
        let permit = self.pool.enter(Some(Network::of(from)), self.clock.tick());
        let Some(permit) = permit else {
            tracing::debug!("a connection was dropped: too many handshakes are under way");
            return None;
        };
        let done = tokio::select! {
            done = timeout(self.limit, self.acceptor.accept(stream)) => done,
            () = permit.holder().evicted() => {
                tracing::debug!("a handshake was given up for another one");
                return None;
            }
        };
        match done {
            Ok(Ok(stream)) => return Some(Box::new(stream)),
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
        None
    }
}

impl fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshakes").field("pool", &self.pool).finish_non_exhaustive()
    }
}
