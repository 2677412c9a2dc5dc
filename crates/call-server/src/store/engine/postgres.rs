//! PostgreSQL, for several servers at once or for an application that has one already. Sessions run in UTC.
//! Transactions read what is committed and take the locks that they name; see `Session::lock`.

use crate::store::existing::ExistingTables;
use crate::store::{
    StoreError,
    engine::{
        migrator::migrator,
        pool::Pool,
        session::{Session, lock_key},
    },
    existing,
};
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};
use tokio::time::timeout;

/// How long it may take to bring the schema up to date: large tables are rewritten once, and never by a request.
const SCHEMA: Duration = Duration::from_secs(3600);
pub(in crate::store) const MIGRATIONS: [(i64, &str, &str); 10] = [
    (1, "messenger", include_str!("../../../migrations/postgres/0001_messenger.sql")),
    (2, "calls", include_str!("../../../migrations/postgres/0002_calls.sql")),
    (3, "call runtime", include_str!("../../../migrations/postgres/0003_call_runtime.sql")),
    (4, "row level security", include_str!("../../../migrations/postgres/0004_row_level_security.sql")),
    (5, "once and blocks", include_str!("../../../migrations/postgres/0005_once_and_blocks.sql")),
    (
        6,
        "participants are not temporary",
        include_str!("../../../migrations/postgres/0006_participants_are_not_temporary.sql"),
    ),
    (7, "nodes", include_str!("../../../migrations/postgres/0007_nodes.sql")),
    (8, "addresses", include_str!("../../../migrations/postgres/0008_addresses.sql")),
    (9, "doors", include_str!("../../../migrations/postgres/0009_doors.sql")),
    (10, "sessions", include_str!("../../../migrations/postgres/0010_sessions.sql")),
];

/// When a transaction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Start {
    /// At once: what is read after it, the time too, is read while its locks are held.
    AtOnce,
    /// With its first statement, for the waiting of one.
    WithTheFirst,
}

/// A database that other servers may use too.
#[derive(Debug)]
pub(in crate::store) struct Postgres(Pool);

impl Postgres {
    pub(in crate::store) async fn connect(
        url: &str,
        connections: u32,
        tables: Option<&ExistingTables>,
    ) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("call-server");
        let pool = Pool::new(options.clone(), connections, tables.cloned());
        // Before anything that may take its time: whether there is a database at all.
        let db = pool.unhurried().await?;
        timeout(SCHEMA, bring_up_to_date(db, &options, tables)).await.map_err(|_| StoreError::Silent)??;
        Ok(Self(pool))
    }

    /// One more connection, for whoever listens.
    pub(in crate::store) fn for_listening(&self) -> PgPool {
        let one = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        one.connect_lazy_with(self.0.options().clone())
    }

    pub(in crate::store) async fn close(&self) {
        self.0.close().await;
    }

    /// A transaction that holds the locks of these names, taken in this order, from its first statement on.
    pub(in crate::store) async fn write_holding(
        &self,
        start: Start,
        names: &[&str],
    ) -> Result<Session, StoreError> {
        let keys: Vec<i64> = names.iter().filter_map(|name| lock_key(name)).collect();
        let mut lent = self.0.lend().await?;
        lent.begin_with_the_first(keys.clone());
        match start {
            Start::AtOnce => lent.begun().await?,
            Start::WithTheFirst => {}
        }
        Ok(Session::Postgres(lent, keys.into_iter().collect()))
    }

    /// How often it was asked something so far.
    pub(in crate::store) fn asked(&self) -> u64 {
        self.0.asked()
    }

    pub(in crate::store) async fn read(&self) -> Result<Session, StoreError> {
        Ok(Session::PostgresRead(self.0.lend().await?))
    }
}

async fn bring_up_to_date(
    mut db: PgConnection,
    options: &PgConnectOptions,
    tables: Option<&ExistingTables>,
) -> Result<(), StoreError> {
    match tables {
        None => {
            existing::refuse_strangers(&mut db).await?;
            migrator(&MIGRATIONS).run(&mut db).await?;
        }
        Some(tables) => {
            let found = existing::prepare(options, tables).await?;
            let steps = MIGRATIONS.map(|(version, name, sql)| (version, name, existing::beside(sql)));
            migrator(&steps).run(&mut db).await?;
            found.join(options).await?;
        }
    }
    Ok(db.close().await?)
}
