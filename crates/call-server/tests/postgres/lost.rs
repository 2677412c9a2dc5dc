//! The database goes away: writers get `unavailable`, calls go on, and when it is back the same server
//! continues.

use call_server::config::Database;
use kit_server::{
    person::Device,
    test_server::{PATIENCE, TestServer, eventually},
    world::World,
};
use kit_services::postgres::Cluster;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

async fn server(cluster: &Cluster) -> TestServer {
    World::Postgres.server_with(|config| config.database = Database::Url(cluster.url().to_owned())).await
}

async fn hears(anna: &mut Device, ben: &mut Device, call: &str, word: &str) {
    let signal = json!({ "type": "ice_candidate", "generation": 1, "data": { "candidate": word } });
    anna.signal(call, signal).await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["data"]["candidate"], word);
}

#[tokio::test(flavor = "multi_thread")]
async fn restarting_the_database_ends_no_call_and_no_socket() {
    let mut cluster = tokio::task::block_in_place(Cluster::new);
    let server = server(&cluster).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let path = format!("/api/conversations/{conversation}/messages");

    tokio::task::block_in_place(|| cluster.stop());
    let (written, ended) = tokio::join!(anna.post(&path, json!({ "content": "Hi" })), ben.act(&call, "end"));
    for reply in [written, ended] {
        reply.is(503, "unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    hears(&mut anna, &mut ben, &call, "while it is away").await;

    tokio::task::block_in_place(|| cluster.start());
    eventually(async || anna.post(&path, json!({ "content": "Hi" })).await.status == 201).await;
    hears(&mut anna, &mut ben, &call, "when it is back").await;
    assert_eq!(ben.act(&call, "end").await.status, 200);
    for device in [&mut anna, &mut ben] {
        device.socket.until("call_ended").await;
    }
    let mut db = PgConnection::connect(cluster.url()).await.unwrap();
    let texts: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE message_type = 'text'")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(texts, 1, "a refused message is not stored");
    drop((anna, ben));
    tokio::time::timeout(PATIENCE, server.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_terminated_are_reopened() {
    let cluster = tokio::task::block_in_place(Cluster::new);
    let server = server(&cluster).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let mut db = PgConnection::connect(cluster.url()).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'call-server'";
    for _ in 0..5 {
        db.execute(end).await.unwrap();
        let path = format!("/api/conversations/{conversation}/messages");
        let reply = anna.post(&path, json!({ "content": "Hi" })).await;
        assert!([201, 503].contains(&reply.status), "{}", reply.text);
    }
    hears(&mut anna, &mut ben, &call, "still here").await;
    eventually(async || ben.act(&call, "end").await.status == 200).await;
    anna.socket.until("call_ended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_too_long_for_a_lock_harms_only_itself() {
    let cluster = tokio::task::block_in_place(Cluster::new);
    // Hosted databases often have such a limit.
    let url = format!("{}&options=-c%20lock_timeout%3D100", cluster.url());
    let server = World::Postgres
        .server_with(|config| {
            config.database = Database::Url(url);
            config.limits.database_connections = 1;
        })
        .await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let mut other = PgConnection::connect(cluster.url()).await.unwrap();
    let lock = "SELECT pg_advisory_lock(('x' || right(replace($1, '-', ''), 16))::bit(64)::bigint)";
    sqlx::query(lock).bind(&call).execute(&mut other).await.unwrap();
    ben.act(&call, "answer").await.is(503, "unavailable");
    assert_eq!(ben.person.get("/api/calls/history").await.status, 200, "the connection is as good as new");
    other.close().await.unwrap();
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    anna.socket.until("call_answered").await;
}
