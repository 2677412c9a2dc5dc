//! The connections of a server: takes them in, gives their requests to the router, and lets them finish when the server
//! stops. A connection on which no head of a request comes in time is closed, and one on which replies are not read.
//! Never knows what is asked for: the router does.

mod entrance;
mod relayed;
mod reply;
mod wire;

pub(crate) use entrance::{Entrance, Networks};
pub(crate) use relayed::relay_streams;

use crate::{
    admission::{Holder, Permit},
    clock::Clock,
    config::Timings,
    relay::Relay,
    tls::Handshakes,
};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use reply::{Reply, Served};
use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::watch};
use tokio_util::either::Either;
use wire::Wire;

/// The most that the head of a request may have, and that is read ahead of a body, in bytes.
const READ_BUFFER: usize = 32 * 1024;

/// Serves requests on connections.
#[derive(Debug)]
pub(crate) struct Connections {
    serving: Arc<Serving>,
    /// Whether the server stops; every open connection listens to it.
    stopping: watch::Sender<bool>,
}

/// What every connection needs.
#[derive(Debug)]
struct Serving {
    router: TowerToHyperService<Router>,
    protocol: http1::Builder,
    handshakes: Option<Handshakes>,
    /// What encrypted connections may be for, besides requests.
    relay: Option<Arc<Relay>>,
    head: Duration,
    unread: Duration,
    clock: Clock,
}

impl Connections {
    /// For the requests that a router answers, on connections that are encrypted if there are handshakes.
    pub(crate) fn new(
        router: Router,
        handshakes: Option<Handshakes>,
        timings: &Timings,
        clock: Clock,
    ) -> Self {
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(timings.head).max_buf_size(READ_BUFFER);
        let router = TowerToHyperService::new(router);
        let Timings { head, unread, .. } = *timings;
        let serving = Serving { router, protocol, handshakes, relay: None, head, unread, clock };
        Self { serving: Arc::new(serving), stopping: watch::Sender::new(false) }
    }

    /// Also for TURN over TLS, if there is a relay.
    pub(crate) fn beside(self, relay: Option<Arc<Relay>>) -> Self {
        let serving = Arc::into_inner(self.serving).map(|serving| Arc::new(Serving { relay, ..serving }));
        Self { serving: serving.expect("nobody is served yet"), ..self }
    }

    /// Serves until `stop` is done, then nobody new. What it returns is done once every request that was begun is over;
    /// each of these replies says that the connection is closed after it.
    pub(crate) async fn serve(
        self,
        entrance: Arc<Entrance>,
        stop: impl Future<Output = ()>,
    ) -> impl Future<Output = ()> {
        let mut stop = pin!(stop);
        loop {
            let (stream, address, permit) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = entrance.next() => accepted,
            };
            let (serving, mut stopping) = (Arc::clone(&self.serving), self.stopping.subscribe());
            tokio::spawn(async move {
                let holder = permit.holder().clone();
                tokio::select! {
                    () = serving.connection(stream, (address, permit), &mut stopping) => {}
                    () = holder.evicted() => tracing::debug!("a connection makes room for another one"),
                }
                drop(stopping); // it is over only now
            });
        }
        drop(entrance);
        self.stopping.send_replace(true);
        async move { self.stopping.closed().await }
    }
}

impl Serving {
    /// Serves a connection to its end.
    async fn connection(
        &self,
        stream: TcpStream,
        (address, permit): (SocketAddr, Permit),
        stopping: &mut watch::Receiver<bool>,
    ) {
        // Signals are small and answered: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let mut told = pin!(async { stopping.wait_for(|stopping| *stopping).await.is_ok() });
        let stream = match &self.handshakes {
            None => Either::Left(stream),
            Some(handshakes) => tokio::select! {
                done = Box::pin(handshakes.with(stream, address.ip())) => match done {
                    Some(encrypted) => Either::Right(encrypted),
                    None => return,
                },
                _ = &mut told => return,
            },
        };
        let holder = permit.holder().clone();
        holder.becomes_idle(self.clock.tick());
        let mut wire = Wire::new(stream, permit, self.unread);
        if let (Some(relay), true) = (&self.relay, self.handshakes.is_some()) {
            let first = tokio::select! {
                first = wire.first(self.head) => first,
                _ = &mut told => return,
            };
            match first {
                // Every message of TURN begins with 0 or 1 (RFC 8489, 5; methods up to 0x07F); a request of HTTP with a letter, or an
                // empty line before it.
                Some(0..=1) => {
                    tokio::select! {
                        () = relay.over(wire, address, &holder) => {}
                        _ = &mut told => {}
                    }
                    return;
                }
                Some(_) => {}
                None => return,
            }
        }
        let service = service_fn(move |request| self.answer(request, address, holder.clone()));
        let mut connection =
            pin!(self.protocol.serve_connection(TokioIo::new(wire), service).with_upgrades());
        let ended = tokio::select! {
            ended = &mut connection => ended,
            _ = told => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "a connection broke");
        }
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        address: SocketAddr,
        holder: Holder,
    ) -> Result<hyper::Response<Reply>, Infallible> {
        let served = Served::new(holder.clone(), self.clock.clone());
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        // A socket says itself when somebody has signed in on it.
        request.extensions_mut().insert(holder);
        let response: Result<Response, Infallible> = self.router.call(request).await;
        response.map(|response| response.map(|body| served.by(body)))
    }
}
