//! People who do a lot within the rules, or try to: they slow down only themselves. What ends a call is always
//! possible.

use call_protocol::DeviceId;
use call_server::{
    config::{Rate, Rates},
    service::accounts,
    store::MOST_ASKED,
};
use kit_server::{
    socket::unread,
    test_server::{PATIENCE, TestServer},
};
use serde_json::{Value, json};
use std::time::Duration;

const THREE: Option<Rate> = Some(Rate { burst: 3, every: Duration::from_secs(10) });
const NOT_THERE: &str = "018f0000-0000-7000-8000-000000000000";

async fn limited(limit: impl FnOnce(&mut Rates)) -> TestServer {
    TestServer::with(|config| limit(&mut config.limits.rates)).await
}

fn contact_news(frames: &[Value]) -> usize {
    frames.iter().filter(|frame| frame["type"].as_str().unwrap().starts_with("contact")).count()
}

#[tokio::test]
async fn a_stranger_who_keeps_sending_and_withdrawing_requests_is_soon_stopped() {
    let server = limited(|rates| rates.changes_by_pair = THREE).await;
    let (ben, eve) = (server.person("ben").await, server.person("eve").await);
    let mut phone = ben.connect("ben-1").await;
    let mut refused = 0;
    for _ in 0..20 {
        let asked = eve.post("/api/contacts", json!({ "username": "ben" })).await;
        let taken_back = eve.delete(&format!("/api/contacts/{}", ben.id)).await;
        refused += [asked, taken_back].iter().filter(|reply| reply.status == 429).count();
    }
    assert!(refused > 30, "{refused}");
    assert!(contact_news(&phone.socket.all().await) <= 6);
    let dana = server.person("dana").await;
    assert_eq!(eve.post("/api/contacts", json!({ "username": "dana" })).await.status, 201, "about others");
    assert_eq!(dana.post("/api/contacts", json!({ "username": "ben" })).await.status, 201, "by others");
}

#[tokio::test]
async fn somebody_who_is_blocked_reaches_no_device_by_contact_requests() {
    let server = TestServer::new().await;
    let (ben, eve) = (server.person("ben").await, server.person("eve").await);
    let mut phone = ben.connect("ben-1").await;
    assert_eq!(ben.post("/api/contacts", json!({ "username": "eve" })).await.status, 201);
    let blocked = ben.ask("PUT", &format!("/api/blocks/{}", eve.id), None, None).await;
    assert_eq!(blocked.status, 204);
    phone.socket.all().await;
    let path = format!("/api/contacts/{}", ben.id);
    assert_eq!(eve.post(&format!("{path}/accept"), json!({})).await.status, 200);
    assert_eq!(eve.delete(&path).await.status, 204);
    assert_eq!(eve.post("/api/contacts", json!({ "username": "ben" })).await.status, 201);
    assert_eq!(eve.delete(&path).await.status, 204);
    assert_eq!(contact_news(&phone.socket.all().await), 0);
}

#[tokio::test]
async fn trying_name_after_name_does_not_reveal_who_exists() {
    let server = limited(|rates| rates.names = THREE).await;
    let eve = server.person("eve").await;
    for number in 0..5 {
        let reply = eve.post("/api/contacts", json!({ "username": format!("name{number}") })).await;
        reply.is(if number < 3 { 404 } else { 429 }, if number < 3 { "not_found" } else { "rate_limited" });
        assert_eq!(reply.header("retry-after"), if number < 3 { "" } else { "10" });
    }
}

#[tokio::test]
async fn a_call_can_be_ended_even_when_every_other_limit_is_reached() {
    let server = limited(|rates| (rates.requests, rates.endings) = (THREE, THREE)).await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    while anna.person.get("/api/contacts").await.status == 200 {}
    anna.person.get("/api/contacts").await.is(429, "rate_limited");
    for number in 0..5 {
        let reply = anna.act(NOT_THERE, "end").await;
        reply.is(
            if number < 3 { 404 } else { 429 },
            if number < 3 { "call_not_found" } else { "rate_limited" },
        );
    }
    assert_eq!(anna.act(&call, "end").await.status, 200);
    anna.act(&call, "end").await.is(429, "rate_limited");
    server.pass(60).await;
    let call = anna.rings(&conversation).await;
    while ben.person.get("/api/contacts").await.status == 200 {}
    assert_eq!(ben.act(&call, "decline").await.status, 200);
}

#[tokio::test]
async fn repeated_refusals_are_one_row_a_minute_with_a_count() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let conversation = server.befriend(&anna, &ben).await;
    let anna = anna.connect("anna-1").await;
    for _ in 0..5 {
        anna.call(&conversation).await.is(409, "peer_offline");
    }
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = 'peer_offline'").await, 1);
    server.clock.advance(Duration::from_secs(60));
    anna.person.app.store.note_refusals(&server.clock).await.unwrap();
    let more = "SELECT count(*) FROM audit_log WHERE detail = 'peer_offline, 4 times more'";
    assert_eq!(server.count(more).await, 1);
}

#[tokio::test]
async fn somebody_who_keeps_trying_to_call_is_refused_before_anything_is_written() {
    let server = limited(|rates| rates.call_tries = THREE).await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let conversation = server.befriend(&anna, &ben).await;
    let anna = anna.connect("anna-1").await;
    for number in 0..5 {
        let reply = anna.call(&conversation).await;
        reply
            .is(if number < 3 { 409 } else { 429 }, if number < 3 { "peer_offline" } else { "rate_limited" });
    }
}

#[tokio::test]
async fn signals_are_limited_by_size_and_a_description_still_fits_after_a_moment() {
    let most = Rate { burst: 100_000, every: Duration::from_millis(1) };
    let server = limited(|rates| rates.signal_bytes = Some(most)).await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    let path = format!("/api/calls/{call}/signal");
    let offer = |bytes: usize| json!({ "type": "offer", "data": { "sdp": "x".repeat(bytes) } });
    for number in 0..4 {
        let reply = anna.post(&path, offer(30_000)).await;
        assert_eq!(reply.status, if number < 3 { 202 } else { 429 }, "{}", reply.text);
    }
    let candidate = json!({ "type": "ice_candidate", "data": { "candidate": "" } });
    assert_eq!(anna.post(&path, candidate).await.status, 202, "what is small fits");
    assert_eq!(ben.post(&path, offer(30_000)).await.status, 202, "each has a budget");
    server.clock.advance(Duration::from_secs(30));
    assert_eq!(anna.post(&path, offer(30_000)).await.status, 202);
}

#[tokio::test]
async fn no_number_of_signals_disconnects_a_device_that_reads_slowly() {
    let server = TestServer::with(|config| {
        config.limits.frames_per_socket = 8;
        // A slow device is not disconnected for its silence in this test.
        (config.timings.send, config.timings.ping) = (PATIENCE, PATIENCE);
    })
    .await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    let _slow = unread(ben.person.address, &ben.person.token, "ben-1").await;
    let path = format!("/api/calls/{call}/signal");
    let offer = json!({ "type": "offer", "to_device": "ben-1", "data": { "sdp": "x".repeat(30_000) } });
    let mut refused = 0;
    for _ in 0..600 {
        let reply = anna.post(&path, offer.clone()).await;
        if reply.status == 429 {
            reply.is(429, "rate_limited");
            refused += 1;
        }
        if refused == 3 {
            break;
        }
    }
    assert!(ben.person.app.calls.hub.is_connected(&ben.person.id, &DeviceId::from("ben-1")));
    // A node does not know how much is queued at another one.
    assert!(refused == 3 || anna.person.address != ben.person.address);
}

#[tokio::test]
async fn the_offers_of_one_ring_are_limited() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let path = format!("/api/calls/{call}/signal");
    let offer = |generation: u32| json!({ "type": "offer", "generation": generation, "data": { "sdp": "" } });
    for generation in 2..=81 {
        assert_eq!(anna.post(&path, offer(generation)).await.status, 202);
    }
    anna.post(&path, offer(82)).await.is(422, "invalid_request");
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    assert_eq!(anna.post(&path, offer(83)).await.status, 202, "the connection of the call itself");
}

#[tokio::test]
async fn other_frames_than_signals_are_limited_too() {
    let server = limited(|rates| rates.frames = THREE).await;
    let (mut anna, mut ben, _) = server.anna_and_ben().await;
    for number in 0..5 {
        anna.media_flows(NOT_THERE).await;
        let error = anna.socket.until("error").await["error"].clone();
        assert_eq!(error["code"], json!(if number < 3 { "call_not_found" } else { "rate_limited" }));
    }
    ben.media_flows(NOT_THERE).await;
    assert_eq!(ben.socket.until("error").await["error"]["code"], "call_not_found");
}

#[tokio::test]
async fn messages_are_limited_by_size() {
    let most = Rate { burst: 10_000, every: Duration::from_millis(1) };
    let server = limited(|rates| rates.message_bytes = Some(most)).await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    for status in [201, 201, 429] {
        assert_eq!(anna.post(&path, json!({ "content": "ö".repeat(2_000) })).await.status, status);
    }
}

#[tokio::test]
async fn unanswered_requests_are_limited_on_both_sides_and_a_new_person_gets_through() {
    let server = TestServer::new().await;
    let (ben, eve) = (server.person("ben").await, server.person("eve").await);
    let mut phone = ben.connect("ben-1").await;
    let mut first = None;
    for number in 0..=500 {
        let name = format!("stranger{number}");
        let user = accounts::add(&server.app.accounts, &name, &name, "-".to_owned()).await.unwrap().unwrap();
        let stranger = server.signed_in(&user.id, &name);
        if number < MOST_ASKED {
            server
                .app
                .store
                .add_contact(
                    &server.app.store.user(&eve.id).await.unwrap().unwrap(),
                    &name,
                    server.clock.now(),
                )
                .await
                .unwrap();
        }
        server.clock.advance(Duration::from_millis(1));
        if number < 500 {
            server.app.store.add_contact(&user, "ben", server.clock.now()).await.unwrap();
            first.get_or_insert(user.id);
        } else {
            phone.socket.all().await;
            assert_eq!(stranger.post("/api/contacts", json!({ "username": "ben" })).await.status, 201);
        }
    }
    let gone = phone.socket.until("contact_removed").await;
    assert_eq!(gone["user_id"], json!(first.unwrap()), "the oldest request yields");
    assert_eq!(ben.get("/api/contacts").await.body.as_array().unwrap().len(), 500);
    eve.post("/api/contacts", json!({ "username": "ben" })).await.is(422, "invalid_request");
    assert_eq!(eve.get("/api/contacts").await.body.as_array().unwrap().len(), MOST_ASKED);
}
