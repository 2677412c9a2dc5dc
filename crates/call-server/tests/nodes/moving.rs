//! Calls whose people move between the nodes.

use kit_server::{person::Device, test_server::eventually, world::World};
use serde_json::json;

fn at(device: &Device, other: &Device) -> kit_server::person::Person {
    let mut person = device.person.clone();
    (person.address, person.app) = (other.person.address, other.person.app.clone());
    person
}

#[tokio::test]
async fn a_caller_who_returns_at_another_node_finds_the_call_still_ringing() {
    let server = World::Nodes.server().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    ben.act(&call, "answer").await;
    let moved = at(&anna, &ben);
    anna.vanish().await;
    let mut back = moved.connect("anna-1").await;
    assert_eq!(back.welcome["live_calls"][0]["call"]["status"], "active");
    for _ in 0..6 {
        back.media_flows(&call).await;
        ben.media_flows(&call).await;
        server.pass(30).await;
    }
    assert_eq!(server.count("SELECT count(*) FROM calls WHERE status = 'active'").await, 1);
    back.signal(&call, json!({ "type": "offer", "generation": 2, "seq": 1, "data": { "sdp": "again" } }))
        .await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["generation"], 2);
}

#[tokio::test]
async fn a_caller_at_another_node_does_not_count_as_gone_while_it_rings() {
    let server = World::Nodes.server().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    // Longer than a caller may be without a socket, shorter than the ring time.
    server.pass(40).await;
    assert_eq!(server.count("SELECT count(*) FROM calls WHERE status = 'ringing'").await, 1);
    server.pass(10).await;
    for device in [&mut anna, &mut ben] {
        let over = device.socket.until("call_ended").await;
        assert_eq!(
            (&over["call"]["status"], &over["call"]["error_reason"]),
            (&json!("missed"), &json!("no_answer"))
        );
        device.socket.until("message").await;
    }
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1, "both nodes sweep, one wins");
}

#[tokio::test]
async fn a_call_that_both_nodes_lost_ends_once_at_the_last_proof_of_life() {
    let server = World::Nodes.server().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    ben.media_flows(&call).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE started_at IS NOT NULL").await == 1)
        .await;
    anna.vanish().await;
    let ben = ben.vanish().await;
    server.pass(150).await;
    let ended = "SELECT count(*) FROM calls WHERE status = 'ended' AND error_reason = 'lease_expired'";
    eventually(async || server.count(ended).await == 1).await;
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
    let history = ben.get("/api/calls/history").await;
    assert_eq!(history.body["calls"][0]["call"]["id"], json!(call));
}
