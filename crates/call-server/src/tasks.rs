//! The registry of background tasks: each has a name, a start, a last step when the server stops, and its health. One that
//! ends although it should not is started again, and the server is not ready meanwhile.
//! Never knows what a task does: `background` lists them.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// The pause before a task is started again; doubled each time that it does not last as long as the pause before it.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// How each task is; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TaskHealth(Arc<Mutex<BTreeMap<&'static str, Health>>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Runs,
    Ended,
}

impl TaskHealth {
    /// A task that does not run, if there is one.
    pub fn missing(&self) -> Option<&'static str> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(_, health)| **health == Health::Ended).map(|(name, _)| *name)
    }

    /// The names of all tasks, in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    fn note(&self, name: &'static str, health: Health) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, health);
    }
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task before it is started.
pub(crate) struct Task {
    name: &'static str,
    start: Box<dyn Fn() -> Work + Send>,
    last: Option<Work>,
}

impl Task {
    /// What is done for as long as the server runs; `start` is called again each time that it has ended.
    pub(crate) fn new<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        start: impl Fn() -> F + Send + 'static,
    ) -> Self {
        Self { name, start: Box::new(move || Box::pin(start())), last: None }
    }

    /// What is done once, after all tasks were stopped.
    pub(crate) fn finally(self, last: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { last: Some(Box::pin(last)), ..self }
    }
}

/// The tasks of a server; they are cut off when it is dropped.
#[derive(Debug)]
pub(crate) struct Tasks {
    all: JoinSet<()>,
    health: TaskHealth,
    last: LastSteps,
}

/// In the order of the tasks.
#[derive(Default)]
struct LastSteps(Vec<Work>);

impl Tasks {
    /// Starts them; their health is noted in `health`.
    pub(crate) fn start(tasks: Vec<Task>, health: TaskHealth) -> Self {
        Self::pausing(PAUSE, tasks, health)
    }

    fn pausing(pause: Duration, tasks: Vec<Task>, health: TaskHealth) -> Self {
        let mut started = Self { all: JoinSet::new(), health, last: LastSteps::default() };
        for Task { name, start, last } in tasks {
            started.health.note(name, Health::Runs);
            started.all.spawn(keep(name, start, pause, started.health.clone()));
            started.last.0.extend(last);
        }
        started
    }

    /// Cuts all of them off; what is returned takes their last steps, one after the other.
    pub(crate) fn stop(mut self) -> impl Future<Output = ()> + Send {
        self.all.abort_all();
        async move {
            for step in self.last.0 {
                step.await;
            }
        }
    }
}

async fn keep(name: &'static str, start: Box<dyn Fn() -> Work + Send>, first: Duration, health: TaskHealth) {
    let mut pause = first;
    loop {
        // A tokio task of its own: a panic in it ends nothing else. It is cut off with this one.
        let mut one = JoinSet::new();
        one.spawn(start());
        let ended = match timeout(pause, one.join_next()).await {
            Ok(ended) => ended,
            Err(_) => {
                health.note(name, Health::Runs);
                pause = first;
                one.join_next().await
            }
        };
        health.note(name, Health::Ended);
        let error = ended.and_then(Result::err).map_or("it ended".to_owned(), |error| error.to_string());
        tracing::error!(chore = name, %error, pause = ?pause, "a background task ended; it is started again");
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(LONGEST);
    }
}

impl std::fmt::Debug for LastSteps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LastSteps").field("steps", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Tasks that are started again after a moment.
    fn hasty(tasks: Vec<Task>, health: &TaskHealth) -> Tasks {
        Tasks::pausing(Duration::from_millis(20), tasks, health.clone())
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
    async fn a_task_that_panics_or_ends_is_missed_until_it_runs_again() {
        let (health, begun) = (TaskHealth::default(), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&begun);
        let sweep = Task::new("sweep", move || {
            let time = count.fetch_add(1, Ordering::SeqCst);
            async move {
                match time {
                    0 => panic!("by way of a trial"),
                    1 => {}
                    _ => std::future::pending().await,
                }
            }
        });
        let _tasks = hasty(vec![sweep, Task::new("beat", std::future::pending)], &health);
        assert_eq!(health.missing(), None, "a server that has just begun misses nothing");
        assert_eq!(health.names(), ["beat", "sweep"]);
        eventually(|| health.missing() == Some("sweep")).await;
        eventually(|| health.missing().is_none()).await;
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_task_that_cannot_last_is_started_ever_more_seldom_and_is_missed_all_the_while() {
        let (health, begun) = (TaskHealth::default(), Arc::new(AtomicU32::new(0)));
        let count = Arc::clone(&begun);
        let sweep = Task::new("sweep", move || {
            count.fetch_add(1, Ordering::SeqCst);
            async {}
        });
        let tasks = hasty(vec![sweep], &health);
        eventually(|| begun.load(Ordering::SeqCst) == 3).await;
        // 20 ms, 40 ms; the third pause is 80 ms at least.
        assert_eq!(health.missing(), Some("sweep"));
        tasks.stop().await;
    }

    #[tokio::test]
    async fn tasks_are_cut_off_with_the_server_and_then_take_their_last_steps() {
        let (alive, last) = (Arc::new(()), Arc::new(AtomicU32::new(0)));
        let (held, seen, count) = (Arc::clone(&alive), Arc::clone(&alive), Arc::clone(&last));
        let sweep = Task::new("sweep", move || {
            let held = Arc::clone(&held);
            async move {
                std::future::pending::<()>().await;
                drop(held);
            }
        });
        let sweep = sweep.finally(async move {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let tasks = hasty(vec![sweep], &TaskHealth::default());
        eventually(|| Arc::strong_count(&seen) > 3).await;
        let last_steps = tasks.stop();
        eventually(|| Arc::strong_count(&seen) == 2).await;
        assert_eq!(last.load(Ordering::SeqCst), 0);
        last_steps.await;
        assert_eq!(last.load(Ordering::SeqCst), 1);
        drop(alive);
    }
}
