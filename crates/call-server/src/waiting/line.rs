//! Those who are in a room or in a network's share of it, and who of them yields first.
//! Never asks a lock for what changes with every request: that is one number of each guest.

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

/// How many are looked up at once, since all have to be looked at for that.
const LOOKED_UP: usize = 256;
/// From this many on it is not looked all the time whether somebody could yield, when nobody can.
const MANY: usize = 1024;
/// But so often.
const PAUSE: Duration = Duration::from_millis(100);
/// How long after the last one who found no place the next one is the first of a new crowd.
const LULL: Duration = Duration::from_secs(10);

const WAITS: u64 = 0;
const WORKS: u64 = 1;
const STAYS: u64 = 2;
const TOLD: u64 = 3;

/// Somebody who holds a place.
#[derive(Debug)]
pub(super) struct Guest {
    number: u64,
    pub(super) network: Option<Network>,
    /// What they do, in the lowest two bits, and since which millisecond.
    state: AtomicU64,
    go: Notify,
}

fn state(doing: u64, since: Tick) -> u64 {
    u64::try_from(since.0.as_millis()).unwrap_or(u64::MAX) << 2 | doing
}

const fn doing(state: u64) -> u64 {
    state & 3
}

fn since(state: u64) -> Duration {
    Duration::from_millis(state >> 2)
}

impl Guest {
    pub(super) fn new(number: u64, network: Option<Network>, now: Tick) -> Self {
        Self { number, network, state: state(WAITS, now).into(), go: Notify::new() }
    }

    pub(super) fn waits(&self, now: Tick) {
        self.turn(state(WAITS, now));
    }

    pub(super) fn works(&self, now: Tick) {
        self.turn(state(WORKS, now));
    }

    pub(super) fn stays(&self) {
        self.turn(STAYS);
    }

    /// Whoever stays or was told to go does nothing else any more.
    fn turn(&self, next: u64) {
        let last = |before: u64| [STAYS, TOLD].contains(&doing(before));
        let _ = self
            .state
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| (!last(before)).then_some(next));
    }

    pub(super) fn is_told(&self) {
        self.go.notify_one();
    }

    pub(super) async fn told(&self) {
        self.go.notified().await;
    }
}

/// Guests, and those of them who yield next.
#[derive(Debug, Default)]
pub(super) struct Line {
    guests: HashMap<u64, Arc<Guest>>,
    /// In their order, with what they did when they were looked up.
    next: VecDeque<(u64, Arc<Guest>)>,
    /// Until then it is of no use to look.
    look_again: Tick,
    crowd: Option<Crowd>,
}

/// Those who find no place.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    first: Tick,
    last: Tick,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.guests.len()
    }

    pub(super) fn add(&mut self, guest: &Arc<Guest>) {
        self.guests.insert(guest.number, Arc::clone(guest));
    }

    pub(super) fn remove(&mut self, guest: &Guest) {
        self.guests.remove(&guest.number);
    }

    /// Somebody finds no place: who yields theirs, if they must and anybody can.
    pub(super) fn yields(&mut self, bounds: &Bounds, now: Tick) -> Option<Arc<Guest>> {
        let crowd = self.crowd.filter(|crowd| now.0.saturating_sub(crowd.last.0) < LULL);
        let crowd = Crowd { last: now, first: crowd.map_or(now, |crowd| crowd.first) };
        self.crowd = Some(crowd);
        if now.0.saturating_sub(crowd.first.0) < bounds.patience {
            return None;
        }
        self.next().or_else(|| {
            self.look(bounds.work, now);
            self.next()
        })
    }

    /// The next one who still does what they did.
    fn next(&mut self) -> Option<Arc<Guest>> {
        while let Some((seen, guest)) = self.next.pop_front() {
            let told = guest.state.compare_exchange(seen, TOLD, Ordering::Relaxed, Ordering::Relaxed);
            if told.is_ok() && self.guests.contains_key(&guest.number) {
                return Some(guest);
            }
        }
        None
    }

    /// Looks up who yields next: those who are waited for, the longest first; if there are none, those who work for too
    /// long.
    fn look(&mut self, work: Duration, now: Tick) {
        if now < self.look_again {
            return;
        }
        let those = |kind: u64, least: Duration| {
            let guests = self.guests.values().map(|guest| (guest.state.load(Ordering::Relaxed), guest));
            let able = guests.filter(move |(state, _)| {
                doing(*state) == kind && now.0.saturating_sub(since(*state)) >= least
            });
            able.collect::<Vec<_>>()
        };
        let mut able = those(WAITS, Duration::ZERO);
        if able.is_empty() {
            able = those(WORKS, work);
        }
        if able.is_empty() && self.guests.len() >= MANY {
            self.look_again = Tick(now.0 + PAUSE);
        }
        // In the same millisecond, whoever came first.
        let order = |(state, guest): &(u64, &Arc<Guest>)| (*state, guest.number);
        if able.len() > LOOKED_UP {
            able.select_nth_unstable_by_key(LOOKED_UP, order);
            able.truncate(LOOKED_UP);
        }
        able.sort_unstable_by_key(order);
        self.next = able.into_iter().map(|(state, guest)| (state, Arc::clone(guest))).collect();
    }
}
