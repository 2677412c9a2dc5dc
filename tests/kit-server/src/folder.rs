//! A folder and a database for one test, in any world. The folder is removed at the end, the database with its
//! cluster.

use crate::world::World;
use call_server::config::Database;
use kit_services::postgres;
use sqlx::{Connection, Executor, PgConnection, SqlitePool};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// Where the servers of a test keep their data.
pub struct Folder(pub PathBuf, pub World);

impl Folder {
    /// A folder for the world of this run.
    #[expect(clippy::new_without_default, reason = "it makes a folder on the disk")]
    pub fn new() -> Self {
        Self::of(World::of_this_run())
    }

    pub(crate) fn of(world: World) -> Self {
        let name = format!("call-server-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder, world)
    }

    /// The database of its servers. In PostgreSQL its schema is created first.
    pub fn database(&self) -> Database {
        match self.1 {
            World::Sqlite => Database::File(self.0.join("calls.sqlite")),
            World::Postgres | World::Nodes => {
                self.make_schema();
                Database::Url(self.url())
            }
        }
    }

    fn make_schema(&self) {
        let make = format!("CREATE SCHEMA IF NOT EXISTS {}", self.schema());
        // Servers are started inside a runtime, which must not be blocked here.
        let made = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(postgres::url()).await.unwrap();
                connection.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
            });
        });
        made.join().unwrap();
    }

    /// The address of its own schema in PostgreSQL.
    pub fn url(&self) -> String {
        assert_ne!(self.1, World::Sqlite, "a file has no address");
        format!("{}&options=-c%20search_path%3D{}", postgres::url(), self.schema())
    }

    /// The name of its own schema in PostgreSQL.
    pub fn schema(&self) -> String {
        self.0.file_name().unwrap().to_str().unwrap().replace('-', "_")
    }

    /// Counts rows.
    pub async fn count(&self, sql: &'static str) -> i64 {
        match self.1 {
            World::Sqlite => {
                let file = format!("sqlite://{}", self.0.join("calls.sqlite").display());
                let pool = SqlitePool::connect(&file).await.unwrap();
                let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
                pool.close().await;
                count
            }
            World::Postgres | World::Nodes => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// Everything that is stored, as bytes to search in.
    pub async fn everything(&self) -> Vec<u8> {
        match self.1 {
            World::Sqlite => {
                let files = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
                files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
            }
            World::Postgres | World::Nodes => self.every_row().await,
        }
    }

    async fn every_row(&self) -> Vec<u8> {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let select = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
        let tables: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut connection).await.unwrap();
        let mut all = Vec::new();
        for table in tables {
            let select = sqlx::AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut connection).await.unwrap();
            all.extend(rows.concat().into_bytes());
        }
        all
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
