//! The disk is full: new things are refused with a message, and people in a call can end it all the same.

use call_server::service::deletion;
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
};
use serde_json::json;

/// Space for the schema and some people.
const ROOM: u64 = 512 * 1024;

async fn crowded() -> TestServer {
    TestServer::with(|config| config.limits.database_bytes = Some(ROOM)).await
}

/// Writes until even the shortest message does not fit.
async fn fill(device: &Device, conversation: &str) {
    let path = format!("/api/conversations/{conversation}/messages");
    for length in [4_000, 200, 1] {
        let text = "x".repeat(length);
        loop {
            let reply = device.post(&path, json!({ "content": text })).await;
            if reply.status != 201 {
                reply.is(507, "storage_full");
                break;
            }
        }
    }
}

/// A full server with Anna, Ben and their call.
async fn full(answered: bool) -> (TestServer, Device, Device, String, String) {
    let server = crowded().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    if answered {
        ben.act(&call, "answer").await;
        anna.media_flows(&call).await;
        eventually(async || {
            server.count("SELECT count(*) FROM calls WHERE started_at IS NOT NULL").await == 1
        })
        .await;
    }
    fill(&anna, &conversation).await;
    (server, anna, ben, conversation, call)
}

/// Asserts that the call is recorded as over everywhere.
async fn is_over(server: &TestServer, devices: [&mut Device; 2], call: &str, status: &str) {
    for device in devices {
        let frame = if status == "declined" { "call_declined" } else { "call_ended" };
        let told = device.socket.until(frame).await["call"].clone();
        assert_eq!((&told["id"], &told["status"]), (&json!(call), &json!(status)));
    }
    assert_eq!(server.count("SELECT count(*) FROM call_runtime WHERE live = 1").await, 0);
    assert_eq!(server.count("SELECT count(*) FROM call_seats WHERE left_at IS NULL").await, 0);
    assert_eq!(server.count("SELECT count(*) FROM messages WHERE message_type = 'system'").await, 1);
}

#[tokio::test]
async fn hanging_up_works_on_a_full_disk_and_both_see_the_call_in_their_history() {
    let (server, mut anna, mut ben, conversation, call) = full(true).await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(ben.person.get(&path).await.status, 200, "reading goes on");
    let signal = json!({ "type": "ice_candidate", "generation": 1, "data": { "candidate": "after" } });
    anna.signal(&call, signal).await;
    assert_eq!(ben.socket.until("signal").await["signal_data"]["data"]["candidate"], "after");

    assert_eq!(anna.act(&call, "end").await.status, 200);
    is_over(&server, [&mut anna, &mut ben], &call, "ended").await;
    anna.post(&path, json!({ "content": "x".repeat(4_000) })).await.is(507, "storage_full");
}

#[tokio::test]
async fn a_server_that_cannot_write_says_that_it_is_not_ready_and_why() {
    let server = crowded().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    assert_eq!(server.get("/readyz").await.status, 200);
    fill(&anna, &conversation).await;
    eventually(async || server.get("/readyz").await.status == 503).await;
    let reply = server.get("/readyz").await;
    assert_eq!((&reply.body["status"], &reply.body["part"]), (&"not ready".into(), &"storage".into()));
    assert_eq!(server.get("/healthz").await.status, 200, "restarting it would not free any space");
    let (folder, clock) = server.stop().await;
    let again = TestServer::at(folder, clock, |config| config.limits.database_bytes = Some(2 * ROOM)).await;
    assert_eq!(again.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn declining_and_cancelling_work_on_a_full_disk() {
    for (verb, by_callee, status) in
        [("decline", true, "declined"), ("end", true, "declined"), ("end", false, "missed")]
    {
        let (server, mut anna, mut ben, _, call) = full(false).await;
        let who = if by_callee { &ben } else { &anna };
        assert_eq!(who.act(&call, verb).await.status, 200, "{verb}");
        is_over(&server, [&mut anna, &mut ben], &call, status).await;
    }
}

#[tokio::test]
async fn an_unanswered_ring_and_an_abandoned_call_end_by_themselves() {
    let (server, mut anna, mut ben, _, call) = full(false).await;
    server.pass(50).await;
    is_over(&server, [&mut anna, &mut ben], &call, "missed").await;

    let (server, anna, ben, _, call) = full(true).await;
    let (anna, ben) = (anna.vanish().await, ben.vanish().await);
    server.pass(200).await;
    eventually(async || server.count("SELECT count(*) FROM call_runtime WHERE live = 1").await == 0).await;
    for person in [anna, ben] {
        let last = person.get("/api/calls/history").await.body["calls"][0]["call"].clone();
        assert_eq!((&last["id"], &last["status"]), (&json!(call), &json!("ended")));
    }
}

#[tokio::test]
async fn blocking_removing_or_deleting_an_account_ends_the_call_on_a_full_disk_too() {
    for way in ["block", "remove", "leave"] {
        let (server, mut anna, mut ben, _, call) = full(true).await;
        let (method, path) = match way {
            "block" => ("PUT", format!("/api/blocks/{}", anna.person.id)),
            "remove" => ("DELETE", format!("/api/contacts/{}", anna.person.id)),
            _ => ("", String::new()),
        };
        if way == "leave" {
            deletion::delete(&server.app.accounts, &ben.person.id).await.unwrap();
            assert_eq!(server.count("SELECT count(*) FROM users WHERE username = 'ben'").await, 0);
            anna.socket.until("call_ended").await;
            continue;
        }
        assert_eq!(ben.person.ask(method, &path, None, None).await.status, 204, "{way}");
        is_over(&server, [&mut anna, &mut ben], &call, "ended").await;
    }
}

#[tokio::test]
async fn a_ring_can_be_answered_on_a_full_disk() {
    let (server, mut anna, mut ben, _, call) = full(false).await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    ben.media_flows(&call).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE started_at IS NOT NULL").await == 1)
        .await;
    assert_eq!(ben.act(&call, "end").await.status, 200);
    is_over(&server, [&mut anna, &mut ben], &call, "ended").await;
}

#[tokio::test]
async fn refused_requests_use_no_space_reserved_for_endings() {
    let (server, anna, _ben, _, call) = full(true).await;
    let second = anna.person.connect("anna-2").await;
    for _ in 0..200 {
        second.act(&call, "end").await.is(409, "answered_elsewhere");
    }
    let size = async || server.count("SELECT page_count FROM pragma_page_count").await;
    assert!(size().await <= ROOM as i64 / 4096, "{}", size().await);
    assert_eq!(anna.act(&call, "end").await.status, 200);
}

#[tokio::test]
async fn a_full_server_stops_cleanly_and_starts_again_with_more_space() {
    let server = crowded().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    fill(&anna, &conversation).await;
    let (folder, clock) = server.stop().await;
    let again = TestServer::at(folder, clock, |config| config.limits.database_bytes = Some(2 * ROOM)).await;
    let anna = again.signed_in(&anna.person.id, "anna");
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "there is room now" })).await.status, 201);
}
