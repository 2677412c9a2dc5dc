//! Another program locks the database file: writers get `unavailable`, calls go on, and when the file is free
//! again everything is as before.

use kit_server::test_server::TestServer;
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_file_is_locked_writers_get_unavailable_and_calls_go_on() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let path = format!("/api/conversations/{conversation}/messages");

    let file = server.folder.0.join("calls.sqlite");
    let mut other = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let (written, ended) = tokio::join!(anna.post(&path, json!({ "content": "Hi" })), ben.act(&call, "end"));
    for reply in [written, ended] {
        reply.is(503, "unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    assert_eq!(anna.person.get(&path).await.status, 200, "a client that reads does not wait");
    let signal = json!({ "type": "ice_candidate", "generation": 1, "data": { "candidate": "after" } });
    anna.signal(&call, signal).await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["data"]["candidate"], "after");
    other.execute("ROLLBACK").await.unwrap();

    assert_eq!(server.count("SELECT count(*) FROM messages").await, 0, "nothing was half done");
    assert_eq!(anna.post(&path, json!({ "content": "Hi" })).await.status, 201);
    assert_eq!(ben.act(&call, "end").await.status, 200);
    for device in [&mut anna, &mut ben] {
        device.socket.until("call_ended").await;
    }
}
