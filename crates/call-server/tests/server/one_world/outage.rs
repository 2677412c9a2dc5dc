//! A database file that another program has locked.

use kit_server::test_server::{TestServer, eventually};
use sqlx::{Connection, Executor, SqliteConnection};

#[tokio::test]
async fn a_server_whose_file_is_locked_is_alive_but_not_ready_until_it_is_free_again() {
    let server = TestServer::new().await;
    let file = format!("sqlite://{}", server.folder.0.join("calls.sqlite").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let reply = server.get("/readyz").await;
    assert_eq!((reply.status, &reply.body["status"]), (503, &"not ready".into()));
    assert!(reply.body["reason"].as_str().unwrap().contains("database"), "{}", reply.text);
    assert_eq!(server.get("/healthz").await.status, 200);
    other.execute("ROLLBACK").await.unwrap();
    eventually(async || server.get("/readyz").await.status == 200).await;
}
