//! Calling somebody: what rings, what is refused and why.

use kit_server::test_server::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_call_rings_on_every_device_of_the_callee_and_carries_the_offer() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let reply = anna.call(&conversation).await;
    assert_eq!(reply.status, 201);
    let call = &reply.body["call"];
    assert_eq!((&call["status"], &call["call_type"]), (&json!("ringing"), &json!("video")));
    assert_eq!((&reply.body["role"], &reply.body["peer"]["username"]), (&json!("caller"), &json!("ben")));
    assert_eq!(reply.body["warm_device"], "ben-2", "the device that was used last");
    assert_eq!(reply.body["also_warm"], json!(["ben-1"]));
    assert_eq!(reply.body["offer"], json!(null), "the caller knows its own offer");
    assert_eq!(
        reply.body["seats"],
        json!([{ "user_id": anna.person.id, "device_id": "anna-1", "device_label": "label of anna-1", "reliable": true }])
    );
    for device in [&mut ben, &mut tablet] {
        let ringing = device.socket.until("call_ringing").await;
        assert_eq!(ringing["call"], *call);
        assert_eq!((&ringing["role"], &ringing["warm_device"]), (&json!("callee"), &json!("ben-2")));
        assert_eq!(ringing["also_warm"], json!(["ben-1"]));
        assert_eq!(ringing["peer"]["username"], "anna");
        assert_eq!(ringing["ring_ms_left"], 45_000);
        let offer = json!({ "generation": 1, "from_device": "anna-1", "data": { "type": "offer", "sdp": "sdp by anna-1" } });
        assert_eq!(ringing["offer"], offer);
    }
    assert_eq!(server.count("SELECT count(*) FROM call_participants WHERE joined_at IS NOT NULL").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'initiated'").await, 1);
}

#[tokio::test]
async fn the_offer_is_never_in_the_database() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let (folder, _) = server.stop().await;
    let bytes = folder.everything().await;
    assert!(bytes.windows(6).any(|window| window == b"anna-1"), "the device is");
    assert!(!bytes.windows(13).any(|window| window == b"sdp by anna-1"));
}

#[tokio::test]
async fn a_second_click_is_the_same_call_even_after_it_was_answered() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let again = anna.call(&conversation).await;
    assert_eq!((again.status, &again.body["call"]["id"]), (200, &json!(call)));
    assert_eq!(again.body["call"]["status"], "ringing");
    ben.act(&call, "answer").await;
    let again = anna.call(&conversation).await;
    assert_eq!((again.status, &again.body["call"]["status"]), (200, &json!("active")));
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 1);
    let frames = ben.socket.all().await;
    assert_eq!(frames.iter().filter(|frame| frame["type"] == "call_ringing").count(), 1);
}

#[tokio::test]
async fn calling_from_another_device_reports_the_call_that_is_already_active() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let tablet = anna.person.connect("anna-2").await;
    let call = anna.rings(&conversation).await;
    for _ in 0..2 {
        let refused = tablet.call(&conversation).await;
        refused.is(409, "already_in_call");
        assert_eq!(refused.body["error"]["call"]["id"], call);
        ben.act(&call, "answer").await;
    }
}

#[tokio::test]
async fn somebody_offline_is_not_called_and_no_row_is_written() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    ben.vanish().await;
    server.pass(1).await;
    anna.call(&conversation).await.is(409, "peer_offline");
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 0);
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = 'peer_offline'").await, 1);
}

#[tokio::test]
async fn a_busy_callee_is_not_disturbed_and_both_see_the_missed_call() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben.person).await;
    // Somebody who is ringing is busy, and so is somebody in a call.
    let call = anna.rings(&conversation).await;
    for attempt in 1..=2 {
        ben.socket.all().await;
        carla.call(&with_carla).await.is(409, "busy");
        let heard = ben.socket.all().await;
        assert!(!heard.iter().any(|frame| frame["type"] == "call_ringing"), "{heard:?}");
        let message = carla.socket.until("message").await;
        assert_eq!(message["message"]["content"], "Missed video call");
        assert_eq!(message["message"]["sender_id"], json!(null));
        assert_eq!(message["message"]["metadata"]["reason"], "busy");
        assert!(heard.contains(&message));
        assert_eq!(server.count("SELECT count(*) FROM calls WHERE error_reason = 'busy'").await, attempt);
        ben.act(&call, "answer").await;
    }
    assert_eq!(
        ben.person.get(&format!("/api/calls/active/{conversation}")).await.body["call"]["status"],
        "active"
    );
    assert_eq!(carla.person.get("/api/calls/history").await.body["calls"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn somebody_in_a_call_or_ringing_cannot_call_a_third_person() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&ben.person, &carla.person).await;
    let call = anna.rings(&conversation).await;
    for _ in 0..2 {
        let refused = ben.call(&with_carla).await;
        refused.is(409, "already_in_call");
        assert_eq!(refused.body["error"]["call"]["id"], call);
        ben.act(&call, "answer").await;
    }
}

#[tokio::test]
async fn only_members_who_are_contacts_can_call_in_a_conversation() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await.connect("carla-1").await;
    carla.call(&conversation).await.is(404, "conversation_not_found");
    anna.call("no-such-conversation").await.is(404, "conversation_not_found");
    carla.person.get(&format!("/api/calls/active/{conversation}")).await.is(404, "conversation_not_found");
}

#[tokio::test]
async fn calls_can_be_disabled() {
    let server = TestServer::with(|config| config.calls_enabled = false).await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    anna.call(&conversation).await.is(403, "calls_disabled");
    assert_eq!(anna.person.get("/api/config").await.body["calls_enabled"], false);
}

#[tokio::test]
async fn calling_back_while_it_rings_answers() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    let joined = ben.call(&conversation).await;
    assert_eq!((joined.status, &joined.body["call"]["id"]), (200, &json!(call)));
    assert_eq!((&joined.body["call"]["status"], &joined.body["role"]), (&json!("active"), &json!("callee")));
    assert_eq!(joined.body["offer"]["data"]["sdp"], "sdp by anna-1", "the initiator stays the offerer");
    let answered = anna.socket.until("call_answered").await;
    assert_eq!(answered["seats"][1]["device_id"], "ben-1");
    assert_eq!(answered["offer"], json!(null));
    let heard = ben.socket.until("call_answered").await;
    assert_eq!(heard["offer"], joined.body["offer"], "the frame may arrive before the reply");
    // The reply was lost: repeating the request returns the same, including the offer.
    let again = ben.call(&conversation).await;
    assert_eq!((again.status, &again.body["offer"]), (200, &joined.body["offer"]));
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM call_participants WHERE joined_at IS NOT NULL").await, 2);
}

#[tokio::test]
async fn calling_back_from_a_device_that_is_not_warm_waits_for_another_offer() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let _tablet = ben.person.connect("ben-2").await;
    let reply = anna.call(&conversation).await;
    assert_eq!(reply.body["warm_device"], "ben-2");
    let joined = ben.call(&conversation).await;
    assert_eq!((joined.status, &joined.body["offer"]), (200, &json!(null)));
    let mut ben = ben;
    assert_eq!(ben.socket.until("call_answered").await["offer"], json!(null));
}

#[tokio::test]
async fn the_live_call_of_a_conversation_can_be_requested() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/calls/active/{conversation}");
    assert_eq!(
        (anna.person.get(&path).await.status, anna.person.get(&path).await.text.as_str()),
        (200, "null")
    );
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    let seen = ben.person.get(&path).await.body;
    assert_eq!((&seen["call"]["id"], &seen["role"]), (&json!(call), &json!("callee")));
    assert_eq!(seen["offer"]["data"]["sdp"], "sdp by anna-1");
    assert_eq!(anna.person.get(&path).await.body["offer"], json!(null));
    ben.act(&call, "decline").await;
    assert_eq!(ben.person.get(&path).await.text, "null");
}

#[tokio::test]
async fn a_plain_client_can_call_and_be_called() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let body = json!({ "conversation_id": conversation, "call_type": "audio" });
    let reply = anna.person.post("/api/calls/initiate", body.clone()).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.body["seats"][0]["reliable"], false);
    let call = reply.body["call"]["id"].as_str().unwrap().to_owned();
    ben.socket.until("call_ringing").await;
    let answered = ben.person.post(&format!("/api/calls/{call}/answer"), json!({})).await;
    assert_eq!(answered.status, 200);
    assert!(answered.body["call"]["started_at"].is_string(), "nobody will report media");
    anna.socket.until("call_answered").await;
    let signal = json!({ "type": "offer", "data": { "type": "offer", "sdp": "v=0" } });
    let passed = anna.person.post(&format!("/api/calls/{call}/signal"), signal.clone()).await;
    assert_eq!((passed.status, passed.text.as_str()), (202, "{}"));
    let heard = ben.socket.until("signal").await;
    assert_eq!(heard["signal_data"], signal);
    assert_eq!(heard["sender_id"], anna.person.id.as_str());
    // The user's new call takes over, since nothing proves that the old one is alive.
    let again = anna.person.post("/api/calls/initiate", body).await;
    assert_eq!(again.status, 201);
    assert_ne!(again.body["call"]["id"], json!(call));
    assert_eq!(ben.socket.until("call_ended").await["call"]["error_reason"], "replaced");
}
