//! People who do too much of something: they learn that and when to come back, and nobody else notices.

use call_server::config::{Rate, Rates};
use http_body_util::Full;
use kit_server::{
    person::Person,
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};
use std::time::Duration;

const THREE: Option<Rate> = Some(Rate { burst: 3, every: Duration::from_secs(10) });

async fn limited(limit: impl FnOnce(&mut Rates)) -> TestServer {
    TestServer::with(|config| limit(&mut config.limits.rates)).await
}

async fn from(server: &TestServer, address: &str, path: &str, body: &Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    let request = request.header("x-forwarded-for", address);
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

fn is_too_often(reply: &Reply, seconds: &str) {
    reply.is(429, "rate_limited");
    assert_eq!(reply.header("retry-after"), seconds);
}

#[tokio::test]
async fn somebody_who_guesses_passwords_has_to_wait_and_the_owner_of_the_name_only_a_moment() {
    let server = limited(|rates| rates.sign_in_by_name = THREE).await;
    let account = json!({ "username": "carla", "password": "correct horse" });
    from(&server, "-", "/api/auth/register", &account).await;
    let guess = json!({ "username": "carla", "password": "wrong horse" });
    for _ in 0..3 {
        from(&server, "-", "/api/auth/login", &guess).await.is(401, "invalid_credentials");
    }
    is_too_often(&from(&server, "-", "/api/auth/login", &guess).await, "10");
    let other = json!({ "username": "dana", "password": "whatever it is" });
    from(&server, "-", "/api/auth/login", &other).await.is(401, "invalid_credentials");
    server.clock.advance(Duration::from_secs(10));
    assert_eq!(from(&server, "-", "/api/auth/login", &account).await.status, 200);
}

#[tokio::test]
async fn behind_a_proxy_addresses_are_counted_separately_and_without_one_nobody_can_forge_them() {
    for behind_proxy in [true, false] {
        let server = TestServer::with(|config| {
            config.behind_proxy = behind_proxy;
            config.limits.rates.sign_in_by_address = THREE;
        })
        .await;
        let wrong = json!({ "username": "carla", "password": "wrong horse" });
        for number in 0..3 {
            let address = format!("203.0.113.{number}, 192.0.2.1");
            from(&server, &address, "/api/auth/login", &wrong).await.is(401, "invalid_credentials");
        }
        let same = from(&server, "203.0.113.9, 192.0.2.1", "/api/auth/login", &wrong).await;
        is_too_often(&same, "10");
        let another = from(&server, "192.0.2.2", "/api/auth/login", &wrong).await.status;
        assert_eq!(another, if behind_proxy { 401 } else { 429 });
    }
}

#[tokio::test]
async fn new_accounts_from_one_address_are_limited() {
    let server = limited(|rates| rates.register = THREE).await;
    for number in 0..4 {
        let account = json!({ "username": format!("carla{number}"), "password": "correct horse" });
        let reply = from(&server, "-", "/api/auth/register", &account).await;
        assert_eq!(reply.status, if number < 3 { 201 } else { 429 }, "{}", reply.text);
        assert_eq!(reply.header("retry-after"), if number < 3 { "" } else { "10" });
    }
}

#[tokio::test]
async fn a_phone_that_is_rung_again_and_again_stops_ringing_and_the_log_says_why() {
    let server = limited(|rates| rates.calls_by_pair = THREE).await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    for _ in 0..3 {
        let call = anna.rings(&conversation).await;
        ben.socket.until("call_ringing").await;
        anna.act(&call, "end").await;
        ben.socket.until("call_ended").await;
    }
    is_too_often(&anna.call(&conversation).await, "10");
    assert!(ben.socket.all().await.iter().all(|frame| frame["type"] != "call_ringing"));
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 3);
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = 'too_many_calls'").await, 1);
    let carla = server.person("carla").await;
    let with_carla = server.befriend(&ben.person, &carla).await;
    let carla = carla.connect("carla-1").await;
    carla.rings(&with_carla).await;
    ben.socket.until("call_ringing").await;
}

#[tokio::test]
async fn many_strangers_together_cannot_ring_one_person_all_the_time() {
    let server = limited(|rates| rates.calls_to_callee = THREE).await;
    let ben = server.person("ben").await;
    let _phone = ben.connect("ben-1").await;
    for number in 0..4 {
        let name = format!("caller{number}");
        let caller: Person = server.person(&name).await;
        let conversation = server.befriend(&ben, &caller).await;
        let caller = caller.connect("laptop").await;
        let reply = caller.call(&conversation).await;
        assert_eq!(reply.status, if number < 3 { 201 } else { 429 }, "{}", reply.text);
        if number < 3 {
            caller.act(reply.body["call"]["id"].as_str().unwrap(), "end").await;
        }
    }
}

#[tokio::test]
async fn a_flood_of_messages_or_signals_is_stopped_and_the_call_goes_on() {
    let server = limited(|rates| (rates.messages, rates.signals) = (THREE, THREE)).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    for number in 0..4 {
        let reply = anna.post(&path, json!({ "content": "hi" })).await;
        assert_eq!(reply.status, if number < 3 { 201 } else { 429 });
    }
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let signal = json!({ "type": "ice_candidate", "data": { "candidate": "" } });
    let path = format!("/api/calls/{call}/signal");
    for number in 0..4 {
        let reply = anna.post(&path, signal.clone()).await;
        assert_eq!(reply.status, if number < 3 { 202 } else { 429 }, "{}", reply.text);
    }
    is_too_often(&anna.post(&path, signal.clone()).await, "10");
    assert_eq!(ben.post(&path, signal.clone()).await.status, 202, "each has a bucket");
    anna.signal(&call, signal).await;
    let refused = anna.socket.until("error").await["error"].clone();
    assert_eq!((&refused["code"], &refused["retry_after"]), (&json!("rate_limited"), &json!(10)));
    assert_eq!(server.count("SELECT count(*) FROM calls WHERE status = 'active'").await, 1);
    ben.socket.until("signal").await;
}

#[tokio::test]
async fn excessive_descriptions_and_candidates_are_refused() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let path = format!("/api/calls/{call}/signal");
    let sdp =
        |length: usize| json!({ "type": "offer", "data": { "type": "offer", "sdp": "x".repeat(length) } });
    assert_eq!(anna.post(&path, sdp(30_000)).await.status, 202);
    anna.post(&path, sdp(33_000)).await.is(413, "too_large");
    let candidate = |seq: u32| json!({ "type": "ice_candidate", "seq": seq, "data": { "candidate": "" } });
    for seq in 1..=100 {
        assert_eq!(anna.post(&path, candidate(seq)).await.status, 202);
    }
    assert_eq!(anna.post(&path, candidate(100)).await.status, 202, "a resent candidate counts only once");
    anna.post(&path, candidate(101)).await.is(422, "invalid_request");
    let restart = json!({ "type": "offer", "seq": 102, "data": { "type": "offer", "sdp": "restart" } });
    assert_eq!(anna.post(&path, restart).await.status, 202);
    assert_eq!(anna.post(&path, candidate(103)).await.status, 202, "an ICE restart has its own candidates");
    ben.socket.until("signal").await;
}
