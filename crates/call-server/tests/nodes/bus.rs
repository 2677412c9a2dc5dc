//! What reaches people at another node over the bus. Starts two nodes and a NATS server.

use call_protocol::close_code;
use call_server::service::deletion;
use kit_server::{
    test_server::{GRACE, eventually},
    world::World,
};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test]
async fn two_people_at_different_nodes_have_a_whole_call_and_get_one_message_at_its_end() {
    let server = World::Nodes.server().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    assert_ne!(anna.person.address, ben.person.address, "two nodes");
    let call = anna.rings(&conversation).await;
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!(ringing["offer"]["data"]["sdp"], "sdp by anna-1", "the offer travels with the ring");
    assert_eq!((&ringing["warm_device"], &ringing["role"]), (&json!("ben-1"), &json!("callee")));
    let candidate =
        json!({ "type": "ice_candidate", "generation": 1, "seq": 2, "data": { "candidate": "c" } });
    anna.signal(&call, candidate.clone()).await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["seq"], 2);
    ben.signal(&call, json!({ "type": "answer", "generation": 1, "seq": 1, "data": { "sdp": "warm" } }))
        .await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], "ben-1");
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    let answered = anna.socket.until("call_answered").await;
    assert_eq!(answered["seats"][1]["device_id"], "ben-1");
    anna.media_flows(&call).await;
    ben.media_flows(&call).await;
    let started = async || server.count("SELECT count(*) FROM calls WHERE started_at IS NOT NULL").await == 1;
    eventually(started).await;
    assert_eq!(anna.act(&call, "end").await.status, 200);
    for device in [&mut anna, &mut ben] {
        assert_eq!(device.socket.until("call_ended").await["call"]["status"], "ended");
        assert_eq!(device.socket.until("message").await["message"]["message_type"], "system");
        device.socket.no("message").await;
    }
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn a_person_is_online_as_long_as_one_of_their_devices_is_connected_to_any_node() {
    let server = World::Nodes.server().await;
    let (mut anna, ben, _) = server.anna_and_ben().await;
    let mut elsewhere = ben.person.clone();
    (elsewhere.address, elsewhere.app) = (anna.person.address, anna.person.app.clone());
    let tablet = elsewhere.connect("ben-2").await;
    let person = ben.vanish().await;
    sleep(GRACE * 2).await;
    assert_eq!(anna.person.get("/api/contacts").await.body[0]["online"], true);
    let heard = anna.socket.all().await;
    assert!(!heard.iter().any(|frame| frame["online"] == false), "{heard:?}");
    tablet.vanish().await;
    assert_eq!(
        anna.socket.until("presence").await,
        json!({ "type": "presence", "user_id": person.id, "online": false })
    );
    assert_eq!(anna.person.get("/api/contacts").await.body[0]["online"], false);
    let _back = person.connect("ben-3").await;
    assert_eq!(anna.socket.until("presence").await["online"], true);
    assert_eq!(anna.person.get("/api/contacts").await.body[0]["online"], true);
}

#[tokio::test]
async fn the_phone_at_one_node_stops_ringing_when_the_tablet_at_another_node_answers() {
    let server = World::Nodes.server().await;
    let (anna, mut phone, conversation) = server.anna_and_ben().await;
    let mut there = phone.person.clone();
    (there.address, there.app) = (anna.person.address, anna.person.app.clone());
    let mut tablet = there.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    phone.socket.until("call_ringing").await;
    tablet.socket.until("call_ringing").await;
    assert_eq!(tablet.act(&call, "answer").await.status, 200);
    assert_eq!(phone.socket.until("call_answered").await["seats"][1]["device_id"], "ben-2");
    phone.act(&call, "answer").await.is(409, "answered_elsewhere");
    phone.act(&call, "end").await.is(409, "answered_elsewhere");
}

#[tokio::test]
async fn messages_and_contacts_reach_people_at_another_node() {
    let server = World::Nodes.server().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "hello" })).await.status, 201);
    assert_eq!(ben.socket.until("message").await["message"]["content"], "hello");
    anna.person.delete(&format!("/api/contacts/{}", ben.person.id)).await;
    assert_eq!(ben.socket.until("contact_removed").await["user_id"], json!(anna.person.id));
}

#[tokio::test]
async fn a_device_that_comes_back_at_another_node_is_replaced_at_the_old_one() {
    let server = World::Nodes.server().await;
    let (anna, mut ben, _) = server.anna_and_ben().await;
    let mut moved = ben.person.clone();
    (moved.address, moved.app) = (anna.person.address, anna.person.app.clone());
    let mut there = moved.connect("ben-1").await;
    assert_eq!(ben.socket.close_code().await, Some(close_code::REPLACED));
    there.socket.no("message").await;
    assert_eq!(server.count("SELECT count(*) FROM node_devices").await, 2, "it is connected once");
}

#[tokio::test]
async fn deleting_an_account_at_one_node_signs_it_out_of_the_others_at_once() {
    // Longer than the test, so that only the notice can tell the other node.
    let server = World::Nodes.server_with(|config| config.timings.beat = Duration::from_secs(3600)).await;
    let (anna, mut ben, _) = server.anna_and_ben().await;
    assert_ne!(anna.person.address, ben.person.address, "two nodes");
    deletion::delete(&anna.person.app.accounts, &ben.person.id).await.unwrap();
    assert_eq!(ben.socket.close_code().await, Some(close_code::UNAUTHORIZED));
}

#[tokio::test]
async fn a_devices_requests_may_arrive_at_another_node_than_its_socket() {
    let server = World::Nodes.server().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    std::mem::swap(&mut anna.person.address, &mut ben.person.address);
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    ben.signal(&call, json!({ "type": "answer", "generation": 1, "seq": 1, "data": { "sdp": "x" } })).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["data"]["sdp"], "x");
    anna.signal(&call, json!({ "type": "ack", "generation": 1, "data": { "seq": 1 } })).await;
    ben.socket.until("signal").await;
    assert_eq!(ben.act(&call, "end").await.status, 200);
    anna.socket.until("call_ended").await;
}
