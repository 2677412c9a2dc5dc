//! One connection to PostgreSQL while somebody has it: questions and their answers, one transaction, and its way back.
//! Never runs a statement of its own, but what begins a transaction, keeps it and takes it back.

use super::{Opened, Place};
use crate::store::{
    StoreError,
    engine::{
        pg_limits::{ANSWER, EARLIER},
        query::Query,
        script::{Rows, Script},
    },
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr, postgres::PgRow};
use std::{fmt, sync::atomic::Ordering, time::Duration};
use tokio::{
    runtime::Handle,
    time::{error::Elapsed, timeout},
};

/// A connection that is somebody's until it is dropped. Then it is kept for the next, once every question was answered.
pub(in crate::store) struct Lent {
    /// Until the end.
    held: Option<Held>,
    state: State,
    /// The transaction that its first question begins, and the locks that it takes then.
    unbegun: Option<Vec<i64>>,
    in_transaction: bool,
    limit: Duration,
}

pub(super) struct Held {
    pub(super) opened: Opened,
    pub(super) place: Place,
}

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Every statement was answered.
    Quiet,
    /// The last answer was an error; more messages may be on their way.
    Refused,
    /// A statement has no answer yet; whoever waits for it can be cancelled.
    Asked,
    /// An answer is missing that decides whether the session is in a transaction: its state is unknown.
    Lost,
}

impl Lent {
    pub(super) fn new(held: Held) -> Self {
        Self { held: Some(held), state: State::Quiet, unbegun: None, in_transaction: false, limit: ANSWER }
    }

    /// The connection, for one statement, and how long its answer may take; [`Lent::hear`] is told the answer.
    pub(in crate::store) fn ask(&mut self) -> (&mut PgConnection, Duration) {
        self.state = State::Asked;
        let limit = self.limit;
        (&mut self.counted().opened.connection, limit)
    }

    fn counted(&mut self) -> &mut Held {
        let held = self.held.as_mut().expect("only the end takes it away");
        held.place.0.asked.fetch_add(1, Ordering::Relaxed);
        held
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

    /// Begins a transaction with the first question that is asked, which takes these locks before it looks at anything.
    pub(in crate::store) fn begin_with_the_first(&mut self, locks: Vec<i64>) {
        self.unbegun = Some(locks);
    }

    /// Begins the transaction that was to begin with the first question, for one that cannot be part of a script.
    ///
    /// # Errors
    /// When the database refuses, or does not answer.
    pub(in crate::store) async fn begun(&mut self) -> Result<(), StoreError> {
        if self.unbegun.is_some() {
            self.send(self.script()).await?;
        }
        Ok(())
    }

    /// Runs statements in one message, which costs the waiting of one; the rows that each of them gave.
    ///
    /// # Errors
    /// When the database refuses one of them, or does not answer.
    pub(in crate::store) async fn run<const N: usize>(
        &mut self,
        queries: [Query<'_>; N],
    ) -> Result<[Vec<PgRow>; N], StoreError> {
        let (mut script, held) = (self.script(), self.held.as_ref().expect("only the end takes it away"));
        let numbers = queries.map(|query| script.execute(&query, &held.opened.prepared));
        let mut rows = self.send(script).await?;
        Ok(numbers.map(|number| rows.of(number)))
    }

    /// Runs a last statement and keeps what the transaction wrote, in one message; nothing is kept when it fails.
    ///
    /// # Errors
    /// When the database refuses, or does not answer: then nobody knows whether it was kept.
    pub(in crate::store) async fn commit_with(mut self, last: Query<'_>) -> Result<(), StoreError> {
        let (mut script, held) = (self.script(), self.held.as_ref().expect("only the end takes it away"));
        script.execute(&last, &held.opened.prepared);
        script.order("COMMIT");
        self.send(script).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Keeps what the transaction wrote.
    ///
    /// # Errors
    /// When the database refuses, or does not answer: then nobody knows whether it was kept.
    pub(in crate::store) async fn commit(mut self) -> Result<(), StoreError> {
        if self.unbegun.is_none() {
            self.order("COMMIT").await?;
        }
        self.in_transaction = false;
        Ok(())
    }

    /// A script, with the begin of a transaction that has not begun yet.
    fn script(&self) -> Script {
        let mut script = Script::new();
        if let Some(locks) = &self.unbegun {
            script.order("BEGIN");
            for key in locks {
                script.order(&format!("SELECT pg_advisory_xact_lock({key})"));
            }
        }
        script
    }

    async fn send(&mut self, mut script: Script) -> Result<Rows, StoreError> {
        // A transaction that begins here, and whatever is refused in it, is taken back unless it is kept.
        self.in_transaction |= self.unbegun.take().is_some();
        self.state = State::Lost;
        let limit = self.limit;
        let answer = timeout(limit, script.send(&mut self.counted().opened.connection)).await;
        let rows = self.hear(answer);
        match &mut self.held {
            Some(held) if rows.is_ok() => held.opened.prepared.learn(script),
            // Nobody knows which of them it came to.
            Some(_) if script.prepares() => self.state = State::Lost,
            Some(_) | None => {}
        }
        rows
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
        let limit = self.limit;
        let answer = timeout(limit, order.execute(&mut self.counted().opened.connection)).await;
        self.hear(answer)?;
        Ok(())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(Held { mut opened, place }) = self.held.take() else { return };
        let in_transaction = self.in_transaction;
        match (self.state, in_transaction) {
            (State::Lost, _) => {} // closed
            (State::Quiet, false) => place.0.keep(opened),
            (State::Quiet, true) | (State::Refused | State::Asked, _) => {
                let Ok(runtime) = Handle::try_current() else { return };
                runtime.spawn(async move {
                    // The transaction is rolled back, and outstanding answers are read, before the connection is used again.
                    let tidy = async {
                        if in_transaction {
                            return sqlx::raw_sql("ROLLBACK").execute(&mut opened.connection).await.map(drop);
                        }
                        opened.connection.ping().await
                    };
                    match timeout(ANSWER, tidy).await {
                        Ok(Ok(())) => place.0.keep(opened),
                        Ok(Err(_)) | Err(_) => place.0.suspect(),
                    }
                });
            }
        }
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("state", &self.state).finish_non_exhaustive()
    }
}
