//! Signals: who may send, who receives them, and what happens when a device connects late.

use kit_server::test_server::TestServer;
use serde_json::{Value, json};

fn signal(kind: &str, text: &str) -> Value {
    json!({ "type": kind, "generation": 1, "seq": 1, "data": { "type": kind, "sdp": text, "later": [1, 2] } })
}

fn to(device: &str, mut signal: Value) -> Value {
    signal["to_device"] = json!(device);
    signal
}

#[tokio::test]
async fn signals_are_forwarded_unchanged_and_say_who_sent_them() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    for kind in ["offer", "answer", "ice_candidate", "ack"] {
        let sent = signal(kind, "text");
        anna.signal(&call, sent.clone()).await;
        let heard = ben.socket.until("signal").await;
        assert_eq!((&heard["call_id"], &heard["sender_id"]), (&json!(call), &json!(anna.person.id)));
        let mut expected = sent;
        expected["from_device"] = json!("anna-1");
        assert_eq!(heard["signal_data"], expected);
    }
    // A sender cannot pretend to be another device.
    let mut forged = signal("answer", "text");
    forged["from_device"] = json!("anna-9");
    ben.signal(&call, forged).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], "ben-1");
    // The same over REST.
    let reply = ben.post(&format!("/api/calls/{call}/signal"), signal("ice_candidate", "x")).await;
    assert_eq!((reply.status, reply.text.as_str()), (202, "{}"));
    assert_eq!(anna.socket.until("signal").await["signal_data"]["type"], "ice_candidate");
}

#[tokio::test]
async fn while_it_rings_the_warm_device_may_answer_the_offer() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    tablet.signal(&call, signal("answer", "warm")).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], "ben-2");
}

#[tokio::test]
async fn after_the_answer_only_the_two_seated_devices_exchange_signals() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut bens_tablet = ben.person.connect("ben-2").await;
    let mut annas_tablet = anna.person.connect("anna-2").await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    for device in [&mut bens_tablet, &mut annas_tablet] {
        device.signal(&call, signal("answer", "late")).await;
        assert_eq!(device.socket.until("error").await["error"]["code"], "answered_elsewhere");
        let refused = device.post(&format!("/api/calls/{call}/signal"), signal("answer", "late")).await;
        refused.is(409, "answered_elsewhere");
    }
    anna.signal(&call, signal("offer", "for the people concerned")).await;
    ben.socket.until("signal").await;
    bens_tablet.socket.no("signal").await;
    // To a device that lost the call: dropped, not redirected.
    anna.signal(&call, to("ben-2", signal("ice_candidate", "x"))).await;
    ben.socket.no("signal").await;
    bens_tablet.socket.no("signal").await;
    anna.socket.no("error").await;
}

#[tokio::test]
async fn a_signal_is_addressed_to_one_ringing_device_or_reaches_all() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    anna.signal(&call, to("ben-1", signal("ice_candidate", "x"))).await;
    ben.socket.until("signal").await;
    tablet.socket.no("signal").await;
    anna.signal(&call, signal("ice_candidate", "y")).await;
    ben.socket.until("signal").await;
    tablet.socket.until("signal").await;
}

#[tokio::test]
async fn signals_of_an_ended_call_or_somebody_elses_are_refused() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let mut carla = server.person("carla").await.connect("carla-1").await;
    let call = anna.rings(&conversation).await;
    carla.signal(&call, signal("offer", "x")).await;
    assert_eq!(carla.socket.until("error").await["error"]["code"], "call_not_found");
    carla.signal("no-such-call", signal("offer", "x")).await;
    let refused = carla.socket.until("error").await;
    assert_eq!(refused["error"]["code"], "call_not_found");
    assert_eq!(refused.get("call_id"), None, "an invalid id is not echoed");
    carla.media_flows(&call).await;
    assert_eq!(carla.socket.until("error").await["error"]["code"], "call_not_found");
    ben.act(&call, "decline").await;
    anna.socket.until("call_declined").await;
    anna.signal(&call, signal("offer", "x")).await;
    let refused = anna.socket.until("error").await;
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["call"]["status"]),
        (&json!("wrong_state"), &json!("declined"))
    );
    // Much later, when only the database remembers the call.
    server.pass(130).await;
    anna.signal(&call, signal("offer", "x")).await;
    assert_eq!(anna.socket.until("error").await["error"]["code"], "wrong_state");
    carla.signal(&call, signal("offer", "x")).await;
    assert_eq!(carla.socket.until("error").await["error"]["code"], "call_not_found");
}

#[tokio::test]
async fn a_signal_for_somebody_offline_is_silently_dropped() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let ben = ben.vanish().await;
    server.pass(1).await;
    anna.signal(&call, signal("offer", "unheard")).await;
    anna.socket.no("error").await;
    let mut ben = ben.connect("ben-1").await;
    ben.socket.no("signal").await;
}

#[tokio::test]
async fn a_device_that_starts_to_ring_later_gets_the_newest_offer_and_the_caller_learns_of_it() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let newer =
        to("ben-1", json!({ "type": "offer", "generation": 2, "seq": 1, "data": { "sdp": "newer" } }));
    anna.signal(&call, newer).await;
    ben.socket.until("signal").await;
    let tablet = ben.person.connect("ben-2").await;
    let rings = &tablet.welcome["live_calls"][0];
    assert_eq!(rings["warm_device"], "ben-1");
    assert_eq!(
        rings["offer"],
        json!({ "generation": 2, "from_device": "anna-1", "data": { "sdp": "newer" } })
    );
    assert_eq!(
        anna.socket.until("device_ringing").await,
        json!({ "type": "device_ringing", "call_id": call, "device_id": "ben-2", "offer_known": true, "also_warm": true })
    );
}

#[tokio::test]
async fn every_device_that_rings_may_answer_an_offer_of_its_own_and_the_rings_offer_stays() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    for (device, generation) in [(&mut tablet, 1), (&mut ben, 2)] {
        device.socket.until("call_ringing").await;
        if generation > 1 {
            let offer =
                json!({ "type": "offer", "generation": generation, "seq": 1, "data": { "sdp": "his" } });
            anna.signal(&call, to("ben-1", offer)).await;
            device.socket.until("signal").await;
        }
        let answer =
            json!({ "type": "answer", "generation": generation, "seq": 1, "data": { "sdp": "warm" } });
        device.signal(&call, answer).await;
        assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], device.id);
    }
    let phone = ben.person.connect("ben-3").await;
    let rings = &phone.welcome["live_calls"][0];
    assert_eq!((&rings["offer"]["generation"], &rings["warm_device"]), (&json!(1), &json!("ben-2")));
    assert_eq!(rings["also_warm"], json!(["ben-1", "ben-3"]));
}

#[tokio::test]
async fn a_fifth_device_rings_but_may_not_connect_before_it_answers() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let mut connected = Vec::new();
    for device in ["ben-2", "ben-3", "ben-4"] {
        connected.push(ben.person.connect(device).await);
        assert_eq!(anna.socket.until("device_ringing").await["also_warm"], true, "{device}");
    }
    let mut fifth = ben.person.connect("ben-5").await;
    assert_eq!(anna.socket.until("device_ringing").await["also_warm"], json!(null));
    fifth.signal(&call, signal("answer", "unasked")).await;
    let refused = fifth.socket.until("error").await;
    assert_eq!((&refused["error"]["code"], &refused["call_id"]), (&json!("wrong_state"), &json!(call)));
    assert_eq!(refused["error"]["call"]["status"], "ringing");
    anna.socket.no("signal").await;
}

#[tokio::test]
async fn when_the_warm_device_is_gone_the_next_one_replaces_it_and_gets_its_own_offer() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let ben = ben.vanish().await;
    server.pass(1).await;
    let mut tablet = ben.connect("ben-2").await;
    let rings = &tablet.welcome["live_calls"][0];
    assert_eq!((&rings["warm_device"], &rings["offer"]), (&json!("ben-2"), &json!(null)));
    let told = anna.socket.until("device_ringing").await;
    assert_eq!((&told["device_id"], &told["offer_known"]), (&json!("ben-2"), &json!(false)));
    anna.signal(&call, to("ben-2", signal("offer", "again"))).await;
    tablet.socket.until("signal").await;
    tablet.signal(&call, signal("answer", "warm")).await;
    assert_eq!(anna.socket.until("signal").await["signal_data"]["from_device"], "ben-2");
}

#[tokio::test]
async fn after_a_restart_the_first_device_that_rings_gets_a_new_offer() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let server = server.restart().await;
    let mut anna = server.signed_in(&anna.person.id, "anna").connect("anna-1").await;
    let ben = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    assert_eq!(ben.welcome["live_calls"][0]["warm_device"], "ben-1");
    let told = anna.socket.until("device_ringing").await;
    assert_eq!((&told["device_id"], &told["offer_known"]), (&json!("ben-1"), &json!(false)));
}

#[tokio::test]
async fn a_caller_who_reconnects_after_the_callee_learns_which_device_waits_for_an_offer() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let server = server.restart().await;
    let _ben = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    let mut anna = server.signed_in(&anna.person.id, "anna").connect("anna-1").await;
    assert_eq!(anna.welcome["live_calls"][0]["warm_device"], "ben-1");
    let told =
        json!({ "type": "device_ringing", "call_id": call, "device_id": "ben-1", "offer_known": false });
    assert_eq!(anna.socket.until("device_ringing").await, told);
}

#[tokio::test]
async fn somebody_who_is_no_longer_a_contact_is_not_connected_early() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    ben.person.delete(&format!("/api/contacts/{}", anna.person.id)).await;
    ben.socket.all().await;
    anna.socket.until("contact_removed").await;
    anna.signal(&call, signal("ice_candidate", "an address")).await;
    ben.socket.no("signal").await;
    let tablet = ben.person.connect("ben-2").await;
    assert_eq!(tablet.welcome["live_calls"], json!([]));
    anna.socket.no("device_ringing").await;
}
