//! PostgreSQL, for several servers at once or for an application that has one already. Sessions run in UTC.
//! Transactions read what is committed and take the locks that they name; see `Session::lock`.

use super::{
    StoreError, existing, migrator,
    session::{Session, lock_key},
};
use crate::config::ExistingTables;
use sqlx::{
    AssertSqlSafe, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

/// How long a request waits for a free connection before it fails.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);
/// How long an unused connection is taken to be good without a test, which costs as much as a statement.
const TRUSTED: Duration = Duration::from_secs(1);
pub(super) const MIGRATIONS: [(i64, &str, &str); 9] = [
    (1, "messenger", include_str!("../../migrations/postgres/0001_messenger.sql")),
    (2, "calls", include_str!("../../migrations/postgres/0002_calls.sql")),
    (3, "call runtime", include_str!("../../migrations/postgres/0003_call_runtime.sql")),
    (4, "row level security", include_str!("../../migrations/postgres/0004_row_level_security.sql")),
    (5, "once and blocks", include_str!("../../migrations/postgres/0005_once_and_blocks.sql")),
    (
        6,
        "participants are not temporary",
        include_str!("../../migrations/postgres/0006_participants_are_not_temporary.sql"),
    ),
    (7, "nodes", include_str!("../../migrations/postgres/0007_nodes.sql")),
    (8, "addresses", include_str!("../../migrations/postgres/0008_addresses.sql")),
    (9, "doors", include_str!("../../migrations/postgres/0009_doors.sql")),
];

/// A database that other servers may use too.
#[derive(Debug)]
pub(super) struct Postgres(PgPool);

impl Postgres {
    pub(super) async fn connect(
        url: &str,
        connections: u32,
        tables: Option<&ExistingTables>,
    ) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("call-server");
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECTION_WAIT);
        // The driver tests a connection when it comes back, too.
        let pool = pool.test_before_acquire(false).before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for >= TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        let own = tables.cloned();
        let pool = pool.after_connect(move |connection, _| {
            let own = own.clone();
            Box::pin(async move {
                sqlx::raw_sql("SET TIME ZONE 'UTC'").execute(&mut *connection).await?;
                match own {
                    Some(tables) => existing::enter(connection, &tables).await,
                    None => Ok(()),
                }
            })
        });
        let Some(tables) = tables else {
            let pool = pool.connect_with(options).await?;
            existing::refuse_strangers(&mut *pool.acquire().await?).await?;
            migrator(&MIGRATIONS).run(&pool).await?;
            return Ok(Self(pool));
        };
        let found = existing::prepare(&options, tables).await?;
        let pool = pool.connect_with(options.clone()).await?;
        let steps = MIGRATIONS.map(|(version, name, sql)| (version, name, existing::beside(sql)));
        migrator(&steps).run(&pool).await?;
        found.join(&options).await?;
        Ok(Self(pool))
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }

    /// A transaction that holds the locks of these names, taken in this order, from its first statement on: in one go
    /// with its begin, which costs the waiting of one.
    pub(super) async fn write_holding(&self, names: &[&str]) -> Result<Session, StoreError> {
        let keys: Vec<i64> = names.iter().filter_map(|name| lock_key(name)).collect();
        let locks = keys.iter().map(|key| format!("SELECT pg_advisory_xact_lock({key}); "));
        // BEGIN comes last, and takes in what is before it in the same message (PostgreSQL, "Multiple Statements in a Simple
        // Query"): a lock that could not be had leaves no transaction behind, of which the driver would not know. Whoever
        // waits here must not be cancelled: the driver would not know of its transaction either.
        // The numbers are of our own making: nothing that anybody wrote is in this text.
        let begin = AssertSqlSafe(format!("{}BEGIN", locks.collect::<String>()));
        Ok(Session::Postgres(self.0.begin_with(begin).await?, keys.into_iter().collect()))
    }

    pub(super) async fn read(&self) -> Result<Session, StoreError> {
        Ok(Session::PostgresRead(self.0.acquire().await?))
    }
}
