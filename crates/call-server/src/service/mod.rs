//! What the server can do, one file per verb or small group.
//! Never speaks HTTP or SQL: routes and the socket call it, and it calls policy, store and hub.

pub mod accounts;
pub mod answer;
pub mod blocks;
pub mod contacts;
pub mod deleted_people;
pub mod deletion;
mod delivery;
pub mod doubt;
pub mod end;
pub mod ended;
pub mod heartbeat;
pub mod history;
pub mod idempotency;
pub mod initiate;
pub mod invitations;
pub mod journal;
pub mod media;
pub mod messages;
pub mod nodes;
pub mod operator;
pub mod people;
pub mod presence;
mod publish;
pub mod readiness;
pub mod relay;
pub mod restored;
pub mod retention;
mod seat_life;
pub mod sessions;
pub mod settings;
pub mod signal;
pub mod snapshot;
pub mod sweep;

use crate::{
    admission::{AdmissionPool, Bounds},
    auth::{Passwords, Proofs, Tokens},
    clock::Clock,
    config::Config,
    descriptors,
    error::ApiError,
    hub::Hub,
    ids,
    live::LiveCalls,
    metrics::Metrics,
    network::Network,
    rates::RateLimits,
    repeats::Repeats,
    request_turns::Turns,
    store::{Applied, Observer, Store, StoreError},
    tasks::TaskHealth,
    wire,
};
use call_protocol::CallId;
use call_rules::{Asker, Denial, Refusal};
use ended::EndedSessions;
use nodes::Nodes;
use people::KnownPeople;
use readiness::Readiness;
use seat_life::Lives;
use std::time::Duration;
use tracing::Instrument;

/// The running server's parts, shared by every request and socket.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Config,
    /// Where the time comes from.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// The connected devices.
    pub hub: Hub,
    /// The calls that ring or run.
    pub live: LiveCalls,
    /// Access tokens.
    pub tokens: Tokens,
    /// Proofs that a token was issued by this server.
    pub proofs: Proofs,
    /// The people whom an issuer's tokens name, as found in the database.
    pub people: KnownPeople,
    /// The sessions that ended lately.
    pub ended: EndedSessions,
    /// Hashes passwords, with a bounded queue.
    pub passwords: Passwords,
    /// The rate limits.
    pub rates: RateLimits,
    /// All connections.
    pub connections: AdmissionPool,
    /// The sockets behind a proxy, by the network that it forwards.
    pub proxied: AdmissionPool,
    /// The request bodies that are being received.
    pub bodies: AdmissionPool,
    /// The concurrent requests of each person.
    pub turns: Turns,
    /// The sockets that have not signed in yet.
    pub waiting: AdmissionPool,
    /// Refusals that are not logged yet.
    pub untold: Repeats<(&'static str, Network)>,
    /// Requests for which the proxy forwarded no address.
    pub unknown_addresses: Repeats<()>,
    /// This node among others; nothing for a server that runs alone.
    pub nodes: Option<Nodes>,
    /// The metrics.
    pub metrics: Metrics,
    /// The health of the background tasks.
    pub tasks: TaskHealth,
    /// The last readiness check of the database.
    pub readiness: Readiness,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(
        config: Config,
        clock: Clock,
        store: Store,
        nodes: Option<Nodes>,
    ) -> Result<Self, StoreError> {
        let metrics = Metrics::new();
        let times = metrics.store_times();
        let observer = Observer::new(move |part, kind, took| times.took(part, kind, took));
        let store = store.timed(clock.clone(), observer);
        let secret = token_secret(&config, &store).await?;
        let tokens = Tokens::new(&secret, config.timings.access_token, config.issuer.as_ref());
        tokens.prepare(&clock).await;
        let connections = AdmissionPool::new(descriptors::connections(&config, descriptors::allowed()));
        let proxied = AdmissionPool::new(connections.bounds());
        let bodies = AdmissionPool::new(Bounds {
            places: config.limits.bodies,
            per_network: config.limits.bodies_per_network,
            patience: Duration::ZERO,
            work: config.timings.body,
        });
        let turns = Turns::new(config.limits.requests_at_once, config.timings.turn);
        let waiting = AdmissionPool::new(Bounds {
            places: connections.bounds().places,
            per_network: config.limits.waiting_sockets_per_address,
            patience: config.timings.crowd,
            work: config.timings.hello,
        });
        let passwords = Passwords::new(config.limits.password_hashes);
        let live = LiveCalls::default();
        let ended_since = clock.now().minus(config.timings.ended_calls);
        restored::remember(&live, &store, &clock, ended_since).await?;
        let hub = Hub::new(clock.tick());
        let rates = RateLimits::new(&config.limits.rates, &clock);
        let app = Self {
            config,
            clock,
            store,
            hub,
            live,
            tokens,
            proofs: Proofs::new(&secret),
            passwords,
            rates,
            connections,
            proxied,
            bodies,
            turns,
            waiting,
            untold: Repeats::default(),
            unknown_addresses: Repeats::default(),
            nodes,
            people: KnownPeople::default(),
            ended: EndedSessions::default(),
            metrics,
            tasks: TaskHealth::default(),
            readiness: Readiness::default(),
        };
        // Before anybody is served: tokens of ended sessions are still in use.
        sessions::catch_up(&app).await?;
        Ok(app)
    }
}

impl App {
    /// What tells of the life of devices.
    fn lives(&self) -> Lives<'_> {
        Lives { clock: &self.clock, hub: &self.hub, live: &self.live, nodes: self.company() }
    }
}

/// The key of the access tokens: the configured one, or one that was generated once and stored.
///
/// # Errors
/// When the database fails.
pub(crate) async fn token_secret(config: &Config, store: &Store) -> Result<String, StoreError> {
    match &config.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => store.setting_or("jwt_secret", ids::secret()).await,
    }
}

/// Runs work to its end even if the client disconnects, so that what is committed is also published.
///
/// # Errors
/// Those of the work.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work.in_current_span()).await.map_err(|error| {
        tracing::error!(%error, "a request was cut off");
        ApiError::Internal(error.to_string())
    })?
}

/// A refusal as the client is told it, and a line in the log.
fn denied(asker: &Asker, call: Option<&CallId>, denial: Denial) -> ApiError {
    tracing::info!(
        call.id = call.map(display),
        user.id = %asker.user,
        device.id = %asker.device,
        refusal = %denial.refusal.as_str(),
        "refused"
    );
    ApiError::Refused(denial.refusal, denial.call.map(|record| Box::new(wire::call(&record))))
}

/// Turns a call that is not there, or a no, into an error.
fn allowed(
    asker: &Asker,
    id: &CallId,
    outcome: Option<Result<Applied, Denial>>,
) -> Result<Applied, ApiError> {
    let decided = outcome.unwrap_or_else(|| Err(Refusal::NoCall.into()));
    decided.map_err(|denial| denied(asker, Some(id), denial))
}
