//! People who block or remove each other: that applies to the current call, too.

use kit_server::{
    person::{Device, Person},
    rest::Reply,
    test_server::TestServer,
};
use serde_json::{Value, json};

/// The ways in which somebody cuts off somebody else.
#[derive(Clone, Copy, Debug)]
enum Way {
    Block,
    Remove,
}

const WAYS: [Way; 2] = [Way::Block, Way::Remove];

async fn turns_away(who: &Person, whom: &Person, way: Way) {
    let (method, list) = match way {
        Way::Block => ("PUT", "blocks"),
        Way::Remove => ("DELETE", "contacts"),
    };
    let reply = who.ask(method, &format!("/api/{list}/{}", whom.id), None, None).await;
    assert_eq!(reply.status, 204, "{way:?}: {}", reply.text);
}

/// All that a device sees of the end of its call, without what differs between two calls.
async fn hears_the_end(device: &mut Device, frame: &str) -> Value {
    let call = device.socket.until(frame).await["call"].clone();
    let fields = ["status", "error_reason", "call_type", "initiator_id"];
    Value::Object(fields.iter().map(|field| ((*field).to_owned(), call[field].clone())).collect())
}

/// What is recorded about the last call.
async fn written(device: &Device, conversation: &str) -> Value {
    let page = device.person.get(&format!("/api/conversations/{conversation}/messages")).await.body;
    let message = page["messages"].as_array().unwrap().last().unwrap().clone();
    json!([
        message["content"],
        message["sender_id"],
        message["metadata"]["status"],
        message["metadata"]["reason"]
    ])
}

fn is_over(reply: &Reply) {
    assert_eq!((reply.status, reply.code()), (409, "wrong_state"), "{}", reply.text);
}

#[tokio::test]
async fn blocking_or_removing_a_caller_stops_the_ring_and_looks_like_a_decline() {
    for way in WAYS {
        let server = TestServer::new().await;
        let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
        let mut tablet = ben.person.connect("ben-2").await;
        let call = anna.rings(&conversation).await;
        ben.act(&call, "decline").await;
        let ordinary = hears_the_end(&mut anna, "call_declined").await;
        let words = written(&anna, &conversation).await;
        for device in [&mut ben, &mut tablet] {
            device.socket.until("call_declined").await;
        }

        let call = anna.rings(&conversation).await;
        for device in [&mut ben, &mut tablet] {
            device.socket.until("call_ringing").await;
        }
        turns_away(&ben.person, &anna.person, way).await;
        assert_eq!(hears_the_end(&mut anna, "call_declined").await, ordinary, "{way:?}");
        for device in [&mut ben, &mut tablet] {
            device.socket.until("call_declined").await;
        }
        assert_eq!(written(&anna, &conversation).await, words, "{way:?}");
        is_over(&ben.act(&call, "answer").await);
        assert_eq!(server.count("SELECT count(*) FROM call_seats WHERE left_at IS NULL").await, 0);
    }
}

#[tokio::test]
async fn blocking_or_removing_somebody_during_a_call_hangs_up() {
    for way in WAYS {
        let server = TestServer::new().await;
        let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
        let mut talk = async |ends: Option<Way>| {
            let call = anna.rings(&conversation).await;
            ben.act(&call, "answer").await;
            anna.media_flows(&call).await;
            kit_server::test_server::eventually(async || {
                server
                    .count("SELECT count(*) FROM calls WHERE status = 'active' AND started_at IS NOT NULL")
                    .await
                    == 1
            })
            .await;
            match ends {
                None => assert_eq!(anna.act(&call, "end").await.status, 200),
                Some(way) => turns_away(&anna.person, &ben.person, way).await,
            }
            let heard = hears_the_end(&mut ben, "call_ended").await;
            assert_eq!(hears_the_end(&mut anna, "call_ended").await, heard);
            (heard, written(&ben, &conversation).await)
        };
        let ordinary = talk(None).await;
        assert_eq!(ordinary.0["status"], "ended");
        assert_eq!(talk(Some(way)).await, ordinary, "{way:?}");
    }
}

#[tokio::test]
async fn a_caller_who_blocks_or_removes_the_callee_cancels_the_call() {
    for way in WAYS {
        let server = TestServer::new().await;
        let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
        let call = anna.rings(&conversation).await;
        turns_away(&anna.person, &ben.person, way).await;
        let heard = hears_the_end(&mut ben, "call_ended").await;
        assert_eq!((&heard["status"], &heard["error_reason"]), (&json!("missed"), &json!("cancelled")));
        hears_the_end(&mut anna, "call_ended").await;
        is_over(&ben.act(&call, "answer").await);
        let signal =
            json!({ "type": "answer", "generation": 1, "data": { "type": "answer", "sdp": "late" } });
        is_over(&ben.post(&format!("/api/calls/{call}/signal"), signal).await);
        anna.socket.no("signal").await;
    }
}

#[tokio::test]
async fn a_decision_about_one_person_leaves_the_call_with_another_alone() {
    for way in WAYS {
        let server = TestServer::new().await;
        let (anna, mut ben, conversation) = server.anna_and_ben().await;
        let carla = server.person("carla").await;
        server.befriend(&ben.person, &carla).await;
        let call = anna.rings(&conversation).await;
        ben.act(&call, "answer").await;
        turns_away(&ben.person, &carla, way).await;
        ben.socket.no("call_ended").await;
        assert_eq!(anna.act(&call, "end").await.status, 200);
    }
}

#[tokio::test]
async fn silencing_strangers_while_one_rings_stops_that_ring_but_not_a_friends() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let person = ben.person.clone();
    let silence = async |silent: bool| {
        let wanted = json!({ "silence_unknown_callers": silent });
        assert_eq!(person.ask("PUT", "/api/settings", None, Some(wanted)).await.status, 200);
    };
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    silence(true).await;
    for device in [&mut anna, &mut ben] {
        let heard = hears_the_end(device, "call_ended").await;
        assert_eq!((&heard["status"], &heard["error_reason"]), (&json!("missed"), &json!("no_answer")));
    }
    silence(false).await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(ben.post(&path, json!({ "content": "Oh, Anna" })).await.status, 201);
    let call = anna.rings(&conversation).await;
    silence(true).await;
    anna.socket.no("call_ended").await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
}
