//! The connections of a server: takes them in, gives their requests to the router, and lets them finish when the server
//! stops. A connection on which no head of a request comes in time is closed.
//! Never knows what is asked for: the router does.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
    serve::Listener,
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
use std::{convert::Infallible, net::SocketAddr, pin::pin, time::Duration};
use tokio::sync::watch;

/// The most that the head of a request may have, and that is read ahead of a body, in bytes.
const READ_BUFFER: usize = 32 * 1024;

/// Serves requests on connections.
#[derive(Debug)]
pub(crate) struct Connections {
    router: TowerToHyperService<Router>,
    protocol: http1::Builder,
    /// Whether the server stops; every open connection listens to it.
    stopping: watch::Sender<bool>,
}

impl Connections {
    /// For the requests that a router answers, with a time limit for their heads.
    pub(crate) fn new(router: Router, head: Duration) -> Self {
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(READ_BUFFER);
        Self { router: TowerToHyperService::new(router), protocol, stopping: watch::Sender::new(false) }
    }

    /// Serves until `stop` is done, then nobody new. What it returns is done once every request that was begun is over;
    /// each of these replies says that the connection is closed after it.
    pub(crate) async fn serve<L: Listener<Addr = SocketAddr>>(
        self,
        mut listener: L,
        stop: impl Future<Output = ()>,
    ) -> impl Future<Output = ()> {
        let mut stop = pin!(stop);
        loop {
            let (io, address) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            let router = self.router.clone();
            let service = service_fn(move |request| answer(router.clone(), request, address));
            let connection = self.protocol.serve_connection(TokioIo::new(io), service).with_upgrades();
            let mut stopping = self.stopping.subscribe();
            tokio::spawn(async move {
                let mut connection = pin!(connection);
                let told = async { stopping.wait_for(|stopping| *stopping).await.is_ok() };
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
                drop(stopping); // it is over only now
            });
        }
        drop(listener);
        self.stopping.send_replace(true);
        async move { self.stopping.closed().await }
    }
}

async fn answer(
    router: TowerToHyperService<Router>,
    request: hyper::Request<Incoming>,
    address: SocketAddr,
) -> Result<Response, Infallible> {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    router.call(request).await
}
