//! Leaving: pages that are closed or reloaded, and what the others see and can do then.

use call_protocol::close_code::{GOING_AWAY, LEFT};
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
};
use serde_json::{Value, json};

/// How a device learns of the call's end: its status and the reason.
async fn end(device: &mut Device) -> (Value, Value) {
    let call = device.socket.until("call_ended").await["call"].clone();
    (call["status"].clone(), call["error_reason"].clone())
}

async fn talking(server: &TestServer) -> (Device, Device, String, String) {
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    (anna, ben, conversation, call)
}

#[tokio::test]
async fn a_caller_who_closes_the_page_stops_the_ringing_within_two_seconds() {
    for code in [GOING_AWAY, LEFT] {
        let server = TestServer::new().await;
        let (anna, mut ben, conversation) = server.anna_and_ben().await;
        anna.rings(&conversation).await;
        anna.leave(code).await;
        server.pass(1).await;
        ben.socket.no("call_ended").await;
        server.pass(1).await;
        assert_eq!(end(&mut ben).await, (json!("missed"), json!("caller_gone")));
    }
}

#[tokio::test]
async fn a_callee_who_reloads_the_page_keeps_ringing() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let ben = ben.leave(GOING_AWAY).await;
    server.pass(20).await;
    let ben = ben.connect("ben-1").await;
    assert_eq!(ben.welcome["live_calls"][0]["call"]["id"], call);
    anna.socket.no("call_ended").await;
}

#[tokio::test]
async fn closing_the_page_during_a_call_leaves_it() {
    let server = TestServer::new().await;
    let (anna, mut ben, _, _) = talking(&server).await;
    server.pass(10).await;
    anna.leave(GOING_AWAY).await;
    server.pass(3).await;
    ben.socket.no("call_ended").await;
    server.pass(1).await;
    assert_eq!(end(&mut ben).await, (json!("ended"), json!("left")));
    let history = ben.person.get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["call"]["duration_seconds"], 10, "until the page was closed");
}

#[tokio::test]
async fn a_reloaded_page_keeps_its_seat_and_may_signal() {
    let server = TestServer::new().await;
    let (mut anna, ben, _, call) = talking(&server).await;
    let ben = ben.leave(LEFT).await;
    server.pass(3).await;
    let mut ben = ben.connect("ben-1").await;
    assert_eq!(ben.welcome["live_calls"][0]["call"]["id"], call);
    let offer =
        json!({ "type": "offer", "data": { "type": "offer", "sdp": "v=0" }, "generation": 65_537, "seq": 1 });
    ben.signal(&call, offer).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], "ben-1");
    server.pass(20).await;
    anna.socket.no("call_ended").await;
}

#[tokio::test]
async fn a_socket_that_breaks_ends_no_call() {
    let server = TestServer::new().await;
    let (mut anna, ben, _, call) = talking(&server).await;
    let ben = ben.vanish().await;
    for _ in 0..6 {
        server.pass(10).await;
        anna.media_flows(&call).await;
    }
    anna.socket.no("call_ended").await;
    assert_eq!(ben.connect("ben-1").await.welcome["live_calls"][0]["call"]["status"], "active");
}

#[tokio::test]
async fn a_ring_requested_by_a_page_that_is_gone_ends_too() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let anna = anna.vanish().await;
    // The request was under way when the page was closed.
    let body = json!({ "conversation_id": conversation, "call_type": "audio" });
    let late = anna.ask("POST", "/api/calls/initiate", Some("anna-1"), Some(body)).await;
    assert_eq!(late.status, 201, "{}", late.text);
    server.pass(2).await;
    ben.socket.no("call_ended").await;
    server.pass(1).await;
    assert_eq!(end(&mut ben).await, (json!("missed"), json!("caller_gone")));
}

#[tokio::test]
async fn somebody_who_returns_in_a_new_tab_is_connected_at_once_and_the_other_sees_the_true_reason() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation, call) = talking(&server).await;
    let ben = ben.vanish().await;
    let tab = ben.connect("ben-2").await;
    let again = tab.call(&conversation).await;
    assert_eq!(again.status, 201, "{}", again.text);
    let ended = anna.socket.until("call_ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["error_reason"]), (&json!(call), &json!("replaced")));
    assert_eq!(anna.socket.until("call_ringing").await["call"]["id"], again.body["call"]["id"]);
}

#[tokio::test]
async fn a_connected_device_keeps_its_seat_against_another_one_of_the_same_person() {
    let server = TestServer::new().await;
    let (_anna, ben, conversation, _) = talking(&server).await;
    let tab = ben.person.connect("ben-2").await;
    tab.call(&conversation).await.is(409, "already_in_call");
}

#[tokio::test]
async fn others_get_through_once_the_device_that_is_gone_stays_silent() {
    let server = TestServer::new().await;
    let (mut anna, ben, _, call) = talking(&server).await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben.person).await;
    let ben = ben.vanish().await;
    let _tab = ben.connect("ben-2").await;
    server.pass(4).await;
    carla.call(&with_carla).await.is(409, "busy");
    anna.socket.say(json!({ "type": "media_silent", "call_id": call })).await;
    anna.socket.all().await;
    let rings = carla.call(&with_carla).await;
    if server.twin.is_none() {
        assert_eq!(rings.status, 201, "{}", rings.text);
    } else {
        // What one node forgets at once, the other one believes for as long as media reports are valid.
        server.pass(15).await;
        assert_eq!(carla.call(&with_carla).await.status, 201);
    }
    assert_eq!(end(&mut anna).await, (json!("ended"), json!("left")));
}

#[tokio::test]
async fn the_request_to_end_may_report_that_people_talked() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let reply = anna.post(&format!("/api/calls/{call}/end"), json!({ "talked": true })).await;
    assert_eq!((&reply.body["status"], &reply.body["duration_seconds"]), (&json!("ended"), &json!(0)));
    assert_eq!(end(&mut ben).await, (json!("ended"), json!(null)));
    // Repeating the request changes nothing.
    let reply = anna.post(&format!("/api/calls/{call}/end"), json!({ "talked": true })).await;
    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("ended")));
}

#[tokio::test]
async fn a_caller_who_reconnects_learns_that_the_callee_is_offline() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let anna = anna.vanish().await;
    let ben = ben.vanish().await;
    eventually(async || !ben.app.calls.hub.is_online(&ben.id)).await;
    let mut anna = anna.connect("anna-1").await;
    let gone = anna.socket.until("presence").await;
    assert_eq!((&gone["user_id"], &gone["online"]), (&json!(ben.id), &json!(false)));
}
