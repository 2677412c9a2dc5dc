//! Programs that were written from the API's documentation alone.

use call_server::timestamp;
use kit_server::{person::Device, rest::Reply, test_server::TestServer};
use serde_json::{Value, json};

/// The required fields of a call, and the one that we add.
const CALL: [&str; 11] = [
    "id",
    "conversation_id",
    "initiator_id",
    "call_type",
    "status",
    "started_at",
    "ended_at",
    "error_reason",
    "created_at",
    "updated_at",
    "duration_seconds",
];

/// Asserts that a reply is the call itself, with only our own fields beside it.
fn is_the_call(reply: &Reply, status: &str) -> Value {
    for field in CALL {
        assert!(reply.body.get(field).is_some(), "{field} is missing in {}", reply.text);
    }
    assert_eq!(reply.body["status"], status, "{}", reply.text);
    if let Some(call) = reply.body.get("call") {
        for field in CALL {
            assert_eq!(reply.body[field], call[field], "{field}");
        }
    }
    reply.body["id"].clone()
}

async fn plainly(device: &Device, method: &str, path: &str, body: Option<Value>) -> Reply {
    device.person.ask(method, path, None, body).await
}

#[tokio::test]
async fn every_reply_about_a_call_is_the_call_itself() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let wanted = json!({ "conversation_id": conversation, "call_type": "audio" });
    let placed = plainly(&anna, "POST", "/api/calls/initiate", Some(wanted)).await;
    let id = is_the_call(&placed, "ringing");
    for field in ["started_at", "ended_at", "error_reason", "duration_seconds"] {
        assert_eq!(placed.body[field], Value::Null, "{field}");
    }
    for ours in ["call", "peer", "role", "seats"] {
        assert!(placed.body.get(ours).is_some(), "{ours}");
    }
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!((&ringing["call"]["id"], &ringing["call"]["started_at"]), (&id, &Value::Null));
    let active = format!("/api/calls/active/{conversation}");
    assert_eq!(is_the_call(&plainly(&ben, "GET", &active, None).await, "ringing"), id);
    let path = |verb: &str| format!("/api/calls/{}/{verb}", id.as_str().unwrap());
    is_the_call(&plainly(&ben, "POST", &path("answer"), None).await, "active");
    is_the_call(&plainly(&anna, "GET", &active, None).await, "active");
    is_the_call(&plainly(&anna, "POST", &path("end"), None).await, "failed");
    assert_eq!(plainly(&anna, "GET", &active, None).await.text, "null");
    let again = anna.rings(&conversation).await;
    is_the_call(&ben.act(&again, "decline").await, "declined");
}

/// Two programs without device ids, in a call with each other.
async fn two_plain_programs(server: &TestServer) -> (Device, Device, String) {
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let wanted = json!({ "conversation_id": conversation, "call_type": "video" });
    let placed = plainly(&anna, "POST", "/api/calls/initiate", Some(wanted)).await;
    assert_eq!(placed.status, 201, "{}", placed.text);
    let call = placed.body["id"].as_str().unwrap().to_owned();
    let answered = plainly(&ben, "POST", &format!("/api/calls/{call}/answer"), None).await;
    assert!(answered.body["started_at"].is_string(), "{}", answered.text);
    (anna, ben, call)
}

async fn signals(device: &mut Device, other: &mut Device, call: &str, kind: &str) {
    let signal = json!({ "type": kind, "data": { "type": kind, "sdp": "v=0" } });
    let sent = plainly(device, "POST", &format!("/api/calls/{call}/signal"), Some(signal)).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    other.socket.until("signal").await;
}

#[tokio::test]
async fn a_plain_call_that_never_connected_has_failed_and_has_no_duration() {
    for (reason, negotiated) in [
        (Some("connect_timeout"), true),
        (Some("negotiation_failed"), true),
        (None, false),
        (Some("connection_lost"), false),
    ] {
        let server = TestServer::new().await;
        let (mut anna, mut ben, call) = two_plain_programs(&server).await;
        signals(&mut anna, &mut ben, &call, "offer").await;
        if negotiated {
            signals(&mut ben, &mut anna, &call, "answer").await;
        }
        server.pass(10).await;
        let body = reason.map(|reason| json!({ "reason": reason }));
        let over = plainly(&anna, "POST", &format!("/api/calls/{call}/end"), body).await;
        let reason = reason.unwrap_or("cancelled");
        assert_eq!((&over.body["status"], &over.body["error_reason"]), (&json!("failed"), &json!(reason)));
        assert_eq!(over.body["duration_seconds"], Value::Null);
        let message = ben.socket.until("message").await["message"].clone();
        assert_eq!(message["content"], "Failed video call");
    }
}

#[tokio::test]
async fn a_plain_call_that_was_hung_up_has_a_duration() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, call) = two_plain_programs(&server).await;
    signals(&mut anna, &mut ben, &call, "offer").await;
    signals(&mut ben, &mut anna, &call, "answer").await;
    server.pass(10).await;
    let over = plainly(&ben, "POST", &format!("/api/calls/{call}/end"), None).await;
    assert_eq!((&over.body["status"], &over.body["duration_seconds"]), (&json!("ended"), &json!(10)));
}

#[tokio::test]
async fn a_program_without_a_socket_can_call() {
    let server = TestServer::new().await;
    let (bell, ben) = (server.person("bell").await, server.person("ben").await);
    let conversation = server.befriend(&bell, &ben).await;
    let mut ben = ben.connect("ben-1").await;
    let wanted = json!({ "conversation_id": conversation, "call_type": "audio" });
    let placed = bell.post("/api/calls/initiate", wanted).await;
    assert_eq!(placed.status, 201, "{}", placed.text);
    assert_eq!(ben.socket.until("call_ringing").await["call"]["id"], placed.body["id"]);
}

#[tokio::test]
async fn a_signal_says_whom_it_is_for_and_when_it_was_forwarded() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let signal = json!({ "type": "ice_candidate", "data": { "candidate": "one" } });
    assert_eq!(anna.post(&format!("/api/calls/{call}/signal"), signal).await.status, 202);
    let heard = ben.socket.until("signal").await;
    assert_eq!(heard["sender_id"], json!(anna.person.id));
    assert_eq!(heard["recipient_id"], json!(ben.person.id));
    assert_eq!(heard["timestamp"], json!(timestamp::format(server.clock.now())));
    assert_eq!(heard["signal_data"]["data"], json!({ "candidate": "one" }));
}
