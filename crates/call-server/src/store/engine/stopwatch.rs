//! Measures how long the database takes, from asking for a connection to giving it back.
//! Never changes what happens in between.

use crate::clock::{Clock, Tick};
use crate::store::{
    Store, StoreError,
    engine::{
        query::Query,
        session::{Session, Unkept},
    },
};
use std::{
    fmt,
    ops::{Deref, DerefMut},
    panic::Location,
    sync::Arc,
    time::Duration,
};
use tokio::sync::Notify;

/// A connection whose time is measured until it is dropped.
#[derive(Debug)]
pub(in crate::store) struct Timed {
    /// Dropped first: taking a transaction back is part of it.
    session: Session,
    watch: Option<Stopwatch>,
    /// Woken when a commit has no answer.
    doubt: Option<Arc<Notify>>,
}

/// Who is told how long each use of the database took: which part of the store used it, and whether to read or to write.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&'static str, &'static str, Duration) + Send + Sync>);

impl Observer {
    /// Tells this function.
    pub fn new(tell: impl Fn(&'static str, &'static str, Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// Where durations are read and written down.
pub(in crate::store) type Watch = (Clock, Observer);

#[derive(Debug)]
pub(in crate::store) struct Stopwatch {
    watch: Watch,
    part: &'static str,
    kind: &'static str,
    since: Tick,
}

impl Store {
    /// The store, measured from now on.
    #[must_use]
    pub fn timed(self, clock: Clock, observer: Observer) -> Self {
        Self { watch: Some((clock, observer)), ..self }
    }

    /// Measures for the part of the store that asks: its file.
    pub(in crate::store) fn stopwatch(
        &self,
        asker: &'static Location<'static>,
        kind: &'static str,
    ) -> Option<Stopwatch> {
        let file = asker.file().rsplit(['/', '\\']).next().unwrap_or_default();
        let part = label(file.strip_suffix(".rs").unwrap_or(file));
        self.watch.clone().map(|watch| Stopwatch { part, kind, since: watch.0.tick(), watch })
    }
}

/// The label of what a file measures: operators' charts keep the name with which measuring began.
fn label(file: &'static str) -> &'static str {
    match file {
        "account_list" => "roll",
        "clock" => "time",
        "idempotency" => "once",
        "initiate" => "begin",
        "preferences" => "privacy",
        "readiness" => "health",
        "registry" => "nodes",
        "wakeups" => "notify",
        other => other,
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        let (clock, observer) = &self.watch;
        (observer.0)(self.part, self.kind, clock.tick().0.saturating_sub(self.since.0));
    }
}

impl Timed {
    pub(in crate::store) fn new(session: Session, watch: Option<Stopwatch>, doubt: Arc<Notify>) -> Self {
        Self { session, watch, doubt: Some(doubt) }
    }

    /// Nobody hears of what it writes, so a commit without an answer wakes nobody.
    pub(in crate::store) fn concerns_nobody(&mut self) {
        self.doubt = None;
    }

    /// Keeps what the transaction wrote. Whether it was kept is in doubt until the database says so, also when nobody waits
    /// for that any more.
    pub(in crate::store) async fn commit(self) -> Result<(), StoreError> {
        let Self { session, watch, doubt } = self;
        let doubt = Doubt(doubt);
        let committed = session.commit().await;
        if committed.is_ok() {
            doubt.dispel();
        }
        drop(watch);
        committed
    }

    /// Runs last statements and keeps what the transaction wrote; see [`Session::commit_with`].
    pub(in crate::store) async fn commit_with(
        self,
        queries: impl IntoIterator<Item = Query<'_>>,
    ) -> Result<(), StoreError> {
        let Self { session, watch, doubt } = self;
        let doubt = Doubt(doubt);
        let committed = session.commit_with(queries).await;
        drop(watch);
        match committed {
            Ok(()) => {
                doubt.dispel();
                Ok(())
            }
            Err(Unkept::Certainly(error)) => {
                doubt.dispel();
                Err(error)
            }
            Err(Unkept::Perhaps(error)) => Err(error),
        }
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
