//! The database stops answering: nobody waits long, silent connections are not used again, and whatever a
//! client was told is true.

use super::proxy::Proxy;
use call_server::{
    Server,
    clock::Clock,
    config::{Config, Database},
};
use futures_util::future::join_all;
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::postgres;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// Longer than any request may take: a place, a connection and an answer take at most five seconds each.
/// Machines may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose connection to the database can lose data.
async fn behind_a_proxy() -> (Proxy, TestServer) {
    let folder = Arc::new(World::Postgres.folder());
    // Creates the schema.
    folder.database();
    let proxy = Proxy::to(postgres::url());
    let url = proxy.url(&folder.url());
    let server = TestServer::at(folder, Clock::manual(), |config| {
        config.database = Database::Url(url);
        // One person is to use more connections than there are.
        config.limits.requests_at_once = 24;
    });
    let server = server.await;
    (proxy, server)
}

async fn writes(device: &Device, conversation: &str) -> u16 {
    let path = format!("/api/conversations/{conversation}/messages");
    device.post(&path, json!({ "content": "Hi" })).await.status
}

/// Uses many connections at the same time, so that as many are kept.
async fn busy(device: &Device, conversation: &str) -> Vec<u16> {
    join_all((0..24).map(|_| writes(device, conversation))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_fell_silent_in_use_cause_only_one_wait() {
    let (proxy, server) = behind_a_proxy().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    assert_eq!(busy(&anna, &conversation).await, [201; 24]);
    proxy.lose_all();
    let begun = Instant::now();
    let statuses = timeout(PATIENCE, busy(&anna, &conversation)).await.expect("nobody waits for ever");
    assert!(statuses.iter().all(|status| [201, 503].contains(status)), "{statuses:?}");
    assert!(begun.elapsed() < PATIENCE);
    // All the silent ones have been closed by now.
    assert_eq!(busy(&anna, &conversation).await, [201; 24]);
    assert_eq!(ben.act(&call, "end").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_that_fell_silent_are_noticed_by_the_first_user() {
    let (proxy, server) = behind_a_proxy().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    assert_eq!(busy(&anna, &conversation).await, [201; 24]);
    proxy.lose_all();
    sleep(Duration::from_millis(1_100)).await;
    // Every request is answered: none of the connections was in use when it fell silent, except by the server
    // itself.
    eventually(async || writes(&anna, &conversation).await == 201).await;
    assert_eq!(busy(&anna, &conversation).await, [201; 24]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_accepts_connections_but_never_answers_counts_as_away() {
    let (proxy, server) = behind_a_proxy().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    proxy.admit(false);
    proxy.lose_all();
    let path = format!("/api/conversations/{conversation}/messages");
    let (written, ended, read, ready) = timeout(PATIENCE, async {
        tokio::join!(
            anna.post(&path, json!({ "content": "Hi" })),
            ben.act(&call, "end"),
            ben.person.get(&path),
            async {
                eventually(async || server.get("/readyz").await.status == 503).await;
                server.get("/readyz").await
            }
        )
    })
    .await
    .expect("nobody waits for ever");
    for reply in [written, ended, read] {
        reply.is(503, "unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    assert_eq!(ready.body["part"], "database");
    proxy.admit(true);
    eventually(async || ben.act(&call, "end").await.status == 200).await;
    eventually(async || server.get("/readyz").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ending_whose_commit_is_in_doubt_reaches_both_all_the_same() {
    let (proxy, server) = behind_a_proxy().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    proxy.swallow_the_answer_to_a_commit();
    let reply = timeout(PATIENCE, ben.act(&call, "end")).await.expect("nobody waits for ever");
    assert!([200, 503].contains(&reply.status), "{}", reply.text);
    assert!(proxy.swallowed());
    // Neither device does anything more; the server reads again by itself.
    for device in [&mut anna, &mut ben] {
        assert_eq!(device.socket.until("call_ended").await["call"]["id"], json!(call));
        device.socket.until("welcome").await;
    }
    assert_eq!(server.count("SELECT count(*) FROM messages WHERE message_type = 'system'").await, 1);
    let again = anna.rings(&conversation).await;
    assert_ne!(again, call, "both are free");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_commit_is_in_doubt_rings_once_the_database_is_read_again() {
    let (proxy, server) = behind_a_proxy().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    proxy.swallow_the_answer_to_a_commit();
    let wish = json!({ "conversation_id": conversation, "call_type": "audio" });
    let reply = timeout(PATIENCE, anna.post("/api/calls/initiate", wish)).await.unwrap();
    assert!([201, 503].contains(&reply.status), "{}", reply.text);
    let rings = ben.socket.until("call_ringing").await;
    let call = rings["call"]["id"].as_str().unwrap().to_owned();
    assert_eq!(ben.act(&call, "decline").await.status, 200, "and nobody is kept in it");
}

#[tokio::test]
async fn a_server_whose_database_does_not_answer_at_start_says_what_to_do() {
    let proxy = Proxy::to(postgres::url());
    proxy.admit(false);
    let nowhere = "postgres://calls:secret@127.0.0.1:9/calls".to_owned();
    for url in [proxy.url(postgres::url()), nowhere] {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config { listen, database: Database::Url(url), ..Config::default() };
        let refused = timeout(PATIENCE, Server::start(config, Clock::system())).await.expect("it gives up");
        let sentence = refused.err().unwrap().to_string();
        assert!(sentence.starts_with("cannot use the database postgres://"), "{sentence}");
        assert!(!sentence.contains("secret") && sentence.contains("; start it, "), "{sentence}");
    }
}
