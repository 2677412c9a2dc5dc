//! The database of a town: an SQLite file in its folder.

use crate::town::Folder;
use call_server::config::Database;

/// Where a town keeps everything.
pub(crate) fn database(folder: &Folder) -> Database {
    Database::File(folder.0.join("calls.sqlite"))
}

/// The bus to another node: a town of these tests is one server.
pub(crate) fn bus() -> Option<String> {
    None
}

/// Counts rows.
pub(crate) async fn count(folder: &Folder, sql: &'static str) -> i64 {
    let file = format!("sqlite://{}", folder.0.join("calls.sqlite").display());
    let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
    let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
    pool.close().await;
    count
}

/// All that is written down.
pub(crate) async fn everything(folder: &Folder) -> Vec<u8> {
    let files = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
}
