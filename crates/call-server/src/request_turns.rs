//! How many requests of one person are served at the same time; further ones wait for their turn, so that somebody who sends
//! many delays only their own.
//! Never counts how often somebody asks: see `rates`.

use call_protocol::UserId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How many may wait; more cannot have their turn in time.
const LONGEST_LINE: usize = 64;

/// Who is being served; cheap to clone.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    at_once: usize,
    patience: Duration,
    people: Mutex<HashMap<UserId, Line>>,
}

/// The requests of a person.
#[derive(Debug, Default)]
struct Line {
    served: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The turn of a request; the next one's when dropped.
#[derive(Debug)]
#[must_use = "the turn is over when this is dropped"]
pub struct Turn {
    turns: Turns,
    user: UserId,
}

impl Turns {
    /// So many at once for each person, and so long for the others to wait.
    pub fn new(at_once: usize, patience: Duration) -> Self {
        Self(Arc::new(Inner { at_once: at_once.max(1), patience, people: Mutex::default() }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When it does not come in time; with the time that was waited.
    pub async fn take(&self, user: &UserId) -> Result<Turn, Duration> {
        let called = {
            let mut people = self.lock();
            let line = match people.get_mut(user) {
                Some(line) => line,
                None => people.entry(user.clone()).or_default(),
            };
            if line.served < self.0.at_once {
                line.served += 1;
                None
            } else {
                // Skips requests whose clients have disconnected.
                line.waiting.retain(|waiting| !waiting.is_closed());
                if line.waiting.len() >= LONGEST_LINE {
                    return Err(self.0.patience);
                }
                let (call, called) = oneshot::channel();
                line.waiting.push_back(call);
                Some(called)
            }
        };
        let Some(called) = called else { return Ok(Turn { turns: self.clone(), user: user.clone() }) };
        match timeout(self.0.patience, called).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(self.0.patience),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Line>> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut people = self.turns.lock();
            let Some(line) = people.get_mut(&self.user) else { return };
            let mut waiting = std::iter::from_fn(|| line.waiting.pop_front());
            let next = waiting.find(|waiting| !waiting.is_closed());
            if next.is_none() {
                line.served -= 1;
                if line.served == 0 {
                    people.remove(&self.user);
                }
            }
            next
        };
        if let Some(next) = next {
            // A request whose client just disconnected drops its turn, which passes it on.
            drop(next.send(Self { turns: self.turns.clone(), user: self.user.clone() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn anna() -> &'static UserId {
        static ANNA: std::sync::OnceLock<UserId> = std::sync::OnceLock::new();
        ANNA.get_or_init(|| UserId::from("anna"))
    }

    #[tokio::test]
    async fn whoever_asks_too_much_at_once_waits_in_line_and_nobody_else_does() {
        let turns = Turns::new(2, Duration::from_secs(60));
        let (first, second) = (turns.take(anna()).await.unwrap(), turns.take(anna()).await.unwrap());
        let mut third = Box::pin(turns.take(anna()));
        let mut fourth = Box::pin(turns.take(anna()));
        assert!((&mut third).now_or_never().is_none() && (&mut fourth).now_or_never().is_none());
        assert!(turns.take(&UserId::from("ben")).now_or_never().is_some_and(|turn| turn.is_ok()));
        drop(first);
        assert!((&mut fourth).now_or_never().is_none(), "in the order in which they came");
        let third = third.now_or_never().unwrap().unwrap();
        drop((second, third));
        drop(fourth.now_or_never().unwrap().unwrap());
        assert!(turns.lock().is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn whoever_waits_in_vain_is_told_so_and_takes_nobody_s_turn() {
        let turns = Turns::new(1, Duration::from_millis(20));
        let first = turns.take(anna()).await.unwrap();
        assert_eq!(turns.take(anna()).await.unwrap_err(), Duration::from_millis(20));
        let mut gone: Vec<_> = (0..LONGEST_LINE).map(|_| Box::pin(turns.take(anna()))).collect();
        gone.iter_mut().for_each(|waiting| assert!(waiting.now_or_never().is_none()));
        assert!(turns.take(anna()).now_or_never().unwrap().is_err(), "the line is full");
        drop(gone);
        drop(first);
        assert!(turns.take(anna()).now_or_never().unwrap().is_ok());
        assert!(turns.lock().is_empty());
    }
}
