//! A real server on a free port (two in the world of nodes), with a clock that only tests move. Tests may
//! inspect the server's internals, but change it only from outside.

use crate::{
    folder::Folder,
    person::{Device, Person},
    world::World,
};
use call_protocol::{UserId, WhoRegisters};
use call_server::{
    Server,
    app::App,
    clock::Clock,
    config::{Config, Rates},
    service::accounts,
    web_client::Client,
};
use http_body_util::Full;
use kit_client::rest::{self, Reply};
use serde_json::json;
use std::{
    net::SocketAddr,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::http::request::Builder;

/// How long a person stays online after their last socket.
pub const GRACE: Duration = Duration::from_millis(400);
pub use kit_client::PATIENCE;

/// A running server.
pub struct TestServer {
    /// Its address.
    pub address: SocketAddr,
    /// The address of its metrics, if enabled.
    pub metrics: Option<SocketAddr>,
    /// Its clock, which tests move.
    pub clock: Clock,
    /// Its internals, to inspect.
    pub app: Arc<App>,
    /// Its folder and database.
    pub folder: Arc<Folder>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
    /// The other node, which every second person uses, if these tests have one.
    pub twin: Option<Box<TestServer>>,
    people: AtomicU32,
}

impl TestServer {
    /// A server without people, in the world of this run.
    pub async fn new() -> Self {
        World::of_this_run().server().await
    }

    /// A server configured for a test, in the world of this run.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        World::of_this_run().server_with(configure).await
    }

    /// A server with a folder that may have been used before.
    pub async fn at(folder: Arc<Folder>, clock: Clock, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: folder.database(),
            client: Client::Folder(folder.0.join("dist")),
            ice_servers: Vec::new(),
            registration: WhoRegisters::Open,
            ..Config::default()
        };
        let timings = &mut config.timings;
        timings.sweep = Duration::from_millis(10);
        timings.ping = Duration::from_millis(10);
        timings.presence_grace = GRACE;
        timings.beat = Duration::from_millis(50);
        // Tests advance the clock by minutes at once; that must not make a node look dead.
        timings.node_dead = PATIENCE;
        timings.notice_stale = Duration::from_secs(24 * 3600);
        config.nats_url = folder.1.bus();
        let several = config.nats_url.is_some();
        if several {
            // A node reads from the database which of the other's devices are alive; tests advance the clock
            // much faster.
            timings.lease_writes = Duration::from_millis(20);
        }
        config.limits.rates = Rates::default().scaled(0);
        configure(&mut config);
        let twin = several.then(|| config.clone());
        let mut server = Self::one(&folder, &clock, config).await;
        if let Some(config) = twin {
            server.twin = Some(Box::new(Self::one(&folder, &clock, config).await));
            eventually(async || server.is_joined()).await;
        }
        server
    }

    async fn one(folder: &Arc<Folder>, clock: &Clock, config: Config) -> Self {
        let (folder, clock) = (Arc::clone(folder), clock.clone());
        let server = Server::start(config, clock.clone()).await.expect("the server starts");
        let (address, metrics, app) = (server.address(), server.metrics_address(), server.app());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let people = AtomicU32::new(0);
        Self { address, metrics, clock, app, folder, stop: Some(stop), running, twin: None, people }
    }

    /// Whether both nodes know each other and are connected to the bus: notices sent before that may be missed.
    fn is_joined(&self) -> bool {
        let up = |server: &Self| server.app.calls.nodes.as_ref().is_some_and(|nodes| nodes.is_joined());
        up(self) && self.twin.as_deref().is_some_and(up)
    }

    /// Stops the server as a signal would, and waits until it has stopped.
    pub async fn stop(mut self) -> (Arc<Folder>, Clock) {
        if let Some(twin) = self.twin.take() {
            Box::pin(twin.stop()).await;
        }
        drop(self.stop.take());
        timeout(PATIENCE, &mut self.running).await.expect("the server stops").unwrap().unwrap();
        (Arc::clone(&self.folder), self.clock.clone())
    }

    /// Stops the server and starts another one with the same database.
    pub async fn restart(self) -> Self {
        let (folder, clock) = self.stop().await;
        Self::at(folder, clock, |_| ()).await
    }

    /// Advances the clock in steps of at most 5 s, so that connected devices renew their leases in between.
    pub async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            let step = left.min(5);
            self.clock.advance(Duration::from_secs(step));
            // Nodes write and read their leases every few milliseconds in these tests.
            sleep(Duration::from_millis(if self.twin.is_some() { 250 } else { 60 })).await;
            left -= step;
        }
    }

    /// A new account, without the cost of hashing a password.
    pub async fn person(&self, name: &str) -> Person {
        let user =
            accounts::add(&self.app.accounts, name, name, "no password".to_owned()).await.unwrap().unwrap();
        self.signed_in(&user.id, name)
    }

    /// A person with a new token.
    pub fn signed_in(&self, id: &UserId, name: &str) -> Person {
        let token = self.app.accounts.tokens.mint(id, None, self.clock.now()).unwrap();
        let second = self.people.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        let node = self.twin.as_deref().filter(|_| second).unwrap_or(self);
        let (address, app) = (node.address, Arc::clone(&node.app));
        Person { id: id.clone(), name: name.to_owned(), token, address, app }
    }

    /// Makes two people contacts; returns their conversation.
    pub async fn befriend(&self, one: &Person, two: &Person) -> String {
        assert_eq!(one.post("/api/contacts", json!({ "username": two.name })).await.status, 201);
        let accepted = two.post(&format!("/api/contacts/{}/accept", one.id), json!({})).await;
        assert_eq!(accepted.status, 200, "(left came, right was expected) accepting: {accepted:?}");
        accepted.body["conversation_id"].as_str().unwrap().to_owned()
    }

    /// Anna and Ben, contacts, each with one connected device.
    pub async fn anna_and_ben(&self) -> (Device, Device, String) {
        let (anna, ben) = (self.person("anna").await, self.person("ben").await);
        let conversation = self.befriend(&anna, &ben).await;
        let (mut anna, ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
        if self.twin.is_some() {
            // Presence arrives late from another node; no test should receive it halfway through.
            anna.socket.until("presence").await;
        }
        (anna, ben, conversation)
    }

    /// Counts rows.
    pub async fn count(&self, sql: &'static str) -> i64 {
        self.folder.count(sql).await
    }

    /// GET without a token.
    pub async fn get(&self, path: &str) -> Reply {
        rest::send(self.request("GET", path).body(Full::default()).unwrap()).await
    }

    /// The beginning of a request without a token.
    pub fn request(&self, method: &str, path: &str) -> Builder {
        Builder::new().method(method).uri(format!("http://{}{path}", self.address))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Waits for a condition; a failure names the line that waits.
#[track_caller]
pub fn eventually(mut so: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let line = Location::caller();
    async move {
        let wait = async {
            while !so().await {
                sleep(Duration::from_millis(5)).await;
            }
        };
        // Far longer than anything takes, for busy machines.
        let patience = 3 * PATIENCE;
        let came = timeout(patience, wait).await;
        assert!(came.is_ok(), "expected what {line} waits for; it did not come within {patience:?}");
    }
}
