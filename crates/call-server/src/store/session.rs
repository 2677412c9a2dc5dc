//! A connection of either database, with or without a transaction. The only place that knows there are two.
//! Never contains SQL about people or calls.

use super::{StoreError, pg_moment::PgMoment, query::Query, row::Row};
use crate::clock::Moment;
use sqlx::{PgConnection, Postgres, Row as _, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};
use std::{collections::BTreeSet, str::FromStr};
use uuid::Uuid;

/// What statements run on: dropped without [`Session::commit`], a transaction leaves nothing.
#[derive(Debug)]
pub(super) enum Session {
    SqliteRead(PoolConnection<Sqlite>),
    Sqlite(Transaction<'static, Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
    Postgres(Transaction<'static, Postgres>),
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

    /// Waits until no other transaction holds one of these names, and holds them to the end of this one. SQLite has one
    /// writer, which is lock enough. Names are taken in this order, so that nobody waits in a circle: people, then
    /// calls, then conversations. Tells the database's time once the locks are held, if that is another clock than ours.
    pub(super) async fn lock(&mut self, names: &[&str]) -> Result<Option<Moment>, StoreError> {
        let Self::Postgres(transaction) = self else { return Ok(None) };
        let mut now = None;
        // What is no id of ours names nothing that could be locked.
        let keys: BTreeSet<Uuid> = names.iter().filter_map(|name| Uuid::from_str(name).ok()).collect();
        for key in keys {
            // The random half of an id; two that share it wait for each other, and nothing worse.
            let key = i64::from_be_bytes(*key.as_bytes().last_chunk().unwrap_or(&[0; 8]));
            let lock = sqlx::query("SELECT pg_advisory_xact_lock($1), clock_timestamp() AS now").bind(key);
            let told: PgMoment = lock.fetch_one(&mut **transaction).await?.try_get("now")?;
            now = Some(told.0);
        }
        Ok(now)
    }

    /// Keeps what the transaction wrote.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
            Self::SqliteRead(_) | Self::PostgresRead(_) => {} // it wrote nothing
        }
        Ok(())
    }

    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::SqliteRead(connection) => Connection::Sqlite(connection),
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::PostgresRead(connection) => Connection::Postgres(connection),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }
}
