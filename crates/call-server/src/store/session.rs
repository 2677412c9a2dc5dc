//! A connection of either database, with or without a transaction. The only place that knows there are two.
//! Never contains SQL about people or calls.

use super::{
    StoreError,
    pg_moment::PgMoment,
    query::{AndMore, Joint, Query, query},
    row::Row,
};
use crate::clock::Moment;
use futures_util::TryStreamExt;
use sqlx::{
    Either, Executor, PgConnection, Postgres, Row as _, Sqlite, SqliteConnection, Transaction,
    pool::PoolConnection,
};
use std::{collections::BTreeSet, str::FromStr};
use uuid::Uuid;

/// What statements run on: dropped without [`Session::commit`], a transaction leaves nothing.
#[derive(Debug)]
pub(super) enum Session {
    SqliteRead(PoolConnection<Sqlite>),
    Sqlite(Transaction<'static, Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
    /// With the locks that it holds.
    Postgres(Transaction<'static, Postgres>, BTreeSet<i64>),
}

enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Session {
    /// Runs a statement; the number of rows that it changed.
    pub(super) async fn run(&mut self, query: Query<'_>) -> Result<u64, StoreError> {
        Ok(match self.connection() {
            Connection::Sqlite(db) => query.for_sqlite().execute(db).await?.rows_affected(),
            Connection::Postgres(db) => query.for_postgres().execute(db).await?.rows_affected(),
        })
    }

    /// Runs statements that write to different rows in one go, which costs the waiting of one; the number of rows that
    /// the last one changed. None of them sees what the others write: PostgreSQL does them all at once.
    pub(super) async fn run_together(
        &mut self,
        queries: impl IntoIterator<Item = Query<'_>>,
    ) -> Result<u64, StoreError> {
        match self.connection() {
            Connection::Sqlite(db) => {
                let mut last = 0;
                let mut outcomes = db.fetch_many(Query::joined(queries, Joint::Sequence).for_sqlite());
                while let Some(outcome) = outcomes.try_next().await? {
                    if let Either::Left(done) = outcome {
                        last = done.rows_affected();
                    }
                }
                Ok(last)
            }
            Connection::Postgres(db) => {
                let all = Query::joined(queries, Joint::Parts).for_postgres();
                Ok(all.execute(db).await?.rows_affected())
            }
        }
    }

    /// The first row, if there is one.
    pub(super) async fn first(&mut self, query: Query<'_>) -> Result<Option<Row>, StoreError> {
        Ok(match self.connection() {
            Connection::Sqlite(db) => query.for_sqlite().fetch_optional(db).await?.map(Row::Sqlite),
            Connection::Postgres(db) => query.for_postgres().fetch_optional(db).await?.map(Row::Postgres),
        })
    }

    /// Every row.
    pub(super) async fn all(&mut self, query: Query<'_>) -> Result<Vec<Row>, StoreError> {
        Ok(match self.connection() {
            Connection::Sqlite(db) => {
                query.for_sqlite().fetch_all(db).await?.into_iter().map(Row::Sqlite).collect()
            }
            Connection::Postgres(db) => {
                query.for_postgres().fetch_all(db).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The row with this id, if there is one, and the database's time when it was read, if that is another clock than ours.
    pub(super) async fn first_and_now(
        &mut self,
        select: &'static AndMore,
        id: &str,
    ) -> Result<Option<(Row, Option<Moment>)>, StoreError> {
        Ok(match self.connection() {
            Connection::Sqlite(db) => query(select.plain.as_str())
                .id(id)
                .for_sqlite()
                .fetch_optional(db)
                .await?
                .map(|row| (Row::Sqlite(row), None)),
            Connection::Postgres(db) => {
                let row = query(select.more.as_str()).id(id).for_postgres().fetch_optional(db).await?;
                let now = row.as_ref().map(|row| row.try_get::<PgMoment, _>("read_at")).transpose()?;
                row.map(|row| (Row::Postgres(row), now.map(|moment| moment.0)))
            }
        })
    }

    /// Every row, and the database's time when the locks of their ids were held, if that is another clock than ours: as
    /// [`Session::lock`], in one go with the reading. What was read was so before the locks were held.
    pub(super) async fn all_and_lock(
        &mut self,
        select: &'static AndMore,
        [first, second]: [&str; 2],
    ) -> Result<(Vec<Row>, Option<Moment>), StoreError> {
        let Self::Postgres(transaction, held) = self else {
            return Ok((self.all(query(select.plain.as_str()).id(first).id(second)).await?, None));
        };
        let select = query(select.more.as_str()).id(first).id(second).for_postgres();
        let rows = select.fetch_all(&mut **transaction).await?;
        let mut read_at = None;
        for row in &rows {
            let (id, key): (Uuid, i64) = (row.try_get("id")?, row.try_get("lock_key")?);
            if lock_key(&id.to_string()) != Some(key) {
                return Err(StoreError::Unreadable("lock"));
            }
            held.insert(key);
            read_at = Some(row.try_get::<PgMoment, _>("read_at")?.0);
        }
        Ok((rows.into_iter().map(Row::Postgres).collect(), read_at))
    }

    /// Waits until no other transaction holds one of these names, and holds them to the end of this one. SQLite has one
    /// writer, which is lock enough. People are locked before calls, and calls before conversations, so that nobody waits
    /// in a circle. Tells the database's time once the locks are held, if that is another clock than ours
    /// and they were not held before.
    pub(super) async fn lock(&mut self, names: &[&str]) -> Result<Option<Moment>, StoreError> {
        let Self::Postgres(transaction, held) = self else { return Ok(None) };
        // In the order of their numbers, so that two who want the same do not wait for each other.
        let keys: BTreeSet<i64> = names.iter().filter_map(|name| lock_key(name)).collect();
        let keys: Vec<i64> = keys.difference(held).copied().collect();
        if keys.is_empty() {
            return Ok(None);
        }
        held.extend(&keys);
        // `unnest` reads an array out in its order, and each row takes its lock and then looks at the clock.
        let lock = "SELECT pg_advisory_xact_lock(key), clock_timestamp() AS now FROM unnest($1) AS keys(key)";
        let taken = sqlx::query(lock).bind(keys).fetch_all(&mut **transaction).await?;
        let told = taken.last().map(|last| last.try_get::<PgMoment, _>("now")).transpose()?;
        Ok(told.map(|moment| moment.0))
    }

    /// Keeps what the transaction wrote.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction, _) => transaction.commit().await?,
            Self::SqliteRead(_) | Self::PostgresRead(_) => {} // it wrote nothing
        }
        Ok(())
    }

    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::SqliteRead(connection) => Connection::Sqlite(connection),
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::PostgresRead(connection) => Connection::Postgres(connection),
            Self::Postgres(transaction, _) => Connection::Postgres(transaction),
        }
    }
}

/// The number of a lock: the random half of an id; two that share it wait for each other, and nothing worse. What is no
/// id of ours names nothing that could be locked.
pub(super) fn lock_key(name: &str) -> Option<i64> {
    let id = Uuid::from_str(name).ok()?;
    id.as_bytes().last_chunk().map(|half| i64::from_be_bytes(*half))
}
