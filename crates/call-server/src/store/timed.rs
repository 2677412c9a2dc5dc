//! Measures how long the database takes, from asking for a connection to giving it back.
//! Never changes what happens in between.

use super::{Store, StoreError, session::Session};
use crate::{
    clock::{Clock, Tick},
    metrics::StoreTimes,
};
use std::{
    ops::{Deref, DerefMut},
    panic::Location,
    sync::Arc,
};
use tokio::sync::Notify;

/// A connection whose time is measured until it is dropped.
#[derive(Debug)]
pub(super) struct Timed {
    /// Dropped first: taking a transaction back is part of it.
    session: Session,
    watch: Option<Stopwatch>,
    /// Whom to tell when nobody knows whether it was kept.
    doubt: Option<Arc<Notify>>,
}

/// Where durations are read and written down.
pub(super) type Watch = (Clock, StoreTimes);

#[derive(Debug)]
pub(super) struct Stopwatch {
    watch: Watch,
    part: &'static str,
    kind: &'static str,
    since: Tick,
}

impl Store {
    /// The store, measured from now on.
    #[must_use]
    pub fn timed(self, clock: Clock, times: StoreTimes) -> Self {
        Self { watch: Some((clock, times)), ..self }
    }

    /// Measures for the part of the store that asks: its file.
    pub(super) fn stopwatch(
        &self,
        asker: &'static Location<'static>,
        kind: &'static str,
    ) -> Option<Stopwatch> {
        let file = asker.file().rsplit(['/', '\\']).next().unwrap_or_default();
        let part = file.strip_suffix(".rs").unwrap_or(file);
        self.watch.clone().map(|watch| Stopwatch { part, kind, since: watch.0.tick(), watch })
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        let (clock, times) = &self.watch;
        times.took(self.part, self.kind, clock.tick().0.saturating_sub(self.since.0));
    }
}

impl Timed {
    pub(super) fn new(session: Session, watch: Option<Stopwatch>, doubt: Arc<Notify>) -> Self {
        Self { session, watch, doubt: Some(doubt) }
    }

    /// What it writes is told to nobody: whether it was kept is no question that anybody has.
    pub(super) fn concerns_nobody(&mut self) {
        self.doubt = None;
    }

    /// Keeps what the transaction wrote. Whether it was kept is in doubt until the database says so, also when nobody waits
    /// for that any more.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let Self { session, watch, doubt } = self;
        let doubt = Doubt(doubt);
        let committed = session.commit().await;
        if committed.is_ok() {
            doubt.dispel();
        }
        drop(watch);
        committed
    }
}

/// Says that a commit has no outcome, unless it is told that it has.
struct Doubt(Option<Arc<Notify>>);

impl Doubt {
    fn dispel(mut self) {
        self.0 = None;
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        self.0.iter().for_each(|told| told.notify_one());
    }
}

impl Deref for Timed {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Timed {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}
