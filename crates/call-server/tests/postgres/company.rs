//! A server on PostgreSQL that another node joins, without any configuration.

use kit_server::{
    test_server::{TestServer, eventually},
    world::World,
};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_single_server_writes_nothing_for_other_nodes_until_one_joins() {
    let one = World::Postgres.server().await;
    let (anna, ben) = (one.person("anna").await, one.person("ben").await);
    let conversation = one.befriend(&anna, &ben).await;
    let mut anna = anna.connect("anna-1").await;
    assert_eq!(one.count("SELECT count(*) FROM node_devices").await, 0);
    let two = TestServer::at(Arc::clone(&one.folder), one.clock.clone(), |_| ()).await;
    eventually(async || one.count("SELECT count(*) FROM node_devices").await == 1).await;
    let mut ben = two.signed_in(&ben.id, "ben").connect("ben-1").await;
    eventually(async || anna.person.get("/api/contacts").await.body[0]["online"] == true).await;
    let call = anna.rings(&conversation).await;
    assert_eq!(ben.socket.until("call_ringing").await["call"]["id"], json!(call));
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    anna.socket.until("call_answered").await;
    let joined = |server: &TestServer| server.app.calls.nodes.as_ref().unwrap().is_joined();
    eventually(async || joined(&one) && joined(&two)).await;
    anna.signal(&call, json!({ "type": "offer", "generation": 1, "seq": 1, "data": { "sdp": "a" } })).await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["data"]["sdp"], "a");
    ben.signal(&call, json!({ "type": "answer", "generation": 1, "seq": 1, "data": { "sdp": "b" } })).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["data"]["sdp"], "b");
    let person = ben.vanish().await;
    eventually(async || one.count("SELECT count(*) FROM node_devices").await == 1).await;
    let _back = person.connect("ben-1").await;
    two.stop().await;
    eventually(async || anna.person.get("/api/contacts").await.body[0]["online"] == false).await;
}
