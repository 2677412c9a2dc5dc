//! The composition root: puts the running server's parts together, once, for everything above the services.
//! Never does anything with them: the services take the parts that they use.

use crate::{
    admission::{AdmissionPool, Bounds},
    auth::{Passwords, Proofs, Tokens},
    clock::Clock,
    config::Config,
    descriptors,
    hub::Hub,
    live::LiveCalls,
    metrics::Metrics,
    rates::RateLimits,
    request_turns::Turns,
    service::{
        Accounts, Calls, ended_sessions::EndedSessions, journal::Journal, known_people::KnownPeople,
        nodes::Nodes, readiness::Readiness, relay::IceServers, restored, sessions, token_secret,
    },
    store::{Observer, Store, StoreError},
    tasks::TaskHealth,
};
use std::{sync::Arc, time::Duration};

/// The running server's parts, shared by every request and socket.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the time comes from.
    pub clock: Clock,
    /// The database.
    pub store: Arc<Store>,
    /// The rate limits.
    pub rates: Arc<RateLimits>,
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Calls, contacts, messages, and the devices that hear of them.
    pub calls: Arc<Calls>,
    /// Accounts and sessions.
    pub accounts: Arc<Accounts>,
    /// All connections.
    pub connections: AdmissionPool,
    /// The sockets behind a proxy, by the network that it forwards.
    pub proxied_sockets: AdmissionPool,
    /// The request bodies that are being received.
    pub bodies: AdmissionPool,
    /// The concurrent requests of each person.
    pub turns: Turns,
    /// The sockets that have not signed in yet.
    pub anonymous_sockets: AdmissionPool,
    /// The health of the background tasks.
    pub tasks: TaskHealth,
    /// Whether the server can do its work.
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
        let (config, metrics) = (Arc::new(config), Arc::new(Metrics::new()));
        let times = metrics.store_times();
        let observer = Observer::new(move |part, kind, took| times.took(part, kind, took));
        let store = Arc::new(store.timed(clock.clone(), observer));
        let rates = Arc::new(RateLimits::new(&config.limits.rates, &clock));
        let live = LiveCalls::default();
        let ended_since = clock.now().minus(config.timings.ended_calls);
        restored::remember(&live, &store, &clock, ended_since).await?;
        let secret = token_secret(&config, &store).await?;
        let ice = IceServers::new(&config, &clock, &secret);
        let calls = Arc::new(Calls {
            config: Arc::clone(&config),
            clock: clock.clone(),
            store: Arc::clone(&store),
            hub: Hub::new(clock.tick()),
            live,
            ice,
            rates: Arc::clone(&rates),
            nodes,
            metrics: Arc::clone(&metrics),
        });
        let accounts = Arc::new(accounts(&calls, &secret).await);
        // Before anybody is served: tokens of ended sessions are still in use.
        sessions::catch_up(&accounts).await?;
        let connections = AdmissionPool::new(descriptors::connections(&config, descriptors::allowed()));
        let proxied_sockets = AdmissionPool::new(connections.bounds());
        let bodies = AdmissionPool::new(Bounds {
            places: config.limits.bodies,
            per_network: config.limits.bodies_per_network,
            patience: Duration::ZERO,
            work: config.timings.body,
        });
        let anonymous_sockets = AdmissionPool::new(Bounds {
            places: connections.bounds().places,
            per_network: config.limits.waiting_sockets_per_address,
            patience: config.timings.crowd,
            work: config.timings.hello,
        });
        let tasks = TaskHealth::default();
        Ok(Self {
            turns: Turns::new(config.limits.requests_at_once, config.timings.turn),
            readiness: Readiness::new(Arc::clone(&calls), tasks.clone()),
            config,
            clock,
            store,
            rates,
            metrics,
            calls,
            accounts,
            connections,
            proxied_sockets,
            bodies,
            anonymous_sockets,
            tasks,
        })
    }
}

async fn accounts(calls: &Arc<Calls>, secret: &str) -> Accounts {
    let Calls { config, clock, store, rates, .. } = &**calls;
    let tokens = Tokens::new(secret, config.timings.access_token, config.issuer.as_ref());
    tokens.prepare(clock).await;
    Accounts {
        config: Arc::clone(config),
        clock: clock.clone(),
        store: Arc::clone(store),
        rates: Arc::clone(rates),
        calls: Arc::clone(calls),
        tokens,
        proofs: Proofs::new(secret),
        passwords: Passwords::new(config.limits.password_hashes),
        people: KnownPeople::default(),
        ended: EndedSessions::default(),
        journal: Arc::new(Journal::new(clock.clone(), Arc::clone(store), Arc::clone(rates))),
    }
}
