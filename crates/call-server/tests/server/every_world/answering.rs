//! Answering: the first device gets the call, the others stop ringing, and everybody learns where.

use call_protocol::limits;
use kit_server::test_server::TestServer;
use serde_json::json;

#[tokio::test]
async fn the_second_device_stops_ringing_when_the_first_one_answers() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    let reply = ben.act(&call, "answer").await;
    assert_eq!((reply.status, &reply.body["call"]["status"]), (200, &json!("active")));
    assert_eq!((&reply.body["role"], &reply.body["offer"]), (&json!("callee"), &json!(null)));
    for (device, role) in [(&mut anna, "caller"), (&mut ben, "callee"), (&mut tablet, "callee")] {
        let answered = device.socket.until("call_answered").await;
        assert_eq!((&answered["role"], &answered["call"]["id"]), (&json!(role), &json!(call)));
        assert_eq!(answered["seats"][1]["device_id"], "ben-1");
        assert_eq!(answered["seats"][1]["device_label"], "label of ben-1");
        assert_eq!(answered["ring_ms_left"], json!(null));
    }
    for verb in ["answer", "decline", "end"] {
        let refused = tablet.act(&call, verb).await;
        refused.is(409, "answered_elsewhere");
        assert_eq!(refused.body["error"]["call"]["status"], "active");
    }
    assert_eq!(
        server.count("SELECT count(*) FROM calls WHERE status = 'active' AND started_at IS NULL").await,
        1
    );
    assert_eq!(
        server.count("SELECT count(*) FROM audit_log WHERE what = 'refused'").await,
        1,
        "again is no news"
    );
}

#[tokio::test]
async fn the_device_that_answered_may_answer_again() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let first = ben.act(&call, "answer").await;
    let second = ben.act(&call, "answer").await;
    assert_eq!((second.status, second.body), (200, first.body));
}

#[tokio::test]
async fn nobody_answers_their_own_call_or_one_that_is_over() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let refused = anna.act(&call, "answer").await;
    refused.is(409, "wrong_state");
    assert_eq!(refused.body["error"]["call"]["status"], "ringing");
    anna.act(&call, "decline").await.is(409, "wrong_state");
    anna.act(&call, "end").await;
    let late = ben.act(&call, "answer").await;
    late.is(409, "wrong_state");
    assert_eq!(late.body["error"]["call"]["status"], "missed");
}

#[tokio::test]
async fn the_clock_starts_once_at_the_first_media_after_both_have_joined() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    anna.media_flows(&call).await;
    assert_eq!(anna.socket.until("error").await["error"]["code"], "wrong_state");
    ben.act(&call, "answer").await;
    tablet.media_flows(&call).await;
    assert_eq!(tablet.socket.until("error").await["error"]["code"], "answered_elsewhere");
    let active = format!("/api/calls/active/{conversation}");
    assert_eq!(anna.person.get(&active).await.body["call"]["started_at"], json!(null));
    server.pass(3).await;
    ben.media_flows(&call).await;
    ben.socket.all().await;
    let started = anna.person.get(&active).await.body["call"]["started_at"].clone();
    assert!(started.is_string());
    server.pass(5).await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    assert_eq!(anna.person.get(&active).await.body["call"]["started_at"], started);
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'started'").await, 1);
}

#[tokio::test]
async fn a_device_that_connects_during_a_call_learns_of_it_at_once() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let tablet = ben.person.connect("ben-2").await;
    let seen = &tablet.welcome["live_calls"][0];
    assert_eq!((&seen["call"]["id"], &seen["call"]["status"]), (&json!(call), &json!("active")));
    assert_eq!(seen["seats"][1]["device_label"], "label of ben-1");
    anna.act(&call, "end").await;
    let phone = ben.person.connect("ben-3").await;
    assert_eq!(phone.welcome["live_calls"], json!([]));
    assert_eq!(phone.welcome["ended_calls"][0]["status"], "failed");
    server.pass(121).await;
    let late = ben.person.connect("ben-4").await;
    assert_eq!(late.welcome["ended_calls"], json!([]));
}

#[tokio::test]
async fn somebody_with_many_recent_calls_can_still_connect_and_learns_of_the_newest() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let mut ended = Vec::new();
    for _ in 0..limits::ENDED_CALLS + 3 {
        let call = anna.rings(&conversation).await;
        anna.act(&call, "end").await;
        ended.push(call);
    }
    let back = ben.person.connect("ben-2").await;
    let told = back.welcome["ended_calls"].as_array().unwrap();
    let told: Vec<&str> = told.iter().filter_map(|call| call["id"].as_str()).collect();
    let newest: Vec<&str> = ended.iter().rev().take(limits::ENDED_CALLS).map(String::as_str).collect();
    assert_eq!(told, newest);
}
