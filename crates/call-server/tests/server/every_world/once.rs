//! People with a bad connection: they retry with the same `Idempotency-Key`, and it is done once.

use call_protocol::{DEVICE_HEADER, IDEMPOTENCY_HEADER, limits};
use kit_server::{
    person::{Device, Person},
    rest::Reply,
    test_server::{TestServer, eventually},
};
use serde_json::{Value, json};
use std::time::Duration;

async fn write(person: &Person, conversation: &str, key: &str, text: &str) -> Reply {
    let path = format!("/api/conversations/{conversation}/messages");
    person.ask_with("POST", &path, &[(IDEMPOTENCY_HEADER, key)], Some(json!({ "content": text }))).await
}

async fn call(device: &Device, conversation: &str, key: &str, kind: &str) -> Reply {
    let offer = json!({ "generation": 1, "data": { "type": "offer", "sdp": "the secret of this offer" } });
    let body = json!({ "conversation_id": conversation, "call_type": kind, "offer": offer });
    let headers = [(IDEMPOTENCY_HEADER, key), (DEVICE_HEADER, device.id.as_str())];
    device.person.ask_with("POST", "/api/calls/initiate", &headers, Some(body)).await
}

fn id(reply: &Reply) -> &Value {
    &reply.body["call"]["id"]
}

const MESSAGES: &str = "SELECT count(*) FROM messages";
const CALLS: &str = "SELECT count(*) FROM calls";
const KEYS: &str = "SELECT count(*) FROM idempotency_keys";

#[tokio::test]
async fn a_message_sent_again_with_its_key_is_stored_and_delivered_once() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let first = write(&anna.person, &conversation, "\"one\"", "Hi").await;
    let second = write(&anna.person, &conversation, "one", "Hi").await;
    assert_eq!((first.status, second.status, &second.body), (201, 201, &first.body));
    assert_eq!(ben.socket.until("message").await["message"], first.body);
    ben.socket.no("message").await;
    assert_eq!(server.count(MESSAGES).await, 1);
    let another = write(&anna.person, &conversation, "two", "Hi").await;
    assert_ne!(another.body["id"], first.body["id"], "another key is another message");
}

#[tokio::test]
async fn a_key_belongs_to_one_person_one_address_and_one_request() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await;
    let elsewhere = server.befriend(&anna.person, &carla).await;
    assert_eq!(write(&anna.person, &conversation, "k", "Hi").await.status, 201);
    write(&anna.person, &conversation, "k", "Ho").await.is(422, "idempotency_key_reused");
    assert_eq!(write(&ben.person, &conversation, "k", "Hi").await.status, 201);
    assert_eq!(write(&anna.person, &elsewhere, "k", "Hi").await.status, 201);
    assert_eq!(call(&anna, &conversation, "k", "audio").await.status, 201);
    assert_eq!(server.count(MESSAGES).await, 3);
    call(&anna, &conversation, "k", "video").await.is(422, "idempotency_key_reused");
    write(&carla, &conversation, "k", "Hi").await.is(404, "conversation_not_found");
}

#[tokio::test]
async fn an_invalid_key_is_refused_with_a_sentence() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    for key in ["", "\"\"", "two words", "\"open", &"x".repeat(256)] {
        write(&anna.person, &conversation, key, "Hi").await.is(422, "invalid_request");
        call(&anna, &conversation, key, "audio").await.is(422, "invalid_request");
    }
    let path = format!("/api/conversations/{conversation}/messages");
    let two = [(IDEMPOTENCY_HEADER, "a"), (IDEMPOTENCY_HEADER, "b")];
    let reply = anna.person.ask_with("POST", &path, &two, Some(json!({ "content": "Hi" }))).await;
    reply.is(422, "invalid_request");
    assert_eq!((server.count(MESSAGES).await, server.count(CALLS).await), (0, 0));
}

#[tokio::test]
async fn calling_again_with_the_same_key_returns_the_calls_state_and_rings_nothing() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let first = call(&anna, &conversation, "k", "audio").await;
    let again = call(&anna, &conversation, "k", "audio").await;
    assert_eq!((first.status, again.status, id(&again)), (201, 201, id(&first)));
    assert_eq!(again.body["call"]["status"], "ringing");
    ben.socket.until("call_ringing").await;
    ben.act(id(&first).as_str().unwrap(), "decline").await;
    let over = call(&anna, &conversation, "k", "audio").await;
    assert_eq!((over.status, id(&over), &over.body["call"]["status"]), (201, id(&first), &json!("declined")));
    server.pass(130).await;
    let forgotten = call(&anna, &conversation, "k", "audio").await;
    assert_eq!((id(&forgotten), &forgotten.body["peer"]), (id(&first), &first.body["peer"]));
    ben.socket.no("call_ringing").await;
    assert_eq!((server.count(CALLS).await, server.count(MESSAGES).await), (1, 1));
}

#[tokio::test]
async fn busy_is_returned_twice_and_recorded_once() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben.person).await;
    anna.rings(&conversation).await;
    for _ in 0..2 {
        call(&carla, &with_carla, "k", "audio").await.is(409, "busy");
    }
    assert_eq!((server.count(CALLS).await, server.count(MESSAGES).await), (2, 1));
}

#[tokio::test]
async fn a_call_that_could_not_be_placed_leaves_its_key_for_the_next_try() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let ben = ben.vanish().await;
    call(&anna, &conversation, "k", "audio").await.is(409, "peer_offline");
    assert_eq!(server.count(KEYS).await, 0);
    let mut ben = ben.connect("ben-1").await;
    // Anna's server may learn of Ben a moment later than his own.
    eventually(async || call(&anna, &conversation, "k", "audio").await.status == 201).await;
    ben.socket.until("call_ringing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_sent_twice_at_once_are_each_carried_out_once() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    for round in 0..50 {
        let key = format!("key-{round}");
        let (one, two) = tokio::join!(
            write(&anna.person, &conversation, &key, "Hi"),
            write(&anna.person, &conversation, &key, "Hi")
        );
        assert_eq!((one.status, two.status, &one.body), (201, 201, &two.body));
        let (one, two) = tokio::join!(
            call(&anna, &conversation, &key, "audio"),
            call(&anna, &conversation, &key, "audio")
        );
        assert_eq!((one.status, two.status, id(&one)), (201, 201, id(&two)), "{} {}", one.text, two.text);
        anna.act(id(&one).as_str().unwrap(), "end").await;
    }
    assert_eq!((server.count(CALLS).await, server.count(MESSAGES).await), (50, 100));
}

#[tokio::test]
async fn a_server_that_stopped_before_it_replied_finds_what_it_created() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let message = write(&anna.person, &conversation, "k", "Hi").await;
    let made = call(&anna, &conversation, "k", "audio").await;
    let (anna_id, ben_id) = (anna.person.id.clone(), ben.person.id.clone());
    let server = server.restart().await;
    let anna = server.signed_in(&anna_id, "anna").connect("anna-1").await;
    let _ben = server.signed_in(&ben_id, "ben").connect("ben-1").await;
    assert_eq!(write(&anna.person, &conversation, "k", "Hi").await.body, message.body);
    let again = call(&anna, &conversation, "k", "audio").await;
    assert_eq!((again.status, id(&again)), (201, id(&made)));
    assert_eq!((server.count(CALLS).await, server.count(MESSAGES).await), (1, 1));
}

#[tokio::test]
async fn a_key_is_remembered_for_a_day() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let first = write(&anna.person, &conversation, "k", "Hi").await;
    write(&anna.person, &conversation, "other", "Hi").await;
    server.clock.advance(limits::IDEMPOTENCY_TIME - Duration::from_secs(1));
    let anna = server.signed_in(&anna.person.id, "anna");
    assert_eq!(write(&anna, &conversation, "k", "Hi").await.body, first.body);
    server.clock.advance(Duration::from_secs(1));
    let later = write(&anna, &conversation, "k", "Hi").await;
    assert_eq!((later.status, later.body["id"] == first.body["id"]), (201, false));
    assert_eq!(server.count(KEYS).await, 2);
    let old = server.clock.now().minus(limits::IDEMPOTENCY_TIME);
    server.app.store.forget_keys_before(old.plus(Duration::from_secs(1))).await.unwrap();
    assert_eq!(server.count(KEYS).await, 1, "the new use of the first key");
}

#[tokio::test]
async fn the_server_deletes_old_keys_by_itself() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    write(&anna.person, &conversation, "k", "Hi").await;
    server.clock.advance(limits::IDEMPOTENCY_TIME + Duration::from_secs(1));
    let server = server.restart().await;
    eventually(async || server.count(KEYS).await == 0).await;
}

#[tokio::test]
async fn neither_a_key_nor_an_offer_can_be_read_back_from_the_database() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    assert_eq!(call(&anna, &conversation, "a-key-to-look-for", "audio").await.status, 201);
    let (folder, _) = server.stop().await;
    let all = folder.everything().await;
    for needle in ["a-key-to-look-for", "the secret of this offer"] {
        assert!(!all.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle}");
    }
}
