//! Whether the server can do its work right now, as load balancers ask: whether it goes on, its background tasks run, and its
//! database can be written. The database is asked once a second at most, however many ask us.
//! Never repairs anything.

use super::Calls;
use crate::{
    store::{Store, StoreError, Trouble},
    tasks::TaskHealth,
};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use utoipa::ToSchema;

/// How long a healthy database may take; probes ask every few seconds.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long its answer counts.
const FRESH: Duration = Duration::from_secs(1);

/// What the server's work depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The server itself: it stops.
    Server,
    /// A background task ended, and is started again in a moment.
    #[serde(rename = "chores")]
    Tasks,
    /// The database cannot be reached, or does not answer.
    Database,
    /// The database answers, but nothing can be written: there is no room, or it can only be read.
    Storage,
}

/// What keeps the server from its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Where it is.
    pub part: Part,
    /// One sentence about it.
    pub reason: &'static str,
}

/// Asks, and keeps what was last found of the database.
#[derive(Debug)]
pub struct Readiness {
    calls: Arc<Calls>,
    tasks: TaskHealth,
    last: Mutex<Option<(Instant, Option<Obstacle>)>>,
}

impl Readiness {
    /// Nothing was asked yet.
    pub fn new(calls: Arc<Calls>, tasks: TaskHealth) -> Self {
        Self { calls, tasks, last: Mutex::default() }
    }

    /// What keeps the server from its work; nothing when it is ready.
    pub async fn obstacle(&self) -> Option<Obstacle> {
        // Not the bus: without it, everything still arrives through the database, and all nodes would leave at once.
        if self.calls.hub.is_closing() {
            return Some(Obstacle { part: Part::Server, reason: "the server stops" });
        }
        if self.tasks.missing().is_some() {
            let reason =
                "something that the server does all the time ended; the log says what, and it is begun again";
            return Some(Obstacle { part: Part::Tasks, reason });
        }
        // Held while asking: all who come meanwhile share the answer.
        let mut last = self.last.lock().await;
        if let Some((asked, found)) = *last
            && asked.elapsed() < FRESH
        {
            return found;
        }
        let found = ask(&self.calls.store).await;
        *last = Some((Instant::now(), found));
        found
    }
}

async fn ask(store: &Store) -> Option<Obstacle> {
    let (part, reason) = match timeout(PATIENCE, store.can_write()).await {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => {
            error.log("not ready");
            because(&error)
        }
        Err(_) => {
            StoreError::Silent.log("not ready");
            (Part::Database, "the database does not answer within a second")
        }
    };
    Some(Obstacle { part, reason })
}

fn because(error: &StoreError) -> (Part, &'static str) {
    if error.is_only_readable() {
        return (Part::Storage, "the database can be read, but not written");
    }
    match error.trouble() {
        Trouble::Full => (Part::Storage, "there is no room left to write"),
        Trouble::Unavailable | Trouble::Broken => (Part::Database, "the database cannot be used"),
    }
}
