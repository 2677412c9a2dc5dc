//! A token bucket for each key: so many at once, then one each period (the generic cell rate algorithm, ITU-T I.371); or
//! several buckets that are always taken from together, such as a number and its bytes.
//! Never holds more than so many keys, and forgets those whose buckets are full again.

use super::Wait;
use crate::{
    clock::{Clock, Tick},
    config::Rate,
};
use foldhash::fast::RandomState;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Keys that are counted at a time. Beyond that some other is forgotten: nobody is refused because there are many.
const MOST: usize = 1 << 16;

/// One kind of thing, or `N` that come together, counted by key; nothing is counted without a rate.
#[derive(Debug)]
pub(super) struct Bucket<K, const N: usize = 1> {
    rates: [Option<Rate>; N],
    clock: Clock,
    /// When the buckets of each key will be full again.
    full_at: Mutex<Keys<K, N>>,
}

type Keys<K, const N: usize> = HashMap<K, [Tick; N], RandomState>;

impl<K: Hash + Eq + Clone, const N: usize> Bucket<K, N> {
    /// Full buckets of several kinds.
    pub(super) fn of(rates: [Option<Rate>; N], clock: &Clock) -> Self {
        let rates = rates.map(|rate| rate.filter(|rate| rate.burst > 0 && !rate.every.is_zero()));
        Self { rates, clock: clock.clone(), full_at: Mutex::default() }
    }

    /// Takes so many of each kind, or nothing. More than a bucket holds count as what it holds.
    ///
    /// # Errors
    /// When there are not that many of one kind; with the time until there are.
    pub(super) fn take_each(&self, key: &K, counts: [u32; N]) -> Result<(), Wait> {
        if self.rates.iter().all(Option::is_none) {
            return Ok(());
        }
        let now = self.clock.tick().0;
        let mut keys = self.lock();
        let known = keys.get_mut(key);
        let mut full_at = known.as_ref().map_or([Tick(now); N], |ticks| **ticks);
        for ((tick, rate), count) in full_at.iter_mut().zip(self.rates).zip(counts) {
            let Some(Rate { burst, every }) = rate else { continue };
            let after = tick.0.max(now).saturating_add(every.saturating_mul(count.min(burst)));
            let latest = now.saturating_add(every.saturating_mul(burst));
            if after > latest {
                return Err((after - latest).max(Duration::from_secs(1)));
            }
            *tick = Tick(after);
        }
        match known {
            Some(ticks) => *ticks = full_at,
            None => {
                make_room(&mut keys, now);
                keys.insert(key.clone(), full_at);
            }
        }
        Ok(())
    }

    /// Forgets the keys whose buckets are full again.
    pub(super) fn forget_full(&self) {
        let now = self.clock.tick().0;
        let mut keys = self.lock();
        keys.retain(|_, ticks| ticks.iter().any(|tick| tick.0 > now));
        if keys.capacity() > 4 * keys.len().max(64) {
            keys.shrink_to_fit();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Keys<K, N>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    /// Full buckets.
    pub(super) fn new(rate: Option<Rate>, clock: &Clock) -> Self {
        Self::of([rate], clock)
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is none; with the time until there is.
    pub(super) fn take(&self, key: &K) -> Result<(), Wait> {
        self.take_each(key, [1])
    }

    /// Puts one back: what was tried is not counted after all.
    pub(super) fn give_back(&self, key: &K) {
        let [Some(rate)] = self.rates else { return };
        if let Some([tick]) = self.lock().get_mut(key) {
            tick.0 = tick.0.saturating_sub(rate.every);
        }
    }
}

/// Any other key will do: whoever can use so many keys is not held by one of them, and looking for the best one would cost
/// everybody.
fn make_room<K: Hash + Eq + Clone, const N: usize>(keys: &mut Keys<K, N>, now: Duration) {
    if keys.len() < MOST {
        return;
    }
    let fullest = |ticks: &[Tick; N]| ticks.iter().map(|tick| tick.0.max(now)).max();
    let some = keys.iter().take(8).min_by_key(|(_, ticks)| fullest(ticks)).map(|(key, _)| key.clone());
    if let Some(key) = some {
        keys.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    fn taken(bucket: &Bucket<u32>, key: u32) -> bool {
        bucket.take(&key).is_ok()
    }

    fn size(bucket: &Bucket<u32>) -> usize {
        bucket.lock().len()
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_one_each_period() {
        let clock = Clock::manual();
        let bucket = Bucket::new(Some(RATE), &clock);
        assert_eq!([1; 5].map(|key| taken(&bucket, key)), [true, true, true, false, false]);
        assert!(taken(&bucket, 2), "another key has a bucket of its own");
        let Err(wait) = bucket.take(&1) else { panic!("it is empty") };
        assert_eq!(wait, Duration::from_secs(10));
        clock.advance(wait);
        assert_eq!([1; 2].map(|key| taken(&bucket, key)), [true, false]);
    }

    #[test]
    fn what_was_given_back_can_be_taken_again() {
        let bucket = Bucket::new(Some(RATE), &Clock::manual());
        for _ in 0..10 {
            assert!(taken(&bucket, 1));
            bucket.give_back(&1);
        }
        assert_eq!([1; 4].map(|key| taken(&bucket, key)), [true, true, true, false]);
    }

    #[test]
    fn many_are_taken_together_or_not_at_all() {
        let clock = Clock::manual();
        let bucket = Bucket::new(Some(RATE), &clock);
        assert!(bucket.take_each(&1, [2]).is_ok());
        assert_eq!(bucket.take_each(&1, [2]), Err(Duration::from_secs(10)));
        assert!(taken(&bucket, 1), "the refused two took nothing");
        clock.advance(Duration::from_secs(30));
        assert!(bucket.take_each(&1, [1_000]).is_ok(), "more than it holds is all that it holds");
        assert_eq!(bucket.take(&1), Err(Duration::from_secs(10)));
    }

    #[test]
    fn what_comes_together_is_refused_together_and_costs_nothing_then() {
        let bytes = Rate { burst: 100, every: Duration::from_millis(1) };
        let bucket = Bucket::of([Some(RATE), Some(bytes)], &Clock::manual());
        assert!(bucket.take_each(&1, [1, 90]).is_ok());
        assert!(bucket.take_each(&1, [1, 90]).is_err(), "too many bytes");
        assert!(bucket.take_each(&1, [1, 5]).is_ok() && bucket.take_each(&1, [1, 5]).is_ok());
        assert_eq!(bucket.take_each(&1, [1, 0]), Err(Duration::from_secs(10)), "too often");
        let uncounted = Bucket::of([None, Some(bytes)], &Clock::manual());
        assert!((0..100).all(|_| uncounted.take_each(&1, [1, 1]).is_ok()));
        assert!(uncounted.take_each(&1, [1, 1]).is_err());
    }

    #[test]
    fn whoever_has_not_tried_for_a_while_is_forgotten() {
        let clock = Clock::manual();
        let bucket = Bucket::new(Some(RATE), &clock);
        for key in 0..100 {
            assert!(taken(&bucket, key));
        }
        bucket.forget_full();
        assert_eq!(size(&bucket), 100);
        clock.advance(Duration::from_secs(60));
        bucket.forget_full();
        assert_eq!(size(&bucket), 0);
    }

    #[test]
    fn no_number_of_keys_fills_the_memory_or_keeps_a_newcomer_out() {
        let bucket = Bucket::new(Some(RATE), &Clock::manual());
        assert!((0..2 * MOST as u32).all(|key| taken(&bucket, key)));
        assert_eq!(size(&bucket), MOST);
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let bucket = Bucket::new(None, &Clock::manual());
        assert!((0..10_000).all(|_| taken(&bucket, 1)));
    }
}
