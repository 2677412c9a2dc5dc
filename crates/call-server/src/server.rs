//! A server from its start to its end: opens the database and the port, serves, and stops without cutting anything.
//! Never prints: the program does.

use crate::web_client::Client;
use crate::{
    admission::Bounds,
    app::App,
    background,
    bus::{Bus, DatabaseWay, Keys, Subscription},
    clock::Clock,
    config::{Config, Database, Rates},
    connections::{Connections, Entrance, Networks},
    demo, descriptors, ids,
    relay::{self, Relay},
    routes,
    service::{
        nodes::{self, Nodes},
        token_secret,
    },
    start_error::{StartError, not_held, refused},
    store::{Hold, Store},
    tasks::Tasks,
    tls::{Handshakes, Tls},
};
use call_protocol::{WhoRegisters, close_code};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpSocket, UdpSocket},
    time::timeout,
};

/// Connections that may wait to be accepted; the kernel may allow fewer.
const WAITING: u32 = 4096;
/// How often a stopping server looks whether its sockets are closed.
const DRAIN_STEP: Duration = Duration::from_millis(20);

/// Opens the database that a server is configured with, and brings its schema up to date.
///
/// # Errors
/// One sentence on what stands in the way; for an application's tables, one for each mismatch.
pub(crate) async fn open_store(config: &Config) -> Result<Store, StartError> {
    let connections = config.limits.database_connections;
    let store = match (&config.database, &config.tables) {
        (Database::File(file), _) => Store::open(file, config.limits.database_bytes).await,
        (Database::Url(url), Some(tables)) => Store::connect_beside(url, connections, tables).await,
        (Database::Url(url), None) => Store::connect(url, connections).await,
    };
    store.map_err(|error| refused(error, &config.database))
}

/// A server that listens but does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    metrics: Option<TcpListener>,
    relay: Option<(UdpSocket, TcpListener)>,
    tls: Option<Tls>,
    app: Arc<App>,
    bus: Option<(Subscription, DatabaseWay)>,
    hold: Option<Hold>,
    /// Nobody has an account, and nobody can get one without the operator.
    is_empty: bool,
}

impl Server {
    /// Opens the port and the database.
    ///
    /// # Errors
    /// One sentence on what stands in the way.
    pub async fn start(mut config: Config, clock: Clock) -> Result<Self, StartError> {
        let contradictions = config.contradictions();
        if !contradictions.is_empty() {
            return Err(StartError::Contradictions(contradictions));
        }
        let listen = config.listen;
        let reserved = reserve(listen, "--listen")?;
        let address = reserved.local_addr().map_err(|error| StartError::Listen(listen, error, "--listen"))?;
        let metrics = match config.metrics.listen {
            Some(listen) => {
                Some(listens(reserve(listen, "--metrics-listen")?, (listen, "--metrics-listen"))?)
            }
            None => None,
        };
        let relay = reserve_relay(&mut config, address)?;
        let tls = Tls::new(&config, address.ip())?;
        let database = config.database.clone();
        let hold = match &database {
            Database::File(file) => {
                let held = Hold::of(file, address);
                Some(held.map_err(|error| not_held(error, &database))?)
            }
            Database::Url(_) => None,
        };
        let store = open_store(&config).await?;
        store.set_right(&clock).await.map_err(|error| refused(error, &database))?;
        let demo = config.demo;
        let refused = |error| refused(error, &database);
        let (nodes, bus) = match &config.database {
            Database::File(_) => (None, None),
            Database::Url(_) => {
                let keys = match Keys::given(&config.bus_keys) {
                    Some(keys) => keys,
                    None => Keys::derived(&token_secret(&config, &store).await.map_err(refused)?),
                };
                let id = ids::fresh(clock.now());
                let (bus, subscription, by_database) =
                    Bus::connect(config.nats_url.as_deref(), &id, keys).await?;
                (
                    Some(Nodes::new(bus, config.timings.node_dead, id, clock.clone())),
                    Some((subscription, by_database)),
                )
            }
        };
        let app = Arc::new(App::new(config, clock, store, nodes).await.map_err(refused)?);
        if let Some(nodes) = &app.calls.nodes {
            nodes::join(nodes, &app.store).await.map_err(refused)?;
        }
        if demo {
            demo::make_accounts(&app.accounts).await.map_err(StartError::Demo)?;
        } else if !app.config.accounts_elsewhere() {
            demo::shut_out(&app.accounts).await.map_err(StartError::Demo)?;
        }
        let shut = app.config.registration == WhoRegisters::Closed && !app.config.accounts_elsewhere();
        let is_empty = shut && !app.store.has_accounts().await.map_err(refused)?;
        // Nobody connects before there is somebody to answer.
        let listener = listens(reserved, (listen, "--listen"))?;
        Ok(Self { listener, address, metrics, relay, tls, app, bus, hold, is_empty })
    }

    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where measurements are served, with the real port.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// What a browser on this machine opens.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// The fingerprint (SHA-256) of the certificate that the server made for itself, if it did.
    pub fn own_fingerprint(&self) -> Option<String> {
        self.tls.as_ref().and_then(Tls::own_fingerprint)
    }

    /// Says in the log what started, and with what.
    pub fn announce(&self) {
        let config = &self.app.config;
        let kind = match &config.database {
            Database::File(_) => "SQLite",
            Database::Url(_) => "PostgreSQL",
        };
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            listen = %self.url(),
            metrics = self.metrics_address().map(|address| format!("http://{address}/metrics")),
            database = kind,
            database.at = %config.database,
            database.connections = config.limits.database_connections,
            database.bytes = config.limits.database_bytes,
            client = ?config.client,
            accounts = if config.tables.is_some() {
                "the application's"
            } else if config.issuer.is_some() {
                "the issuer's"
            } else {
                "its own"
            },
            nodes = match (&config.nats_url, &config.database) {
                (Some(_), _) => "several, joined by NATS",
                (None, Database::Url(_)) => "those that share the database",
                (None, Database::File(_)) => "one",
            },
            relay = config.relay.as_ref().map(|relay| relay.turn().join(" ")),
            behind_proxy = config.behind_proxy,
            demo = config.demo,
            ring.seconds = config.timings.calls.ring.as_secs(),
            limited = config.limits.rates != Rates::default().scaled(0),
            "started"
        );
        if self.is_empty {
            let with = match &config.database {
                Database::File(file) => format!("--database {}", file.display()),
                Database::Url(_) => "the same DATABASE_URL".to_owned(),
            };
            tracing::warn!(
                "nobody has an account yet, and nobody can create one by themselves: create the first one with `call-server user add \
                 NAME` ({with}), or let people in with --registration open or invite"
            );
        }
        if let Client::Folder(folder) = &config.client
            && !folder.join("index.html").is_file()
        {
            tracing::warn!(
                folder = %folder.display(),
                "the web client is not there, so that browsers see no messenger: `cargo xtask run` builds it, `cargo xtask dist` makes \
                 a program that holds it, --client names its folder"
            );
        }
    }

    /// The parts behind it, for tests.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Serves until `stop` is done, then closes every socket, finishes what was begun and closes the database.
    /// It takes no longer than the two times for it, whatever clients do.
    ///
    /// # Errors
    /// When the listening socket fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        // The file is held until the database is closed.
        let Self { listener, metrics, relay, tls, app, bus, hold: _hold, .. } = self;
        let relay = relay.map(|(udp, tcp)| (Relay::new(Arc::clone(&app.calls), udp), tcp));
        let carrier = relay.as_ref().map(|(relay, _)| Arc::clone(relay));
        let (timings, clock) = (&app.config.timings, &app.clock);
        let handshakes =
            tls.as_ref().map(|tls| Handshakes::new(tls, (timings, &app.config.limits), clock.clone()));
        let tasks = Tasks::start(background::tasks(&app, bus, tls, (metrics, relay)), app.tasks.clone());
        tracing::info!(tasks = ?app.tasks.names(), "background tasks started");
        let networks = if app.config.behind_proxy { Networks::AreProxies } else { Networks::Count };
        let Bounds { places, per_network, .. } = app.connections.bounds();
        let open_files = descriptors::allowed();
        tracing::info!(open_files, per_network, "accepting up to {places} connections");
        let entrance = Arc::new(Entrance::new(listener, app.connections.clone(), networks, clock.clone()));
        let connections =
            Connections::new(routes::router(Arc::clone(&app)), handshakes, timings, clock.clone());
        let connections = connections.beside(carrier);
        let drained = connections.serve(entrance, stop).await;
        tracing::info!("stopping");
        // Nobody is accepted any more. Sockets are told to come back elsewhere, requests that were begun are finished.
        app.calls.hub.close_all(close_code::GOING_AWAY);
        let empty = async {
            drained.await;
            while !app.calls.hub.is_empty() {
                tokio::time::sleep(DRAIN_STEP).await;
            }
        };
        if timeout(timings.drain, empty).await.is_err() {
            tracing::warn!("some requests or sockets were not over in time and are cut off");
        }
        let last_steps = tasks.stop();
        let last_writes = async {
            // For the server, or the nodes, that go on.
            last_steps.await;
            app.store.close().await;
        };
        if timeout(timings.last_writes, last_writes).await.is_err() {
            tracing::warn!("stopped with writes still open");
        }
        Ok(())
    }
}

/// Takes the port of the relay for UDP and TCP, and notes which ports browsers have to be told of.
fn reserve_relay(
    config: &mut Config,
    address: SocketAddr,
) -> Result<Option<(UdpSocket, TcpListener)>, StartError> {
    let Some(relay) = &mut config.relay else { return Ok(None) };
    const FLAG: &str = "--relay-listen";
    let at = relay.listen;
    let tcp = listens(reserve(at, FLAG)?, (at, FLAG))?;
    relay.listen = tcp.local_addr().map_err(|error| StartError::Listen(at, error, FLAG))?;
    let udp = relay::socket(relay.listen).map_err(|error| not_taken(error, relay.listen, FLAG))?;
    relay.https = relay.https.map(|port| if port == 0 { address.port() } else { port });
    Ok(Some((udp, tcp)))
}

/// Takes an address that this flag sets, where nobody listens yet.
fn reserve(listen: SocketAddr, flag: &'static str) -> Result<TcpSocket, StartError> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let reserved = socket.and_then(|socket| {
        // As every listening socket of the runtime's: a port may be taken again at once after a restart.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        Ok(socket)
    });
    reserved.map_err(|error| not_taken(error, listen, flag))
}

/// Listens at it.
fn listens(socket: TcpSocket, (listen, flag): (SocketAddr, &'static str)) -> Result<TcpListener, StartError> {
    socket.listen(WAITING).map_err(|error| not_taken(error, listen, flag))
}

fn not_taken(error: io::Error, listen: SocketAddr, flag: &'static str) -> StartError {
    if error.kind() == io::ErrorKind::AddrInUse {
        StartError::PortInUse(listen, flag)
    } else {
        StartError::Listen(listen, error, flag)
    }
}
