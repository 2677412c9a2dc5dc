//! Whose turn it is to have a password hashed: few at a time, fair between networks, and nobody waits long.
//! Never knows what is done in a turn.

use crate::network::Network;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// Who waits, in all.
const MOST: usize = 512;
/// Who waits, of one network.
const MOST_OF_ONE: usize = 16;

/// Hands out turns for work that is expensive.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    queue: Arc<Mutex<Queue>>,
    patience: Duration,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person or device that is known: they come first.
    Known,
    /// Anybody.
    Unknown,
}

/// A turn, until it is dropped.
#[derive(Debug)]
#[must_use = "dropping the turn at once lets the next one in"]
pub(super) struct Turn(Turns);

/// No turn came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

#[derive(Debug, Default)]
struct Queue {
    free: usize,
    known: Line,
    unknown: Line,
}

/// Those who wait, by network. The network that came last is the first: when there are more than can be served, the last one
/// can still be, and those who wait longest have given up. One with several waiting goes to the end after each.
#[derive(Debug, Default)]
struct Line {
    order: VecDeque<Network>,
    waiting: HashMap<Network, VecDeque<oneshot::Sender<Turn>>>,
    count: usize,
}

impl Turns {
    /// So many at a time; whoever waits longer than `patience` is told so.
    pub(super) fn new(at_a_time: usize, patience: Duration) -> Self {
        let queue = Queue { free: at_a_time, ..Queue::default() };
        Self { queue: Arc::new(Mutex::new(queue)), patience }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When too many wait.
    pub(super) async fn take(&self, network: Network, standing: Standing) -> Result<Turn, Busy> {
        let told = {
            let mut queue = self.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Ok(Turn(self.clone()));
            }
            match standing {
                Standing::Known => queue.known.enter(network),
                Standing::Unknown => queue.unknown.enter(network),
            }?
        };
        // A turn that comes too late is dropped with the channel, and goes to the next.
        timeout(self.patience, told).await.ok().and_then(Result::ok).ok_or(Busy)
    }

    /// Passes a turn on, or keeps it for the next one who comes.
    fn pass_on(&self) {
        let next = {
            let mut queue = self.lock();
            let next = queue.known.leave().or_else(|| queue.unknown.leave());
            let Some(next) = next else {
                queue.free += 1;
                return;
            };
            next
        };
        // A request that gives up at this moment drops its turn, which passes it on.
        drop(next.send(Turn(self.clone())));
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

impl Line {
    fn enter(&mut self, network: Network) -> Result<oneshot::Receiver<Turn>, Busy> {
        if let Some(others) = self.waiting.get_mut(&network) {
            let before = others.len();
            others.retain(|waiting| !waiting.is_closed());
            self.count -= before - others.len();
            if others.len() >= MOST_OF_ONE {
                return Err(Busy);
            }
        } else {
            self.order.push_front(network);
        }
        if self.count >= MOST {
            self.send_the_last_away();
        }
        let (turn, told) = oneshot::channel();
        self.waiting.entry(network).or_default().push_back(turn);
        self.count += 1;
        Ok(told)
    }

    fn leave(&mut self) -> Option<oneshot::Sender<Turn>> {
        loop {
            let network = self.order.pop_front()?;
            let waiting = self.waiting.get_mut(&network)?;
            let next = waiting.pop_front();
            self.count -= usize::from(next.is_some());
            if waiting.is_empty() {
                self.waiting.remove(&network);
            } else {
                self.order.push_back(network);
            }
            if let Some(next) = next.filter(|next| !next.is_closed()) {
                return Some(next);
            }
        }
    }

    fn send_the_last_away(&mut self) {
        let Some(network) = self.order.pop_back() else { return };
        if let Some(waiting) = self.waiting.remove(&network) {
            self.count -= waiting.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test takes.
    const LONG: Duration = Duration::from_secs(60);

    fn network(number: u32) -> Network {
        Network::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    /// Lets somebody wait, up to the point where they do.
    async fn waits(
        turns: &Turns,
        number: u32,
        standing: Standing,
    ) -> tokio::task::JoinHandle<Result<Turn, Busy>> {
        let with = turns.clone();
        let task = tokio::spawn(async move { with.take(network(number), standing).await });
        // Everything runs on one thread, in the order in which it was begun.
        tokio::task::yield_now().await;
        task
    }

    fn count(turns: &Turns) -> usize {
        let queue = turns.lock();
        queue.known.count + queue.unknown.count
    }

    #[tokio::test]
    async fn whoever_cannot_be_served_in_time_is_told_so() {
        let turns = Turns::new(1, Duration::from_millis(20));
        let turn = turns.take(network(1), Standing::Unknown).await.unwrap();
        assert_eq!(turns.take(network(2), Standing::Unknown).await.err(), Some(Busy));
        drop(turn);
        assert!(turns.take(network(2), Standing::Unknown).await.is_ok(), "nobody is in the way any more");
    }

    #[tokio::test]
    async fn an_honest_person_is_next_however_many_networks_wait() {
        let turns = Turns::new(1, LONG);
        let turn = turns.take(network(0), Standing::Unknown).await.unwrap();
        let mut others = Vec::new();
        for number in 1..=1_500 {
            others.push(waits(&turns, number, Standing::Unknown).await);
        }
        assert_eq!(count(&turns), MOST, "no more than so many wait");
        assert!(
            others[0].is_finished() && !others[1_499].is_finished(),
            "the oldest were told that it is busy"
        );
        let honest = waits(&turns, 5_000, Standing::Unknown).await;
        let known = waits(&turns, 5_001, Standing::Known).await;
        drop(turn);
        let turn = known.await.unwrap().unwrap();
        assert!(!honest.is_finished());
        drop(turn);
        assert!(honest.await.unwrap().is_ok());
        others.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn one_network_gets_one_turn_and_then_the_others_do() {
        let turns = Turns::new(1, LONG);
        let turn = turns.take(network(0), Standing::Unknown).await.unwrap();
        let honest = waits(&turns, 1, Standing::Unknown).await;
        let mut greedy = Vec::new();
        for _ in 0..100 {
            greedy.push(waits(&turns, 2, Standing::Unknown).await);
        }
        assert_eq!(count(&turns), MOST_OF_ONE + 1);
        drop(turn);
        let first = greedy.remove(0).await.unwrap().unwrap();
        assert!(!honest.is_finished());
        drop(first);
        assert!(honest.await.unwrap().is_ok());
        greedy.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn a_turn_of_somebody_who_gave_up_is_not_lost() {
        let turns = Turns::new(1, LONG);
        let turn = turns.take(network(0), Standing::Unknown).await.unwrap();
        let gone = waits(&turns, 1, Standing::Unknown).await;
        gone.abort();
        assert!(gone.await.is_err());
        drop(turn);
        assert!(turns.take(network(2), Standing::Unknown).await.is_ok());
        assert_eq!(turns.lock().free, 1);
    }
}
