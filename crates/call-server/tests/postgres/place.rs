//! The database of a town: a schema of its own in the cluster of these tests.

use crate::{cluster, town::Folder};
use call_server::config::Database;
use sqlx::{Connection, Executor, PgConnection};
use std::thread;

/// Where a town keeps everything.
pub(crate) fn database(folder: &Folder) -> Database {
    let schema = schema(folder);
    let make = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
    // Towns are built inside a runtime, which this must not block.
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(cluster::url()).await.unwrap();
            connection.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
        });
    })
    .join()
    .unwrap();
    Database::Url(url(folder))
}

/// The bus to another node: a town of these tests is one server.
pub(crate) fn bus() -> Option<String> {
    None
}

/// Counts rows.
pub(crate) async fn count(folder: &Folder, sql: &'static str) -> i64 {
    let mut connection = PgConnection::connect(&url(folder)).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

/// The address of a town's own schema.
pub(crate) fn url(folder: &Folder) -> String {
    format!("{}&options=-c%20search_path%3D{}", cluster::url(), schema(folder))
}

pub(crate) fn schema(folder: &Folder) -> String {
    folder.0.file_name().unwrap().to_str().unwrap().replace('-', "_")
}

/// All that is written down.
pub(crate) async fn everything(folder: &Folder) -> Vec<u8> {
    let mut connection = PgConnection::connect(&url(folder)).await.unwrap();
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
