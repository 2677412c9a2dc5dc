//! A token bucket for each key: so many at once, then one each period (the generic cell rate algorithm, ITU-T I.371).
//! Never holds more than so many keys, and forgets those whose bucket is full again.

use super::Wait;
use crate::{
    clock::{Clock, Tick},
    config::Rate,
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Keys that are counted at a time. Beyond that some other is forgotten: nobody is refused because there are many.
const MOST: usize = 1 << 16;

/// One kind of thing, counted by key; nothing is counted without a rate.
#[derive(Debug)]
pub(super) struct Bucket<K>(Option<Counted<K>>);

#[derive(Debug)]
struct Counted<K> {
    rate: Rate,
    clock: Clock,
    /// When each bucket will be full again.
    full_at: Mutex<HashMap<K, Tick>>,
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    /// Full buckets.
    pub(super) fn new(rate: Option<Rate>, clock: &Clock) -> Self {
        let rate = rate.filter(|rate| rate.burst > 0 && !rate.every.is_zero());
        Self(rate.map(|rate| Counted { rate, clock: clock.clone(), full_at: Mutex::default() }))
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is none; with the time until there is.
    pub(super) fn take(&self, key: &K) -> Result<(), Wait> {
        self.take_many(key, 1)
    }

    /// Takes several at once, or none. More than the bucket holds count as what it holds.
    ///
    /// # Errors
    /// When there are not that many; with the time until there are.
    pub(super) fn take_many(&self, key: &K, count: u32) -> Result<(), Wait> {
        let Some(counted) = &self.0 else { return Ok(()) };
        let Rate { burst, every } = counted.rate;
        let now = counted.clock.tick().0;
        let mut full_at = counted.lock();
        let known = full_at.get_mut(key);
        let before = known.as_ref().map_or(now, |tick| tick.0.max(now));
        let after = before.saturating_add(every.saturating_mul(count.min(burst)));
        let latest = now.saturating_add(every.saturating_mul(burst));
        if after > latest {
            return Err((after - latest).max(Duration::from_secs(1)));
        }
        match known {
            Some(tick) => *tick = Tick(after),
            None => {
                make_room(&mut full_at, now);
                full_at.insert(key.clone(), Tick(after));
            }
        }
        Ok(())
    }

    /// Puts one back: what was tried is not counted after all.
    pub(super) fn give_back(&self, key: &K) {
        let Some(counted) = &self.0 else { return };
        if let Some(tick) = counted.lock().get_mut(key) {
            tick.0 = tick.0.saturating_sub(counted.rate.every);
        }
    }

    /// Forgets the keys whose bucket is full again.
    pub(super) fn forget_full(&self) {
        let Some(counted) = &self.0 else { return };
        let now = counted.clock.tick().0;
        let mut full_at = counted.lock();
        full_at.retain(|_, tick| tick.0 > now);
        if full_at.capacity() > 4 * full_at.len().max(64) {
            full_at.shrink_to_fit();
        }
    }
}

impl<K> Counted<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Tick>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Any other key will do: whoever can use so many keys is not held by one of them, and looking for the best one would cost
/// everybody.
fn make_room<K: Hash + Eq + Clone>(full_at: &mut HashMap<K, Tick>, now: Duration) {
    if full_at.len() < MOST {
        return;
    }
    let some = full_at.iter().take(8).min_by_key(|(_, tick)| tick.0.max(now)).map(|(key, _)| key.clone());
    if let Some(key) = some {
        full_at.remove(&key);
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
        bucket.0.as_ref().unwrap().lock().len()
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
        assert!(bucket.take_many(&1, 2).is_ok());
        assert_eq!(bucket.take_many(&1, 2), Err(Duration::from_secs(10)));
        assert!(taken(&bucket, 1), "the refused two took nothing");
        clock.advance(Duration::from_secs(30));
        assert!(bucket.take_many(&1, 1_000).is_ok(), "more than it holds is all that it holds");
        assert_eq!(bucket.take(&1), Err(Duration::from_secs(10)));
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
