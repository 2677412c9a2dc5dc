//! A database file that another program keeps to itself.

use kit_server::town::{Town, eventually};
use sqlx::{Connection, Executor, SqliteConnection};

#[tokio::test]
async fn a_server_whose_file_is_locked_is_alive_but_not_ready_until_it_is_free_again() {
    let town = Town::new().await;
    let file = format!("sqlite://{}", town.folder.0.join("calls.sqlite").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let reply = town.get("/readyz").await;
    assert_eq!((reply.status, &reply.body["status"]), (503, &"not ready".into()));
    assert!(reply.body["reason"].as_str().unwrap().contains("database"), "{}", reply.text);
    assert_eq!(town.get("/healthz").await.status, 200);
    other.execute("ROLLBACK").await.unwrap();
    eventually(async || town.get("/readyz").await.status == 200).await;
}
