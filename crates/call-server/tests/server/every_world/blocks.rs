//! People who do not want calls: from somebody in particular, or from everybody they do not know.

use kit_server::{
    person::{Device, Person},
    rest::Reply,
    test_server::TestServer,
};
use serde_json::{Value, json};

async fn block(who: &Person, whom: &Person) -> Reply {
    who.ask("PUT", &format!("/api/blocks/{}", whom.id), None, None).await
}

async fn unblock(who: &Person, whom: &Person) -> Reply {
    who.delete(&format!("/api/blocks/{}", whom.id)).await
}

async fn silence(who: &Person, silent: bool) {
    let wanted = json!({ "silence_unknown_callers": silent });
    let reply = who.ask("PUT", "/api/settings", None, Some(wanted)).await;
    assert_eq!((reply.status, &reply.body["silence_unknown_callers"]), (200, &json!(silent)));
    assert_eq!(who.get("/api/settings").await.body, reply.body);
}

async fn writes(device: &Device, conversation: &str, text: &str) -> Value {
    let path = format!("/api/conversations/{conversation}/messages");
    let reply = device.post(&path, json!({ "content": text })).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.body
}

async fn reads(device: &Device, conversation: &str) -> Vec<String> {
    let page = device.person.get(&format!("/api/conversations/{conversation}/messages")).await;
    let messages = page.body["messages"].as_array().unwrap();
    messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

async fn sees_online(who: &Person, whom: &Person) -> bool {
    let list = who.get("/api/contacts").await.body;
    let id = json!(whom.id);
    list.as_array().unwrap().iter().any(|contact| contact["user"]["id"] == id && contact["online"] == true)
}

const REFUSED: &str = "SELECT count(*) FROM audit_log WHERE what = 'refused' AND detail = 'blocked'";

#[tokio::test]
async fn somebody_blocked_reaches_nobody_and_sees_exactly_what_they_would_see_of_somebody_offline() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await;
    let with_carla = server.befriend(&anna.person, &carla).await;
    let offline = anna.call(&with_carla).await;
    assert_eq!(block(&ben.person, &anna.person).await.status, 204);

    let blocked = anna.call(&conversation).await;
    blocked.is(409, "peer_offline");
    assert_eq!((blocked.status, &blocked.body), (offline.status, &offline.body));
    let written = writes(&anna, &conversation, "Are you there?").await;
    assert_eq!(written["content"], "Are you there?");
    let frames = ben.socket.all().await;
    assert!(!frames.iter().any(|frame| frame["type"] == "call_ringing" || frame["type"] == "message"));
    assert_eq!(reads(&anna, &conversation).await, ["Are you there?"], "its author sees it");
    assert_eq!(reads(&ben, &conversation).await, Vec::<String>::new());
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 0);
    assert_eq!(server.count(REFUSED).await, 1);
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'message hidden'").await, 1);

    assert_eq!(unblock(&ben.person, &anna.person).await.status, 204);
    assert_eq!(reads(&ben, &conversation).await, Vec::<String>::new(), "what was hidden stays hidden");
    writes(&anna, &conversation, "And now?").await;
    assert_eq!(ben.socket.until("message").await["message"]["content"], "And now?");
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
}

#[tokio::test]
async fn somebody_blocked_sees_the_other_offline_whatever_they_do() {
    let server = TestServer::new().await;
    let (mut anna, ben, _conversation) = server.anna_and_ben().await;
    anna.socket.all().await;
    assert!(sees_online(&anna.person, &ben.person).await);
    block(&ben.person, &anna.person).await;
    assert_eq!(anna.socket.until("presence").await["online"], false);
    assert!(!sees_online(&anna.person, &ben.person).await);
    assert!(
        sees_online(&ben.person, &anna.person).await,
        "somebody who blocks still sees the other's presence"
    );
    let again = ben.vanish().await;
    kit_server::test_server::eventually(async || !again.app.calls.hub.is_online(&again.id)).await;
    let ben = again.connect("ben-1").await;
    kit_server::test_server::eventually(async || ben.person.app.calls.hub.is_online(&ben.person.id)).await;
    anna.socket.no("presence").await;
    unblock(&ben.person, &anna.person).await;
    assert_eq!(anna.socket.until("presence").await["online"], true);
    assert!(sees_online(&anna.person, &ben.person).await);
}

#[tokio::test]
async fn a_request_from_somebody_blocked_is_hidden_until_they_are_unblocked() {
    let server = TestServer::new().await;
    let (anna, eve) = (server.person("anna").await, server.person("eve").await);
    let mut phone = anna.connect("anna-1").await;
    block(&anna, &eve).await;
    let asked = eve.post("/api/contacts", json!({ "username": "anna" })).await;
    assert_eq!((asked.status, &asked.body["state"]), (201, &json!("outgoing")));
    phone.socket.no("contact").await;
    assert_eq!(anna.get("/api/contacts").await.body, json!([]));
    unblock(&anna, &eve).await;
    assert_eq!(anna.get("/api/contacts").await.body[0]["state"], "incoming");
}

#[tokio::test]
async fn after_blocking_neither_can_call_the_other() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    block(&anna.person, &ben.person).await;
    ben.call(&conversation).await.is(409, "peer_offline");
    anna.call(&conversation).await.is(409, "blocked_by_you");
    unblock(&anna.person, &ben.person).await;
    anna.rings(&conversation).await;
}

#[tokio::test]
async fn nobody_else_sees_whom_one_has_blocked() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    assert_eq!(block(&anna, &ben).await.status, 204);
    assert_eq!(block(&anna, &ben).await.status, 204, "repeating the request is fine");
    let list = anna.get("/api/blocks").await.body;
    assert_eq!((list.as_array().unwrap().len(), &list[0]["username"]), (1, &json!("ben")));
    assert_eq!(ben.get("/api/blocks").await.body, json!([]));
    block(&anna, &anna).await.is(422, "invalid_request");
    let nobody = "/api/blocks/01890000-0000-7000-8000-000000000000";
    anna.ask("PUT", nobody, None, None).await.is(404, "not_found");
    assert_eq!(unblock(&anna, &ben).await.status, 204);
    unblock(&anna, &ben).await.is(404, "not_found");
    assert_eq!(anna.get("/api/blocks").await.body, json!([]));
    let rows = "SELECT count(*) FROM audit_log WHERE what IN ('blocked', 'unblocked')";
    assert_eq!(server.count(rows).await, 2);
}

#[tokio::test]
async fn a_silenced_call_from_a_stranger_is_missed_and_leaves_its_message() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    silence(&ben.person, true).await;
    anna.call(&conversation).await.is(409, "peer_offline");
    ben.socket.no("call_ringing").await;
    let message = anna.socket.until("message").await["message"].clone();
    assert_eq!(
        (&message["content"], &message["metadata"]["status"]),
        (&json!("Missed video call"), &json!("missed"))
    );
    assert_eq!(reads(&ben, &conversation).await, ["Missed video call"]);
    assert_eq!(ben.person.get("/api/calls/history").await.body["calls"][0]["call"]["status"], "missed");
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = 'silenced'").await, 1);
    anna.call(&conversation).await.is(409, "peer_offline");

    // A message of one's own makes the other person known; theirs does not.
    writes(&anna, &conversation, "It is me").await;
    anna.call(&conversation).await.is(409, "peer_offline");
    writes(&ben, &conversation, "Oh, Anna").await;
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
}

#[tokio::test]
async fn somebody_who_was_called_or_answered_once_is_no_stranger() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "decline").await;
    silence(&ben.person, true).await;
    anna.call(&conversation).await.is(409, "peer_offline");
    silence(&ben.person, false).await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.act(&call, "end").await;
    silence(&ben.person, true).await;
    let call = anna.rings(&conversation).await;
    anna.act(&call, "end").await;
    silence(&anna.person, true).await;
    ben.rings(&conversation).await;
}
