//! Admission control: pools of a bounded number of permits, in all and for one network, for clients that are not authenticated
//! yet. When a pool is full, the client that has been idle for longest is evicted for a new one: a thousand silent
//! connections keep nobody out.
//! Never knows what a permit is for, and closes nothing: whoever holds an evicted permit does that.

mod queue;

use crate::{clock::Tick, network::Network};
use queue::{Client, Queue};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The size of a pool, and how long its clients may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Permits in all.
    pub places: usize,
    /// Permits for one network.
    pub per_network: usize,
    /// How long new clients are refused before idle ones are evicted: a harmless burst is over by then, and a longer one
    /// keeps nobody out.
    pub patience: Duration,
    /// How long a client may be served before it can be evicted like an idle one.
    pub work: Duration,
}

/// A pool of permits; cheap to clone.
#[derive(Clone, Debug)]
pub struct AdmissionPool(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    bounds: Bounds,
    inside: Mutex<Inside>,
    evicted: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Inside {
    all: Queue,
    shares: HashMap<Network, Queue>,
    last: u64,
}

/// A permit, returned when dropped.
#[derive(Debug)]
#[must_use = "dropping the permit at once admits any number"]
pub struct Permit {
    pool: AdmissionPool,
    holder: Holder,
}

/// The state of the client that holds a permit; cheap to clone.
#[derive(Clone, Debug)]
pub struct Holder(Arc<Client>);

impl AdmissionPool {
    /// An empty pool.
    pub fn new(bounds: Bounds) -> Self {
        Self(Arc::new(Pool {
            bounds,
            inside: Mutex::default(),
            evicted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }

    /// Its size.
    pub fn bounds(&self) -> Bounds {
        self.0.bounds
    }

    /// How many permits are taken.
    pub fn len(&self) -> usize {
        self.lock().all.len()
    }

    /// Whether no permit is taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many clients were evicted so far, and how many were refused.
    pub fn evictions_and_refusals(&self) -> (u64, u64) {
        (self.0.evicted.load(Ordering::Relaxed), self.0.refused.load(Ordering::Relaxed))
    }

    /// Takes a permit, if one is left or an idle client can be evicted; without a network, only the size of the pool counts.
    pub fn enter(&self, network: Option<Network>, now: Tick) -> Option<Permit> {
        let bounds = &self.0.bounds;
        let mut inside = self.lock();
        let Inside { all, shares, .. } = &mut *inside;
        let share = network.and_then(|network| shares.get_mut(&network));
        let full = match share.filter(|share| share.len() >= bounds.per_network.max(1)) {
            Some(share) => Some(share.evict(bounds, now)),
            None if all.len() >= bounds.places => Some(all.evict(bounds, now)),
            None => None,
        };
        match full {
            Some(None) => {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Some(Some(client)) => self.remove(&mut inside, &client),
            None => {}
        }
        inside.last += 1;
        let client = Arc::new(Client::new(inside.last, network, now));
        inside.all.add(&client);
        if let Some(network) = network {
            inside.shares.entry(network).or_default().add(&client);
        }
        Some(Permit { pool: self.clone(), holder: Holder(client) })
    }

    /// Evicts the client that has been idle for longest, if there is one: for when something other than permits ran out.
    pub fn evict_one(&self, now: Tick) {
        let mut inside = self.lock();
        if let Some(client) = inside.all.evict(&Bounds { patience: Duration::ZERO, ..self.0.bounds }, now) {
            self.remove(&mut inside, &client);
        }
    }

    fn remove(&self, inside: &mut Inside, client: &Client) {
        inside.forget(client);
        client.tell();
        self.0.evicted.fetch_add(1, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn forget(&mut self, client: &Client) {
        self.all.remove(client);
        if let Some(network) = client.network
            && let Some(share) = self.shares.get_mut(&network)
        {
            share.remove(client);
            if share.len() == 0 {
                self.shares.remove(&network);
            }
        }
    }
}

impl Permit {
    /// The client that holds it.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.pool.lock().forget(&self.holder.0);
    }
}

impl Holder {
    /// The client has to act next, and can be evicted. So it is at first.
    pub fn becomes_idle(&self, now: Tick) {
        self.0.becomes_idle(now);
    }

    /// The server works for it now.
    pub fn becomes_busy(&self, now: Tick) {
        self.0.becomes_busy(now);
    }

    /// It is authenticated, and cannot be evicted any more.
    pub fn stays(&self) {
        self.0.stays();
    }

    /// Done when its permit was given to another client.
    pub async fn evicted(&self) {
        self.0.told().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const BOUNDS: Bounds =
        Bounds { places: 4, per_network: 2, patience: Duration::ZERO, work: Duration::from_secs(10) };

    fn network(number: u8) -> Option<Network> {
        Some(Network::of(IpAddr::from([192, 0, 2, number])))
    }

    fn at(seconds: u64) -> Tick {
        Tick(Duration::from_secs(seconds))
    }

    fn is_evicted(permit: &Permit) -> bool {
        use futures_util::FutureExt;
        permit.holder().evicted().now_or_never().is_some()
    }

    #[test]
    fn whoever_was_waited_for_longest_yields_to_somebody_new_of_the_same_network() {
        let room = AdmissionPool::new(BOUNDS);
        let enter = |number, second| room.enter(network(number), at(second)).unwrap();
        let (stranger, first, second) = (enter(2, 0), enter(1, 1), enter(1, 2));
        first.holder().becomes_idle(at(3)); // it did something meanwhile
        let third = enter(1, 4);
        assert_eq!([&stranger, &first, &second, &third].map(is_evicted), [false, false, true, false]);
        assert_eq!((room.len(), room.evictions_and_refusals()), (3, (1, 0)));
        drop(second);
        assert_eq!(room.len(), 3, "its place was another's already");
    }

    #[test]
    fn when_all_places_are_taken_anybody_who_is_waited_for_yields() {
        let room = AdmissionPool::new(BOUNDS);
        let held: Vec<_> = [1, 1, 2, 3].map(|number| room.enter(network(number), at(0)).unwrap()).into();
        let unknown = room.enter(None, at(1)).unwrap();
        assert_eq!(held.iter().map(is_evicted).collect::<Vec<_>>(), [true, false, false, false]);
        drop((held, unknown));
        assert!(room.is_empty() && room.lock().shares.is_empty(), "nobody is remembered");
    }

    #[test]
    fn whoever_is_served_or_has_shown_who_they_are_stays_and_a_newcomer_is_refused() {
        let room = AdmissionPool::new(BOUNDS);
        let (served, known) =
            (room.enter(network(1), at(0)).unwrap(), room.enter(network(1), at(0)).unwrap());
        served.holder().becomes_busy(at(1));
        known.holder().stays();
        known.holder().becomes_idle(at(1));
        assert!(room.enter(network(1), at(5)).is_none());
        assert_eq!(room.evictions_and_refusals(), (0, 1));
        let newer = room.enter(network(1), at(11)).unwrap();
        assert_eq!([&served, &known, &newer].map(is_evicted), [true, false, false], "it took too long");
    }

    #[test]
    fn a_burst_is_refused_and_one_who_goes_on_keeps_nobody_out() {
        let room = AdmissionPool::new(Bounds { patience: Duration::from_secs(2), ..BOUNDS });
        let enter = |second| room.enter(network(1), at(second));
        let _held = (enter(0).unwrap(), enter(0).unwrap());
        assert!(enter(0).is_none() && enter(1).is_none());
        let _newer = (enter(2).expect("it has lasted"), enter(3).expect("it goes on"));
        assert!(enter(30).is_none(), "another burst");
    }

    #[test]
    fn many_newcomers_are_let_in_one_by_one_in_the_order_of_those_before_them() {
        let bounds = Bounds { places: 1_000, per_network: 1_000, ..BOUNDS };
        let room = AdmissionPool::new(bounds);
        let held: Vec<_> = (0..1_000).map(|second| room.enter(network(1), at(second)).unwrap()).collect();
        let newer: Vec<_> = (0..700).map(|_| room.enter(network(1), at(2_000)).unwrap()).collect();
        let gone: Vec<_> = held.iter().map(is_evicted).collect();
        assert!(gone[..700].iter().all(|gone| *gone) && !gone[700..].iter().any(|gone| *gone));
        assert!(!newer.iter().any(is_evicted));
        assert_eq!(room.len(), 1_000);
    }
}
