//! Logs what happens again and again once a minute, with how often it happened.
//! Never keeps more than a fixed number of different things: beyond that they are counted together.

use crate::clock::Tick;
use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long something that was logged is only counted.
const QUIET: Duration = Duration::from_secs(60);
/// How many different things are counted each for itself.
const MOST: usize = 1024;

/// How often things happened that were not logged yet, by key.
#[derive(Debug)]
pub struct Repeats<K>(Mutex<HashMap<Option<K>, Heard>>);

#[derive(Clone, Copy, Debug)]
struct Heard {
    /// When it was logged last.
    told: Tick,
    /// How often it happened since.
    more: u64,
}

impl<K> Default for Repeats<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Repeats<K> {
    /// Something happened: whether to log it now. Otherwise it is counted, for [`Self::due`].
    pub fn is_news(&self, key: &K, now: Tick) -> bool {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = Some(key.clone());
        if heard.len() >= MOST && !heard.contains_key(&key) {
            key = None;
        }
        match heard.entry(key) {
            Entry::Occupied(mut before) => {
                before.get_mut().more += 1;
                false
            }
            Entry::Vacant(place) => {
                place.insert(Heard { told: now, more: 0 });
                true
            }
        }
    }

    /// What happened again within a minute after it was logged, and how often: to be logged now. What was counted together
    /// has no key.
    pub fn due(&self, now: Tick) -> Vec<(Option<K>, u64)> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        heard.retain(|key, heard| {
            if now.0.saturating_sub(heard.told.0) < QUIET {
                return true;
            }
            if heard.more > 0 {
                due.push((key.clone(), heard.more));
            }
            let again = heard.more > 0;
            *heard = Heard { told: now, more: 0 };
            again
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick(Duration::from_secs(seconds))
    }

    #[test]
    fn an_operator_reads_the_first_time_at_once_and_the_rest_as_a_number_each_minute() {
        let repeats = Repeats::default();
        assert_eq!([0, 1, 59].map(|second| repeats.is_news(&"a", at(second))), [true, false, false]);
        assert!(repeats.is_news(&"b", at(59)), "something else is news of its own");
        assert!(repeats.due(at(59)).is_empty());
        assert_eq!(repeats.due(at(60)), [(Some("a"), 2)]);
        assert!(!repeats.is_news(&"a", at(61)), "it goes on");
        assert_eq!(repeats.due(at(120)), [(Some("a"), 1)]);
        assert!(repeats.due(at(180)).is_empty());
        assert!(repeats.is_news(&"a", at(181)), "it had ceased");
    }

    #[test]
    fn more_things_than_can_be_told_apart_are_counted_together() {
        let repeats = Repeats::default();
        let told = (0..10 * MOST).filter(|key| repeats.is_news(key, at(0))).count();
        assert_eq!(told, MOST + 1);
        assert!(!repeats.is_news(&0, at(1)), "who was heard before is still told apart");
        let mut due = repeats.due(at(60));
        due.sort();
        assert_eq!(due, [(None, 9 * MOST as u64 - 1), (Some(0), 1)]);
        assert!(repeats.0.lock().unwrap().len() <= MOST + 1);
    }
}
