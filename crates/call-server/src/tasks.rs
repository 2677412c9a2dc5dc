//! What a server does by itself while it runs: every chore has a name, is begun again when it ends although it should not,
//! and whoever asks whether the server is ready is told of one that does not run.
//! Never knows what a chore does.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// The pause before a chore is begun again; twice as long each time that it does not last as long as the pause before it.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// Which chores do not run; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ChoreStates(Arc<Mutex<BTreeSet<&'static str>>>);

impl ChoreStates {
    /// A chore that does not run, if there is one.
    pub fn missing(&self) -> Option<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).first().copied()
    }

    fn note(&self, name: &'static str, state: State) {
        let mut missing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            State::Runs => missing.remove(name),
            State::Ended => missing.insert(name),
        };
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Runs,
    Ended,
}

/// The chores of a server; they are cut off when it is dropped.
#[derive(Debug)]
pub(crate) struct Chores {
    all: JoinSet<()>,
    states: ChoreStates,
    pause: Duration,
}

impl Chores {
    /// No chores yet; how they are is told to `states`.
    pub(crate) fn new(states: ChoreStates) -> Self {
        Self { all: JoinSet::new(), states, pause: PAUSE }
    }

    /// Does a chore for as long as the server runs; `begin` is called anew each time that it has ended.
    pub(crate) fn keep<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        name: &'static str,
        begin: impl Fn() -> F + Send + 'static,
    ) {
        let (states, first) = (self.states.clone(), self.pause);
        self.all.spawn(async move {
            let mut pause = first;
            loop {
                // A task of its own: a panic in it ends nothing else. It is cut off with this one.
                let mut one = JoinSet::new();
                one.spawn(begin());
                let ended = match timeout(pause, one.join_next()).await {
                    Ok(ended) => ended,
                    Err(_) => {
                        states.note(name, State::Runs);
                        pause = first;
                        one.join_next().await
                    }
                };
                states.note(name, State::Ended);
                let error = ended.and_then(Result::err).map_or("it ended".to_owned(), |error| error.to_string());
                tracing::error!(chore = name, %error, pause = ?pause, "a chore of the server ended; it is begun again");
                tokio::time::sleep(pause).await;
                pause = (2 * pause).min(LONGEST);
            }
        });
    }

    /// Cuts all of them off.
    pub(crate) fn stop(mut self) {
        self.all.abort_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Chores that are begun again after a moment.
    fn hasty(states: &ChoreStates) -> Chores {
        Chores { pause: Duration::from_millis(20), ..Chores::new(states.clone()) }
    }

    async fn eventually(so: impl Fn() -> bool) {
        let wait = async {
            while !so() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(20), wait).await.expect("it comes about");
    }

    #[tokio::test]
    async fn a_chore_that_panics_or_ends_is_missed_until_it_runs_again() {
        let (states, begun) = (ChoreStates::default(), Arc::new(AtomicU32::new(0)));
        let mut chores = hasty(&states);
        let count = Arc::clone(&begun);
        chores.keep("sweep", move || {
            let time = count.fetch_add(1, Ordering::SeqCst);
            async move {
                match time {
                    0 => panic!("by way of a trial"),
                    1 => {}
                    _ => std::future::pending().await,
                }
            }
        });
        chores.keep("beat", std::future::pending);
        assert_eq!(states.missing(), None, "a server that has just begun misses nothing");
        eventually(|| states.missing() == Some("sweep")).await;
        eventually(|| states.missing().is_none()).await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_chore_that_cannot_last_is_begun_ever_more_seldom_and_is_missed_all_the_while() {
        let (states, begun) = (ChoreStates::default(), Arc::new(AtomicU32::new(0)));
        let mut chores = hasty(&states);
        let count = Arc::clone(&begun);
        chores.keep("sweep", move || {
            count.fetch_add(1, Ordering::SeqCst);
            async {}
        });
        eventually(|| begun.load(Ordering::SeqCst) == 3).await;
        // 20 ms, 40 ms; the third pause is 80 ms at least.
        assert_eq!(states.missing(), Some("sweep"));
        chores.stop();
    }

    #[tokio::test]
    async fn chores_are_cut_off_with_the_server() {
        let states = ChoreStates::default();
        let mut chores = hasty(&states);
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        chores.keep("sweep", move || {
            let held = Arc::clone(&held);
            async move {
                std::future::pending::<()>().await;
                drop(held);
            }
        });
        eventually(|| Arc::strong_count(&alive) > 2).await;
        chores.stop();
        eventually(|| Arc::strong_count(&alive) == 1).await;
    }
}
