//! A connection of either database, with or without a transaction. The only place that knows there are two.
//! Never contains SQL about people or calls.

use crate::store::{
    StoreError,
    engine::{
        pg_moment::PgMoment,
        pool::Lent,
        query::{AndMore, Joint, Query, query},
        row::Row,
    },
};
use call_rules::Moment;
use futures_util::TryStreamExt;
use sqlx::{Either, Executor, Row as _, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};
use std::{collections::BTreeSet, str::FromStr, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

/// How long a disk may take for one statement: longer than SQLite waits for another program that holds the file.
const DISK: Duration = Duration::from_secs(30);

/// What statements run on: dropped without [`Session::commit`], a transaction leaves nothing.
#[derive(Debug)]
pub(in crate::store) enum Session {
    SqliteRead(PoolConnection<Sqlite>),
    Sqlite(Transaction<'static, Sqlite>),
    PostgresRead(Lent),
    /// With the locks that it holds.
    Postgres(Lent, BTreeSet<i64>),
}

/// Why what a transaction wrote was not kept, and whether that is certain.
#[derive(Debug)]
pub(in crate::store) enum Unkept {
    Certainly(StoreError),
    Perhaps(StoreError),
}

enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut Lent),
}

impl Session {
    /// Runs a statement; the number of rows that it changed.
    pub(in crate::store) async fn run(&mut self, query: Query<'_>) -> Result<u64, StoreError> {
        Ok(match self.connection().await? {
            Connection::Sqlite(db) => on_disk(query.for_sqlite().execute(db)).await?.rows_affected(),
            Connection::Postgres(lent) => {
                let (db, limit) = lent.ask();
                let answer = timeout(limit, query.for_postgres().execute(db)).await;
                lent.hear(answer)?.rows_affected()
            }
        })
    }

    /// Runs statements that write to different rows in one go, which costs the waiting of one; the number of rows that
    /// the last one changed. None of them sees what the others write: PostgreSQL does them all at once.
    pub(in crate::store) async fn run_together(
        &mut self,
        queries: impl IntoIterator<Item = Query<'_>>,
    ) -> Result<u64, StoreError> {
        match self.connection().await? {
            Connection::Sqlite(db) => {
                let all = Query::joined(queries, Joint::Sequence).for_sqlite();
                on_disk(async {
                    let mut last = 0;
                    let mut outcomes = db.fetch_many(all);
                    while let Some(outcome) = outcomes.try_next().await? {
                        if let Either::Left(done) = outcome {
                            last = done.rows_affected();
                        }
                    }
                    Ok(last)
                })
                .await
            }
            Connection::Postgres(lent) => {
                let all = Query::joined(queries, Joint::Parts).for_postgres();
                let (db, limit) = lent.ask();
                let answer = timeout(limit, all.execute(db)).await;
                Ok(lent.hear(answer)?.rows_affected())
            }
        }
    }

    /// The first row, if there is one.
    pub(in crate::store) async fn first(&mut self, query: Query<'_>) -> Result<Option<Row>, StoreError> {
        Ok(match self.connection().await? {
            Connection::Sqlite(db) => on_disk(query.for_sqlite().fetch_optional(db)).await?.map(Row::Sqlite),
            Connection::Postgres(lent) => {
                let (db, limit) = lent.ask();
                let answer = timeout(limit, query.for_postgres().fetch_optional(db)).await;
                lent.hear(answer)?.map(Row::Postgres)
            }
        })
    }

    /// Every row.
    pub(in crate::store) async fn all(&mut self, query: Query<'_>) -> Result<Vec<Row>, StoreError> {
        Ok(match self.connection().await? {
            Connection::Sqlite(db) => {
                on_disk(query.for_sqlite().fetch_all(db)).await?.into_iter().map(Row::Sqlite).collect()
            }
            Connection::Postgres(lent) => {
                let (db, limit) = lent.ask();
                let answer = timeout(limit, query.for_postgres().fetch_all(db)).await;
                lent.hear(answer)?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The row with this id, if there is one, and the database's time when it was read, if that is another clock than ours.
    /// A transaction that has not begun yet begins in the same message.
    pub(in crate::store) async fn first_and_now(
        &mut self,
        select: &'static AndMore,
        id: &str,
    ) -> Result<Option<(Row, Option<Moment>)>, StoreError> {
        let (Self::Postgres(lent, _) | Self::PostgresRead(lent)) = self else {
            let row = self.first(query(select.plain.as_str()).id(id)).await?;
            return Ok(row.map(|row| (row, None)));
        };
        let [rows] = lent.run([query(select.more.as_str()).id(id)]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let now = row.try_get::<PgMoment, _>("read_at")?.0;
        Ok(Some((Row::Postgres(row), Some(now))))
    }

    /// Every row, and the database's time when the locks of their ids were held, if that is another clock than ours: as
    /// [`Session::lock`], in one go with the reading. What was read was so before the locks were held. On PostgreSQL the
    /// first row of `then` is with it, which was read in the same message once the locks were held; a transaction that has not
    /// begun yet begins in that message, too.
    pub(in crate::store) async fn all_and_lock(
        &mut self,
        select: &'static AndMore,
        then: &'static AndMore,
        [first, second]: [&str; 2],
    ) -> Result<(Vec<Row>, Option<Row>, Option<Moment>), StoreError> {
        let Self::Postgres(lent, held) = self else {
            return Ok((self.all(query(select.plain.as_str()).id(first).id(second)).await?, None, None));
        };
        let both = [&select.more, &then.more].map(|sql| query(sql.as_str()).id(first).id(second));
        let [rows, then] = lent.run(both).await?;
        let mut read_at = None;
        for row in &rows {
            let (id, key): (Uuid, i64) = (row.try_get("id")?, row.try_get("lock_key")?);
            if lock_key(&id.to_string()) != Some(key) {
                return Err(StoreError::Unreadable("lock"));
            }
            held.insert(key);
            read_at = Some(row.try_get::<PgMoment, _>("read_at")?.0);
        }
        let then = then.into_iter().next().map(Row::Postgres);
        Ok((rows.into_iter().map(Row::Postgres).collect(), then, read_at))
    }

    /// Waits until no other transaction holds one of these names, and holds them to the end of this one. SQLite has one
    /// writer, which is lock enough. People are locked before calls, and calls before conversations, so that nobody waits
    /// in a circle. Tells the database's time once the locks are held, if that is another clock than ours
    /// and they were not held before.
    pub(in crate::store) async fn lock(&mut self, names: &[&str]) -> Result<Option<Moment>, StoreError> {
        let Self::Postgres(lent, held) = self else { return Ok(None) };
        // In the order of their numbers, so that two who want the same do not wait for each other.
        let keys: BTreeSet<i64> = names.iter().filter_map(|name| lock_key(name)).collect();
        let keys: Vec<i64> = keys.difference(held).copied().collect();
        if keys.is_empty() {
            return Ok(None);
        }
        held.extend(&keys);
        lent.begun().await?;
        // `unnest` reads an array out in its order, and each row takes its lock and then looks at the clock.
        let lock = "SELECT pg_advisory_xact_lock(key), clock_timestamp() AS now FROM unnest($1) AS keys(key)";
        let (db, limit) = lent.ask();
        let taken = timeout(limit, sqlx::query(lock).bind(keys).fetch_all(db)).await;
        let taken = lent.hear(taken)?;
        let told = taken.last().map(|last| last.try_get::<PgMoment, _>("now")).transpose()?;
        Ok(told.map(|moment| moment.0))
    }

    /// Raises the time limit for the statements of a transaction; SQLite has none that is shorter.
    pub(in crate::store) async fn may_take(&mut self, limit: Duration) -> Result<(), StoreError> {
        match self {
            Self::Postgres(lent, _) | Self::PostgresRead(lent) => lent.may_take(limit).await,
            Self::Sqlite(_) | Self::SqliteRead(_) => Ok(()),
        }
    }

    /// Keeps what the transaction wrote. Without an answer nobody knows whether it was kept.
    pub(in crate::store) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => on_disk(transaction.commit()).await,
            Self::Postgres(lent, _) => lent.commit().await,
            Self::SqliteRead(_) | Self::PostgresRead(_) => Ok(()), // it wrote nothing
        }
    }

    /// Runs statements that write to different rows, and keeps what the transaction wrote, in one go: on PostgreSQL the two cost
    /// the waiting of one. None of them sees what the others write. Nothing is kept unless the last one changes a row.
    pub(in crate::store) async fn commit_with(
        mut self,
        queries: impl IntoIterator<Item = Query<'_>>,
    ) -> Result<(), Unkept> {
        if let Self::Postgres(lent, _) = self {
            let committed = lent.commit_with(Query::joined(queries, Joint::PartsOrNothing)).await;
            // A refusal is certain: nothing was kept. Only a missing answer leaves a doubt.
            return committed.map_err(|error| {
                if error.is_refusal() { Unkept::Certainly(error) } else { Unkept::Perhaps(error) }
            });
        }
        match self.run_together(queries).await {
            Ok(1..) => self.commit().await.map_err(Unkept::Perhaps),
            Ok(0) => Err(Unkept::Certainly(StoreError::Unreadable("row"))),
            Err(error) => Err(Unkept::Certainly(error)),
        }
    }

    /// The connection, in a transaction that has begun.
    async fn connection(&mut self) -> Result<Connection<'_>, StoreError> {
        Ok(match self {
            Self::SqliteRead(connection) => Connection::Sqlite(connection),
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::PostgresRead(lent) | Self::Postgres(lent, _) => {
                lent.begun().await?;
                Connection::Postgres(lent)
            }
        })
    }
}

/// Work on a file, with a time limit.
async fn on_disk<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    Ok(timeout(DISK, work).await.map_err(|_| StoreError::Silent)??)
}

/// The number of a lock: the random half of an id. Two ids that share it only wait for each other. A text that is no id of
/// ours has none.
pub(in crate::store) fn lock_key(name: &str) -> Option<i64> {
    let id = Uuid::from_str(name).ok()?;
    id.as_bytes().last_chunk().map(|half| i64::from_be_bytes(*half))
}
