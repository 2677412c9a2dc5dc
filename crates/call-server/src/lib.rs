//! The arbiter of calls: accounts, conversations and one-to-one calls over REST and a socket. Media never passes
//! through it, and network addresses are never written to its database.
//!
//! Where to start: `config` (what can be set), `routes` (the addresses), `service` (what the server can do, one file
//! per verb), `policy` (who may do what; pure), `store` (all SQL).

pub mod clock;
pub mod config;
pub mod error;
pub mod policy;
pub mod routes;
pub mod service;
pub mod store;

use crate::{clock::Clock, config::Config, service::App};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Why a server could not start; each message is one sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody listens there already.
    #[error("port {} is in use already: stop the other program or choose another port with --listen", .0.port())]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
}

/// A server that listens but does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl Server {
    /// Opens the database and the port.
    ///
    /// # Errors
    /// One sentence on what stands in the way.
    pub async fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let listen = config.listen;
        let listener = TcpListener::bind(listen).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(listen),
            _ => StartError::Listen(listen, error),
        })?;
        let address = listener.local_addr().map_err(|error| StartError::Listen(listen, error))?;
        Ok(Self { listener, address, app: Arc::new(App { config, clock }) })
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, then closes every socket and finishes what was begun.
    ///
    /// # Errors
    /// When the listening socket fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let service = routes::router(self.app).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service).with_graceful_shutdown(stop).await
    }
}
