//! How often somebody may do something: token buckets by network, name, person and conversation.
//! Never decides what else they may do, and forgets whoever has not tried for a while.

use crate::{
    clock::Clock,
    config::{Rate, Rates},
    names,
    network::Network,
};
use call_protocol::{ConversationId, UserId};
use governor::{
    Quota, RateLimiter, clock, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::HashMapStateStore,
};
use std::{hash::Hash, num::NonZeroU32, time::Duration};

/// How long it is until something may be tried again.
pub type Wait = Duration;

/// Every bucket of a server.
#[derive(Debug)]
pub struct RateLimits {
    register: Bucket<Network>,
    sign_in_from: Bucket<Network>,
    sign_in_as: Bucket<String>,
    calls_by: Bucket<UserId>,
    calls_in: Bucket<ConversationId>,
    calls_to: Bucket<UserId>,
    signals: Bucket<UserId>,
    messages: Bucket<UserId>,
}

impl RateLimits {
    /// Full buckets.
    pub fn new(rates: &Rates, clock: &Clock) -> Self {
        Self {
            register: Bucket::new(rates.register, clock),
            sign_in_from: Bucket::new(rates.sign_in_by_address, clock),
            sign_in_as: Bucket::new(rates.sign_in_by_name, clock),
            calls_by: Bucket::new(rates.calls_by_caller, clock),
            calls_in: Bucket::new(rates.calls_by_pair, clock),
            calls_to: Bucket::new(rates.calls_to_callee, clock),
            signals: Bucket::new(rates.signals, clock),
            messages: Bucket::new(rates.messages, clock),
        }
    }

    /// Somebody in a network makes an account.
    ///
    /// # Errors
    /// When they made too many.
    pub fn register(&self, network: Network) -> Result<(), Wait> {
        self.register.take(&network)
    }

    /// Somebody in a network says that they are the one of this name.
    ///
    /// # Errors
    /// When too many tries came from there, or for this name.
    pub fn sign_in(&self, network: Network, name: &str) -> Result<(), Wait> {
        self.sign_in_from.take(&network)?;
        // A name is the same however it is typed, and no longer than one can be.
        self.sign_in_as.take(&names::key(name).chars().take(names::LONGEST).collect())
    }

    /// A call is about to ring.
    ///
    /// # Errors
    /// When the caller calls too often, these two do, or the callee is called too often by anybody.
    pub fn ring(&self, caller: &UserId, callee: &UserId, conversation: &ConversationId) -> Result<(), Wait> {
        self.calls_by.take(caller)?;
        self.calls_in.take(conversation)?;
        self.calls_to.take(callee)
    }

    /// Somebody sends a signal.
    ///
    /// # Errors
    /// When they sent too many.
    pub fn signal(&self, user: &UserId) -> Result<(), Wait> {
        self.signals.take(user)
    }

    /// Somebody writes a message.
    ///
    /// # Errors
    /// When they wrote too many.
    pub fn message(&self, user: &UserId) -> Result<(), Wait> {
        self.messages.take(user)
    }

    /// Forgets everybody whose bucket is full again.
    pub fn forget_full(&self) {
        self.register.forget_full();
        self.sign_in_from.forget_full();
        self.sign_in_as.forget_full();
        self.calls_by.forget_full();
        self.calls_in.forget_full();
        self.calls_to.forget_full();
        self.signals.forget_full();
        self.messages.forget_full();
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// One kind of thing, counted by key; nothing is counted without a rate.
#[derive(Debug)]
struct Bucket<K: Hash + Eq + Clone>(Option<(Limiter<K>, Ticks)>);

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(rate: Option<Rate>, clock: &Clock) -> Self {
        let quota = rate
            .and_then(|rate| Some(Quota::with_period(rate.every)?.allow_burst(NonZeroU32::new(rate.burst)?)));
        let ticks = Ticks(clock.clone());
        Self(quota.map(|quota| (RateLimiter::new(quota, HashMapStateStore::default(), ticks.clone()), ticks)))
    }

    fn take(&self, key: &K) -> Result<(), Wait> {
        let Some((limiter, ticks)) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(clock::Clock::now(ticks));
            wait.max(Duration::from_secs(1))
        })
    }

    fn forget_full(&self) {
        if let Some((limiter, _)) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// The server's steady clock as the buckets read it.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.tick().0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    fn taken(bucket: &Bucket<u8>, key: u8) -> bool {
        bucket.take(&key).is_ok()
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
    fn whoever_has_not_tried_for_a_while_is_forgotten() {
        let clock = Clock::manual();
        let bucket = Bucket::new(Some(RATE), &clock);
        for key in 0..100 {
            assert!(taken(&bucket, key));
        }
        let size = |bucket: &Bucket<u8>| bucket.0.as_ref().unwrap().0.len();
        bucket.forget_full();
        assert_eq!(size(&bucket), 100);
        clock.advance(Duration::from_secs(60));
        bucket.forget_full();
        assert_eq!(size(&bucket), 0);
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let bucket = Bucket::new(None, &Clock::manual());
        assert!((0..10_000).all(|_| taken(&bucket, 1)));
    }
}
