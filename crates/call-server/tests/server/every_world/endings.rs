//! How calls end, what both sides see, and the one message that remains.

use kit_server::{person::Device, test_server::TestServer};
use serde_json::{Value, json};

/// Asserts what both see and what remains: the frame, the row, the message, and no seats.
async fn ended(
    server: &TestServer,
    devices: [&mut Device; 2],
    conversation: &str,
    frame: &str,
) -> (Value, Value) {
    let [one, two] = devices;
    let call = one.socket.until(frame).await["call"].clone();
    assert_eq!(two.socket.until(frame).await["call"], call);
    let path = format!("/api/conversations/{conversation}/messages");
    let page = one.person.get(&path).await.body;
    assert_eq!(page["messages"].as_array().unwrap().len(), 1, "exactly one message: {page}");
    let message = page["messages"][0].clone();
    assert_eq!(two.socket.until("message").await["message"], message);
    assert_eq!(message["message_type"], "system");
    assert_eq!(message["metadata"]["call_id"], call["id"]);
    assert_eq!(message["metadata"]["system_type"], "call");
    assert_eq!(server.count("SELECT count(*) FROM call_seats WHERE left_at IS NULL").await, 0);
    assert_eq!(server.count("SELECT count(*) FROM call_runtime WHERE live = 1").await, 0);
    assert_eq!(
        server
            .count("SELECT count(*) FROM call_participants WHERE joined_at IS NOT NULL AND left_at IS NULL")
            .await,
        0
    );
    let history = two.person.get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["call"], call);
    (call, message)
}

#[tokio::test]
async fn hanging_up_after_talking_leaves_the_duration() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    server.pass(323).await;
    let reply = ben.act(&call, "end").await;
    assert_eq!((reply.status, &reply.body["duration_seconds"]), (200, &json!(323)));
    let (call, message) = ended(&server, [&mut anna, &mut ben], &conversation, "call_ended").await;
    assert_eq!((&call["status"], &call["error_reason"]), (&json!("ended"), &json!(null)));
    assert_eq!(message["content"], "Video call - 5:23");
    assert_eq!(
        message["metadata"],
        json!({
            "system_type": "call", "call_id": call["id"], "call_type": "video", "duration_seconds": 323,
            "status": "completed", "initiator_id": anna.person.id
        })
    );
}

#[tokio::test]
async fn declining_stops_the_ring_on_every_device() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    let reply = ben.act(&call, "decline").await;
    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("declined")));
    tablet.socket.until("call_declined").await;
    let (_, message) = ended(&server, [&mut anna, &mut ben], &conversation, "call_declined").await;
    assert_eq!(
        (&message["content"], &message["metadata"]["status"]),
        (&json!("Declined video call"), &json!("declined"))
    );
    assert_eq!(ben.act(&call, "decline").await.status, 200, "a lost reply can be requested again");
    tablet.act(&call, "answer").await.is(409, "wrong_state");
    assert_eq!(anna.act(&call, "end").await.body["status"], "declined");
}

#[tokio::test]
async fn a_caller_who_cancels_leaves_a_missed_call() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    assert_eq!(anna.act(&call, "end").await.status, 200);
    let (call, message) = ended(&server, [&mut anna, &mut ben], &conversation, "call_ended").await;
    assert_eq!((&call["status"], &call["error_reason"]), (&json!("missed"), &json!("cancelled")));
    assert_eq!(message["content"], "Missed video call");
    assert_eq!(call["duration_seconds"], json!(null));
}

#[tokio::test]
async fn a_callee_who_ends_while_it_rings_declines() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "end").await;
    ended(&server, [&mut anna, &mut ben], &conversation, "call_declined").await;
}

#[tokio::test]
async fn an_answered_call_that_never_connected_has_failed_and_says_why() {
    let server = TestServer::new().await;
    for (body, reason) in [
        (json!({}), "cancelled"),
        (json!({ "reason": "connect_timeout" }), "connect_timeout"),
        // Reasons that clients may not give, and reasons of later versions.
        (json!({ "reason": "lease_expired" }), "cancelled"),
        (json!({ "reason": "sunspots" }), "cancelled"),
        (json!(null), "cancelled"),
    ] {
        let town_of_this_row = &server;
        let name = format!("{reason}-{}", body.to_string().len());
        let anna = town_of_this_row.person(&format!("anna{name}")).await;
        let ben = town_of_this_row.person(&format!("ben{name}")).await;
        let conversation = town_of_this_row.befriend(&anna, &ben).await;
        let (mut anna, mut ben) = (anna.connect("a").await, ben.connect("b").await);
        let call = anna.rings(&conversation).await;
        ben.act(&call, "answer").await;
        anna.post(&format!("/api/calls/{call}/end"), body).await;
        let (call, message) = ended(&server, [&mut anna, &mut ben], &conversation, "call_ended").await;
        assert_eq!((&call["status"], &call["error_reason"]), (&json!("failed"), &json!(reason)));
        assert_eq!(
            (&call["duration_seconds"], &message["content"]),
            (&json!(null), &json!("Failed video call"))
        );
    }
}

#[tokio::test]
async fn ending_a_call_that_is_over_changes_nothing_and_succeeds() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let first = anna.act(&call, "end").await;
    for device in [&anna, &ben] {
        let again = device.act(&call, "end").await;
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn the_body_of_an_end_may_be_left_out() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let reply = anna.person.ask("POST", &format!("/api/calls/{call}/end"), Some("anna-1"), None).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_mid_request_never_leaves_a_commit_unannounced() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let (mut got_through, mut rounds) = (0, 0);
    // Disconnects later and later: before the request is sent, while it is processed, and just before the
    // reply.
    while got_through < 10 {
        let call = anna.rings(&conversation).await;
        let patience = std::time::Duration::from_micros(200 * rounds);
        let cut = tokio::time::timeout(patience, anna.act(&call, "end")).await;
        // If it is over already, the request that was cut off had arrived.
        let again = ben.act(&call, "decline").await;
        let frame = match again.status {
            200 => "call_declined",
            _ => "call_ended",
        };
        got_through += u32::from(cut.is_err() && again.status != 200);
        assert_eq!(ben.socket.until(frame).await["call"]["id"], json!(call));
        assert_eq!(ben.socket.until("message").await["message"]["metadata"]["call_id"], json!(call));
        rounds = if cut.is_ok() { 0 } else { rounds + 1 };
    }
}

#[tokio::test]
async fn a_call_that_nobody_answers_within_the_ring_time_is_missed() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    server.pass(44).await;
    anna.socket.no("call_ended").await;
    server.pass(1).await;
    let (call, message) = ended(&server, [&mut anna, &mut ben], &conversation, "call_ended").await;
    assert_eq!((&call["status"], &call["error_reason"]), (&json!("missed"), &json!("no_answer")));
    assert_eq!(message["content"], "Missed video call");
}

#[tokio::test]
async fn history_is_read_page_by_page_newest_first_by_its_two_people_only() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let stranger = server.person("carla").await;
    for _ in 0..5 {
        let call = anna.rings(&conversation).await;
        ben.act(&call, "decline").await;
        server.clock.advance(std::time::Duration::from_secs(1));
    }
    anna.rings(&conversation).await;
    let first = ben.person.get("/api/calls/history?limit=3").await.body;
    let next = first["next"].as_str().unwrap();
    let second = ben.person.get(&format!("/api/calls/history?limit=3&before={next}")).await.body;
    assert_eq!((first["calls"].as_array().unwrap().len(), second["calls"].as_array().unwrap().len()), (3, 2));
    assert_eq!(second["next"], json!(null));
    let all: Vec<_> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["calls"].as_array().unwrap())
        .map(|entry| entry["call"]["created_at"].as_str().unwrap().to_owned())
        .collect();
    assert!(all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    assert_eq!(
        (&first["calls"][0]["role"], &first["calls"][0]["peer"]["username"]),
        (&json!("callee"), &json!("anna"))
    );
    assert_eq!(stranger.get("/api/calls/history").await.body["calls"], json!([]));
    stranger.get("/api/calls/history?before=x").await.is(422, "invalid_request");
    stranger.get("/api/calls/history?limit=many").await.is(422, "invalid_request");
    assert_eq!(ben.person.get("/api/calls/history?limit=1000").await.status, 200);
}
