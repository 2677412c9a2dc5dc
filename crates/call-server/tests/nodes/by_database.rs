//! Calls across nodes without NATS, or while it is down: the database carries the signals.

use call_server::{
    app::App,
    config::{Config, Database},
};
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::{nats::Nats, postgres::Cluster};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Nodes that are connected by the database only.
fn without(config: &mut Config) {
    config.nats_url = None;
}

/// A description of the largest size that the server accepts.
fn description(of: &str) -> Value {
    let lines = "a=candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host\r\n".repeat(510);
    json!({ "type": "offer", "sdp": format!("v=0 by {of} ä€\r\n{lines}") })
}

fn signal(kind: &str, seq: u32, data: &Value) -> Value {
    json!({ "type": kind, "generation": 1, "seq": seq, "data": data })
}

/// Asserts that the signal arrives as it was sent.
async fn hears(device: &mut Device, sent: &Value) {
    loop {
        let heard = device.socket.until("signal").await;
        if heard["signal_data"]["seq"] == sent["seq"] {
            assert_eq!(heard["signal_data"]["data"], sent["data"]);
            return;
        }
    }
}

/// Sends a signal until it arrives, as the machines do.
async fn reaches(call: &str, from: &mut Device, to: &mut Device, seqs: std::ops::Range<u32>) {
    let mut seqs = seqs.into_iter();
    eventually(async || {
        let seq = seqs.next().unwrap();
        from.signal(call, signal("ack", seq, &json!({ "seq": seq }))).await;
        to.socket.all().await.iter().any(|frame| frame["type"] == "signal")
    })
    .await;
}

async fn negotiate(call: &str, anna: &mut Device, ben: &mut Device, from: u32) {
    let offer = signal("offer", from, &description("anna"));
    anna.signal(call, offer.clone()).await;
    hears(ben, &offer).await;
    let answer = signal("answer", from, &description("ben"));
    ben.signal(call, answer.clone()).await;
    hears(anna, &answer).await;
    for seq in from + 1..from + 5 {
        let candidate = signal("ice_candidate", seq, &json!({ "candidate": format!("candidate:{seq}") }));
        anna.signal(call, candidate.clone()).await;
        ben.signal(call, candidate.clone()).await;
        hears(ben, &candidate).await;
        hears(anna, &candidate).await;
    }
}

async fn answered(anna: &mut Device, ben: &mut Device, conversation: &str) -> String {
    let call = anna.rings(conversation).await;
    assert_eq!(ben.socket.until("call_ringing").await["call"]["id"], json!(call));
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    anna.socket.until("call_answered").await;
    call
}

#[tokio::test]
async fn without_any_nats_two_people_at_different_nodes_have_a_call_that_connects() {
    let server = World::Nodes.server_with(without).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    assert_ne!(anna.person.address, ben.person.address, "two nodes");
    let call = anna.rings(&conversation).await;
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!(ringing["offer"]["data"]["sdp"], "sdp by anna-1", "the offer travels with the ring");
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    anna.socket.until("call_answered").await;
    negotiate(&call, &mut anna, &mut ben, 2).await;
    assert_eq!(anna.act(&call, "end").await.status, 200);
    ben.socket.until("call_ended").await;
    ben.socket.until("message").await;
    let written = String::from_utf8_lossy(&server.folder.everything().await).into_owned();
    assert!(!written.contains("candidate"), "no description is in a table");
}

#[tokio::test]
async fn a_call_is_renegotiated_while_nats_is_dead_and_when_it_is_back() {
    let nats = Nats::start();
    let url = nats.url();
    let server = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = answered(&mut anna, &mut ben, &conversation).await;
    negotiate(&call, &mut anna, &mut ben, 2).await;
    let dead = nats.kill();
    let twin = server.twin.as_ref().unwrap().app.clone();
    let up = |app: &App| app.calls.nodes.as_ref().unwrap().is_joined();
    eventually(async || !up(&server.app) && !up(&twin)).await;
    negotiate(&call, &mut anna, &mut ben, 20).await;
    let _nats = spawn_blocking(|| dead.start()).await.unwrap();
    eventually(async || up(&server.app) && up(&twin)).await;
    negotiate(&call, &mut anna, &mut ben, 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_restarted_carries_signals_again() {
    let mut cluster = Cluster::new();
    let url = cluster.url_of("postgres");
    let server = World::Nodes
        .server_with(move |config| {
            config.nats_url = None;
            config.database = Database::Url(url);
        })
        .await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = answered(&mut anna, &mut ben, &conversation).await;
    negotiate(&call, &mut anna, &mut ben, 2).await;
    let _cluster = spawn_blocking(move || {
        cluster.stop();
        cluster.start();
        cluster
    })
    .await
    .unwrap();
    reaches(&call, &mut anna, &mut ben, 1_000..2_000).await;
    reaches(&call, &mut ben, &mut anna, 1_000..2_000).await;
    negotiate(&call, &mut anna, &mut ben, 10_000).await;
}

#[tokio::test]
async fn nodes_with_nats_and_nodes_without_it_work_together() {
    let nats = Nats::start();
    let url = nats.url();
    let with = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
    let without = TestServer::at(Arc::clone(&with.folder), with.clock.clone(), without).await;
    let (anna, ben) = (with.person("anna").await, without.person("ben").await);
    let conversation = with.befriend(&anna, &ben).await;
    let (mut anna, mut ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
    eventually(async || anna.person.get("/api/contacts").await.body[0]["online"] == true).await;
    let call = answered(&mut anna, &mut ben, &conversation).await;
    reaches(&call, &mut anna, &mut ben, 1_000..2_000).await;
    reaches(&call, &mut ben, &mut anna, 1_000..2_000).await;
}
