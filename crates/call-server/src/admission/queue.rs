//! The clients of a pool, or of one network in it, and which of them is evicted first.
//! Never takes a lock for what changes with every request: that is one atomic number of each client.

use super::Bounds;
use crate::{clock::Tick, network::Network};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How many candidates are kept of one scan, which reads all clients.
const CANDIDATES: usize = 256;
/// The number of clients from which on a scan without a candidate is not repeated at once.
const MANY: usize = 1024;
/// The pause after such a scan.
const PAUSE: Duration = Duration::from_millis(100);
/// The time without a refusal after which the next one begins a new burst.
const LULL: Duration = Duration::from_secs(10);

const IDLE: u64 = 0;
const BUSY: u64 = 1;
const STAYS: u64 = 2;
const EVICTED: u64 = 3;

/// The holder of a permit.
#[derive(Debug)]
pub(super) struct Client {
    number: u64,
    pub(super) network: Option<Network>,
    /// The kind of state, in the lowest two bits, and since which millisecond.
    state: AtomicU64,
    evicted: Notify,
}

fn state(kind: u64, since: Tick) -> u64 {
    u64::try_from(since.0.as_millis()).unwrap_or(u64::MAX) << 2 | kind
}

const fn kind(state: u64) -> u64 {
    state & 3
}

fn since(state: u64) -> Duration {
    Duration::from_millis(state >> 2)
}

impl Client {
    pub(super) fn new(number: u64, network: Option<Network>, now: Tick) -> Self {
        Self { number, network, state: state(IDLE, now).into(), evicted: Notify::new() }
    }

    pub(super) fn becomes_idle(&self, now: Tick) {
        self.turn(state(IDLE, now));
    }

    pub(super) fn becomes_busy(&self, now: Tick) {
        self.turn(state(BUSY, now));
    }

    pub(super) fn stays(&self) {
        self.turn(STAYS);
    }

    /// Whoever stays, or was evicted, changes no more.
    fn turn(&self, next: u64) {
        let last = |before: u64| [STAYS, EVICTED].contains(&kind(before));
        let _ = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| (!last(before)).then_some(next));
    }

    pub(super) fn tell(&self) {
        self.evicted.notify_one();
    }

    pub(super) async fn told(&self) {
        self.evicted.notified().await;
    }
}

/// Clients, and those of them that are evicted next.
#[derive(Debug, Default)]
pub(super) struct Queue {
    clients: HashMap<u64, Arc<Client>>,
    /// The candidates in their order, each with its state at the time of the scan.
    next: VecDeque<(u64, Arc<Client>)>,
    /// No scan before that.
    scan_again: Tick,
    burst: Option<Burst>,
}

/// Refusals that follow each other closely.
#[derive(Clone, Copy, Debug)]
struct Burst {
    first: Tick,
    last: Tick,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn add(&mut self, client: &Arc<Client>) {
        self.clients.insert(client.number, Arc::clone(client));
    }

    pub(super) fn remove(&mut self, client: &Client) {
        self.clients.remove(&client.number);
    }

    /// A client finds no permit: the one that is evicted for it, if the burst has lasted and any can be.
    pub(super) fn evict(&mut self, bounds: &Bounds, now: Tick) -> Option<Arc<Client>> {
        let burst = self.burst.filter(|burst| now.0.saturating_sub(burst.last.0) < LULL);
        let burst = Burst { last: now, first: burst.map_or(now, |burst| burst.first) };
        self.burst = Some(burst);
        if now.0.saturating_sub(burst.first.0) < bounds.patience {
            return None;
        }
        self.next().or_else(|| {
            self.scan(bounds.work, now);
            self.next()
        })
    }

    /// The next candidate that is still in the state in which it was found.
    fn next(&mut self) -> Option<Arc<Client>> {
        while let Some((seen, client)) = self.next.pop_front() {
            let told = client.state.compare_exchange(seen, EVICTED, Ordering::Relaxed, Ordering::Relaxed);
            if told.is_ok() && self.clients.contains_key(&client.number) {
                return Some(client);
            }
        }
        None
    }

    /// Finds the candidates: idle clients, those first that are idle for longest; without any, those that are served for too
    /// long.
    fn scan(&mut self, work: Duration, now: Tick) {
        if now < self.scan_again {
            return;
        }
        let those = |wanted: u64, least: Duration| {
            let clients = self.clients.values().map(|client| (client.state.load(Ordering::Relaxed), client));
            let able = clients.filter(move |(state, _)| {
                kind(*state) == wanted && now.0.saturating_sub(since(*state)) >= least
            });
            able.collect::<Vec<_>>()
        };
        let mut able = those(IDLE, Duration::ZERO);
        if able.is_empty() {
            able = those(BUSY, work);
        }
        if able.is_empty() && self.clients.len() >= MANY {
            self.scan_again = Tick(now.0 + PAUSE);
        }
        // In the same millisecond, the one that came first.
        let order = |(state, client): &(u64, &Arc<Client>)| (*state, client.number);
        if able.len() > CANDIDATES {
            able.select_nth_unstable_by_key(CANDIDATES, order);
            able.truncate(CANDIDATES);
        }
        able.sort_unstable_by_key(order);
        self.next = able.into_iter().map(|(state, client)| (state, Arc::clone(client))).collect();
    }
}
