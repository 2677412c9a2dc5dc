//! The connections to PostgreSQL: at most so many, opened when they are needed and kept for the next who needs one. Every
//! wait for them, and for an answer on them, has an end; a connection on which an answer is missing is never used again,
//! and neither are those that were kept beside it.
//! Never runs a statement of its own, but what makes a session and what takes a transaction back.

use crate::store::existing::ExistingTables;
use crate::store::{StoreError, existing};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr, postgres::PgConnectOptions};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    time::{Instant, error::Elapsed, sleep, timeout, timeout_at},
};

/// How long a request waits for a connection, the opening of one included.
const PLACE: Duration = Duration::from_secs(5);
/// What is left of that, at least, once it is this request's turn.
const TURN: Duration = Duration::from_secs(1);
/// How long a request waits for one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// By how much the database is to give up earlier than we do: then the connection is as good as before, and nothing goes on
/// there of which nobody hears.
const EARLIER: Duration = Duration::from_millis(500);
/// How long the database keeps a transaction, and its locks, for a server from which it hears nothing.
pub(in crate::store) const ABANDONED: Duration = Duration::from_secs(10);
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
}

struct Kept {
    connection: PgConnection,
    opened: Instant,
    since: Instant,
}

/// Room for one connection, until it is dropped.
struct Place(Arc<Inner>);

/// A connection that is somebody's until it is dropped. Then it is kept for the next, once every question was answered.
pub(in crate::store) struct Lent {
    /// Until the end.
    held: Option<Held>,
    state: State,
    in_transaction: bool,
    limit: Duration,
}

struct Held {
    connection: PgConnection,
    opened: Instant,
    place: Place,
}

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Every question was answered.
    Quiet,
    /// The last answer was a no: there may be more on its way.
    Refused,
    /// A statement has no answer yet; whoever waits for it can be cancelled.
    Asked,
    /// An answer did not come, or is one that says in which transaction the session is: nobody knows what it is in.
    Lost,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Haste {
    /// Requests.
    Usual,
    /// What takes as long as it takes.
    None,
}

impl Pool {
    /// At most so many connections, none of them open yet; those to an application's database find its tables.
    pub(in crate::store) fn new(
        options: PgConnectOptions,
        most: u32,
        tables: Option<ExistingTables>,
    ) -> Self {
        let places = Semaphore::new(most as usize);
        Self(Arc::new(Inner { options, tables, most, places, kept: Mutex::default() }))
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
        let (connection, opened) = match self.0.kept().await {
            Some(kept) => kept,
            None => {
                let now = Instant::now();
                (self.0.open(until.max(now + TURN), Haste::Usual).await?, now)
            }
        };
        let held = Some(Held { connection, opened, place });
        Ok(Lent { held, state: State::Quiet, in_transaction: false, limit: ANSWER })
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
            let _ = timeout(TEST, kept.connection.close()).await;
        }
    }
}

impl Inner {
    /// One of those that are kept, if there is one that is good.
    async fn kept(&self) -> Option<(PgConnection, Instant)> {
        let mut kept = loop {
            let kept = self.lock().pop()?;
            if kept.opened.elapsed() < LIFE {
                break kept;
            }
        };
        if kept.since.elapsed() < TRUSTED {
            return Some((kept.connection, kept.opened));
        }
        match timeout(TEST, kept.connection.ping()).await {
            Ok(Ok(())) => Some((kept.connection, kept.opened)),
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

    /// One connection is dead or silent: those that are kept went the same way, most likely, and new ones cost little.
    fn suspect(&self) {
        drop(self.take_all());
    }

    fn take_all(&self) -> Vec<Kept> {
        std::mem::take(&mut *self.lock())
    }

    fn keep(&self, connection: PgConnection, opened: Instant) {
        let mut kept = self.lock();
        // The first one was not needed for the longest time.
        let unused = kept.first().is_some_and(|first| first.since.elapsed() >= UNUSED);
        let old = unused.then(|| kept.remove(0));
        kept.push(Kept { connection, opened, since: Instant::now() });
        drop((kept, old));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// The connection, for one statement, and how long its answer may take; [`Lent::hear`] is told the answer.
    pub(in crate::store) fn ask(&mut self) -> (&mut PgConnection, Duration) {
        self.state = State::Asked;
        let held = self.held.as_mut().expect("only the end takes it away");
        (&mut held.connection, self.limit)
    }

    /// Takes in an answer.
    ///
    /// # Errors
    /// Those of the answer; when it did not come.
    pub(in crate::store) fn hear<T>(
        &mut self,
        answer: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, StoreError> {
        let error = match answer {
            Ok(Ok(answer)) => {
                self.state = State::Quiet;
                return Ok(answer);
            }
            Ok(Err(error)) => error.into(),
            Err(_) => StoreError::Silent,
        };
        if matches!(error, StoreError::Database(sqlx::Error::Database(_))) {
            self.state = State::Refused;
        } else {
            self.state = State::Lost;
            self.held.iter().for_each(|held| held.place.0.suspect());
        }
        Err(error)
    }

    /// Begins a transaction, with a text that ends with it: a no leaves none.
    ///
    /// # Errors
    /// When the database refuses, or does not answer.
    pub(in crate::store) async fn begin(&mut self, begin: impl SqlSafeStr) -> Result<(), StoreError> {
        self.order(begin).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Keeps what the transaction wrote.
    ///
    /// # Errors
    /// When the database refuses, or does not answer: then nobody knows whether it was kept.
    pub(in crate::store) async fn commit(mut self) -> Result<(), StoreError> {
        self.order("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Allows the statements of this transaction to take longer than those of a request may.
    ///
    /// # Errors
    /// When the database refuses, or does not answer.
    pub(in crate::store) async fn may_take(&mut self, limit: Duration) -> Result<(), StoreError> {
        self.order(AssertSqlSafe(format!("SET LOCAL statement_timeout = {}", limit.as_millis()))).await?;
        self.limit = limit + EARLIER;
        Ok(())
    }

    async fn order(&mut self, order: impl SqlSafeStr) -> Result<(), StoreError> {
        let order = sqlx::raw_sql(order.into_sql_str());
        self.state = State::Lost;
        let held = self.held.as_mut().expect("only the end takes it away");
        let answer = timeout(self.limit, order.execute(&mut held.connection)).await;
        self.hear(answer)?;
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(Held { mut connection, opened, place }) = self.held.take() else { return };
        let in_transaction = self.in_transaction;
        match (self.state, in_transaction) {
            (State::Lost, _) => {} // closed
            (State::Quiet, false) => place.0.keep(connection, opened),
            (State::Quiet, true) | (State::Refused | State::Asked, _) => {
                let Ok(runtime) = Handle::try_current() else { return };
                runtime.spawn(async move {
                    // What it did is taken back, and what is still to be heard is heard, before anybody else has it.
                    let tidy = async {
                        if in_transaction {
                            return sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.map(drop);
                        }
                        connection.ping().await
                    };
                    match timeout(ANSWER, tidy).await {
                        Ok(Ok(())) => place.0.keep(connection, opened),
                        Ok(Err(_)) | Err(_) => place.0.suspect(),
                    }
                });
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
    }
}

/// What a session lets itself be told. Where the operator, or the role, has set a lower limit already, that one stays; what a
/// version or a kind of connection does not know is left out.
fn limits(haste: Haste) -> String {
    let (abandoned, silent) = (ABANDONED.as_millis(), ABANDONED.as_secs());
    let mut limits = vec![
        // Locks of a server that vanished without a word would be held for hours.
        ("tcp_keepalives_idle", u128::from(silent)),
        ("tcp_keepalives_interval", 2),
        ("tcp_keepalives_count", 3),
        ("tcp_user_timeout", abandoned),
    ];
    if haste == Haste::Usual {
        limits.push(("statement_timeout", (ANSWER - EARLIER).as_millis()));
        limits.push(("idle_in_transaction_session_timeout", abandoned));
    }
    let limits: Vec<String> = limits.iter().map(|(name, most)| format!("('{name}', {most})")).collect();
    format!(
        "SELECT set_config(w.name, w.most::text, false) FROM (VALUES {}) AS w (name, most) \
         WHERE (SELECT s.setting FROM pg_settings s WHERE s.name = w.name)::bigint NOT BETWEEN 1 AND w.most",
        limits.join(", ")
    )
}

/// Whether a database that refuses a connection may take it in a moment: nobody listens yet, it starts or recovers, or
/// others have all connections.
fn passes(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == std::io::ErrorKind::ConnectionRefused;
    }
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "57P03" || code == "53300")
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("most", &self.most).finish_non_exhaustive()
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("state", &self.state).finish_non_exhaustive()
    }
}
