//! The connections to PostgreSQL: at most so many, opened when they are needed and kept for the next who needs one. Every
//! wait for them, and for an answer on them, has an end; a connection on which an answer is missing is never used again,
//! and neither are those that were kept beside it.
//! Never runs a statement of its own, but what makes a session.

mod lent;

pub(in crate::store) use lent::Lent;

use crate::store::{
    StoreError,
    engine::{
        pg_limits::{ANSWER, Haste, limits, passes},
        script::Prepared,
    },
    existing::{self, ExistingTables},
};
use lent::Held;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout, timeout_at},
};

/// How long a request waits for a connection, including the time to open one.
const PLACE: Duration = Duration::from_secs(5);
/// The least that is left of that when it is this request's turn.
const TURN: Duration = Duration::from_secs(1);
/// How long an unused connection is taken to be good without a test, which costs as much as a statement.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long that test may take.
const TEST: Duration = Duration::from_secs(1);
/// The age at which a connection is replaced: a session grows with what it has seen.
const LIFE: Duration = Duration::from_secs(30 * 60);
/// How long a connection is kept that nobody needs.
const UNUSED: Duration = Duration::from_secs(10 * 60);
/// The first pause before a database that is just starting is tried again; each is twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// The connections.
#[derive(Clone, Debug)]
pub(in crate::store) struct Pool(Arc<Inner>);

struct Inner {
    options: PgConnectOptions,
    tables: Option<ExistingTables>,
    most: u32,
    places: Semaphore,
    /// Those that nobody uses, the last used one last.
    kept: Mutex<Vec<Kept>>,
    /// How many questions were asked so far.
    asked: AtomicU64,
}

struct Opened {
    connection: PgConnection,
    at: Instant,
    prepared: Prepared,
}

struct Kept {
    opened: Opened,
    since: Instant,
}

/// Room for one connection, until it is dropped.
struct Place(Arc<Inner>);

impl Pool {
    /// At most so many connections, none of them open yet; those to an application's database find its tables.
    pub(in crate::store) fn new(
        options: PgConnectOptions,
        most: u32,
        tables: Option<ExistingTables>,
    ) -> Self {
        let places = Semaphore::new(most as usize);
        Self(Arc::new(Inner {
            options,
            tables,
            most,
            places,
            kept: Mutex::default(),
            asked: AtomicU64::new(0),
        }))
    }

    /// How the database is reached.
    pub(in crate::store) fn options(&self) -> &PgConnectOptions {
        &self.0.options
    }

    /// A connection for somebody who waits.
    ///
    /// # Errors
    /// When none becomes free in time, or the database cannot be reached.
    pub(in crate::store) async fn lend(&self) -> Result<Lent, StoreError> {
        let until = Instant::now() + PLACE;
        let crowded = |_| StoreError::Crowded(self.0.most);
        let turn = timeout_at(until, self.0.places.acquire()).await.map_err(crowded)?;
        turn.map_err(|_| sqlx::Error::PoolClosed)?.forget();
        let place = Place(Arc::clone(&self.0));
        let opened = match self.0.kept().await {
            Some(kept) => kept,
            None => {
                let at = Instant::now();
                let connection = self.0.open(until.max(at + TURN), Haste::Usual).await?;
                Opened { connection, at, prepared: Prepared::default() }
            }
        };
        Ok(Lent::new(Held { opened, place }))
    }

    /// How many questions requests have asked so far, each of which waited for its answer.
    pub(in crate::store) fn asked(&self) -> u64 {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// A connection beside the others, for what may take long; its own limits are up to whoever uses it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(in crate::store) async fn unhurried(&self) -> Result<PgConnection, StoreError> {
        self.0.open(Instant::now() + PLACE, Haste::None).await
    }

    /// Waits for a moment until nobody uses a connection, and closes them.
    pub(in crate::store) async fn close(&self) {
        // Whoever does not give theirs back in time is waiting for a silent database.
        let _all = timeout(ANSWER, self.0.places.acquire_many(self.0.most)).await;
        self.0.places.close();
        for kept in self.0.take_all() {
            let _ = timeout(TEST, kept.opened.connection.close()).await;
        }
    }
}

impl Inner {
    /// One of those that are kept, if there is one that is good.
    async fn kept(&self) -> Option<Opened> {
        let mut kept = loop {
            let kept = self.lock().pop()?;
            if kept.opened.at.elapsed() < LIFE {
                break kept;
            }
        };
        if kept.since.elapsed() < TRUSTED {
            return Some(kept.opened);
        }
        match timeout(TEST, kept.opened.connection.ping()).await {
            Ok(Ok(())) => Some(kept.opened),
            Ok(Err(_)) | Err(_) => {
                self.suspect();
                None
            }
        }
    }

    /// Opens a connection; a database that is just starting, or has no room for another connection, is tried again.
    async fn open(&self, until: Instant, haste: Haste) -> Result<PgConnection, StoreError> {
        let mut pause = PAUSE;
        loop {
            let Ok(opened) = timeout_at(until, self.session(haste)).await else {
                return Err(StoreError::Silent);
            };
            let error = match opened {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            if !passes(&error) || Instant::now() + pause >= until {
                return Err(error.into());
            }
            sleep(pause).await;
            pause *= 2;
        }
    }

    async fn session(&self, haste: Haste) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let set = AssertSqlSafe(format!("SET TIME ZONE 'UTC'; {}", limits(haste)));
        sqlx::raw_sql(set).execute(&mut connection).await?;
        if let Some(tables) = &self.tables {
            existing::enter(&mut connection, tables).await?;
        }
        Ok(connection)
    }

    /// One connection is dead or silent. The idle ones probably are, too, and new ones cost little.
    fn suspect(&self) {
        drop(self.take_all());
    }

    fn take_all(&self) -> Vec<Kept> {
        std::mem::take(&mut *self.lock())
    }

    fn keep(&self, opened: Opened) {
        if opened.prepared.is_full() {
            return;
        }
        let mut kept = self.lock();
        // The first one was not needed for the longest time.
        let unused = kept.first().is_some_and(|first| first.since.elapsed() >= UNUSED);
        let old = unused.then(|| kept.remove(0));
        kept.push(Kept { opened, since: Instant::now() });
        drop((kept, old));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("most", &self.most).finish_non_exhaustive()
    }
}
