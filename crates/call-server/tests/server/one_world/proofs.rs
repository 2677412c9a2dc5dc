//! The server proves to pages, which see no pings, that it is alive; other clients get no such frames.

use kit_server::{socket::Socket, test_server::TestServer};
use serde_json::{Value, json};
use std::time::Duration;

/// A device that wants proofs; its socket and the snapshot.
async fn asks_for_proofs(server: &TestServer, token: &str, device: &str) -> (Socket, Value) {
    let mut socket = Socket::open(server.address).await;
    socket
        .say(json!({ "type": "hello", "token": token, "protocol": 1, "device_id": device, "proofs": true }))
        .await;
    let welcome = socket.until("welcome").await;
    (socket, welcome)
}

#[tokio::test]
async fn a_page_that_asked_for_proofs_gets_them_regularly() {
    let server = TestServer::with(|config| {
        config.timings.ping = Duration::from_millis(20);
        config.timings.proof = Duration::from_millis(40);
    })
    .await;
    let anna = server.person("anna").await;
    let (mut socket, welcome) = asks_for_proofs(&server, &anna.token, "anna-1").await;
    assert_eq!(welcome["proof_seconds"], 1, "whole seconds, never none");
    for _ in 0..3 {
        assert_eq!(socket.until("alive").await, json!({ "type": "alive" }));
    }
}

#[tokio::test]
async fn a_probe_is_answered_at_once() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let (mut socket, welcome) = asks_for_proofs(&server, &anna.token, "anna-1").await;
    assert_eq!(welcome["proof_seconds"], 20);
    for number in 1..3 {
        socket.say(json!({ "type": "probe", "number": number })).await;
        assert_eq!(socket.until("alive").await["answers"], number);
    }
    socket.say(json!({ "type": "probe" })).await;
    assert_eq!(socket.until("alive").await, json!({ "type": "alive" }));
    socket.say(json!({ "type": "probe", "number": "one" })).await;
    assert_eq!(socket.until("error").await["error"]["code"], "invalid_request");
}

#[tokio::test]
async fn a_program_that_did_not_ask_for_proofs_gets_none() {
    let server = TestServer::with(|config| {
        config.timings.ping = Duration::from_millis(5);
        config.timings.proof = Duration::from_millis(5);
    })
    .await;
    let mut anna = server.person("anna").await.connect("anna-1").await;
    assert_eq!(anna.welcome["proof_seconds"], Value::Null);
    anna.socket.no("alive").await;
}

#[tokio::test]
async fn a_probe_does_not_count_as_use_of_the_device() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let (mut idle, _) = asks_for_proofs(&server, &ben.person.token, "ben-0").await;
    let mut used = ben.person.connect("ben-2").await;
    used.socket.say(json!({ "type": "dance" })).await;
    used.socket.until("error").await;
    idle.say(json!({ "type": "probe" })).await;
    idle.until("alive").await;
    anna.rings(&conversation).await;
    assert_eq!(used.socket.until("call_ringing").await["warm_device"], "ben-2");
    drop(ben);
    anna.socket.all().await;
}
