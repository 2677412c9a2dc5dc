//! People who hide their network address: until a call is answered nothing that exposes it leaves the server,
//! and if there is a relay, their devices must use nothing else.

use call_server::config::Config;
use kit_server::{
    person::{Device, Person},
    test_server::TestServer,
};
use serde_json::{Value, json};

fn with_a_relay(config: &mut Config) {
    config.ice_servers = vec!["turn:relay.test".to_owned()];
    config.turn.secret = Some("north".to_owned());
}

async fn hides(who: &Person, from: &str) -> Value {
    let reply = who.ask("PUT", "/api/settings", None, Some(json!({ "hide_address": from }))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(who.get("/api/settings").await.body, reply.body);
    reply.body
}

/// What a device knows about the connection while it rings: the warm device, whether there is an offer, and
/// whether it must use relays only.
fn told(live: &Value) -> (Option<&str>, bool, bool) {
    (live["warm_device"].as_str(), live["offer"].is_object(), live["relay_only"] == true)
}

fn candidate(to: &str) -> Value {
    json!({ "type": "ice_candidate", "generation": 1, "seq": 2, "to_device": to,
        "data": { "candidate": "candidate:1 1 udp 1 192.0.2.7 5000 typ host" } })
}

async fn offers(device: &mut Device, call: &str, generation: u32, to: &str) {
    let data = json!({ "type": "offer", "sdp": format!("offer {generation}") });
    let offer = json!({ "type": "offer", "generation": generation, "seq": 1, "to_device": to, "data": data });
    device.signal(call, offer).await;
}

#[tokio::test]
async fn nothing_connects_to_somebody_who_hides_until_they_answer_and_then_only_through_the_relay() {
    for (has_relay, configure) in [(true, with_a_relay as fn(&mut Config)), (false, |_: &mut Config| {})] {
        let server = TestServer::with(configure).await;
        let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
        let settings = hides(&ben.person, "everybody").await;
        assert_eq!(
            (&settings["hide_address"], &settings["has_relay"]),
            (&json!("everybody"), &json!(has_relay))
        );
        let reply = anna.call(&conversation).await.body;
        assert_eq!(told(&reply), (None, false, false), "{reply}");
        let call = reply["call"]["id"].as_str().unwrap().to_owned();
        let ring = ben.socket.until("call_ringing").await;
        assert_eq!(told(&ring), (None, false, has_relay), "{ring}");
        anna.signal(&call, candidate("ben-1")).await;
        ben.signal(&call, candidate("anna-1")).await;
        assert_eq!(ben.socket.until("error").await["error"]["code"], "wrong_state");
        anna.socket.no("signal").await;
        ben.socket.no("signal").await;
        // A device that connects now does not become warm either.
        let tablet = ben.person.connect("ben-2").await;
        assert_eq!(told(&tablet.welcome["live_calls"][0]), (None, false, has_relay));
        anna.socket.no("device_ringing").await;

        let answered = ben.act(&call, "answer").await.body;
        assert_eq!(told(&answered), (None, false, has_relay));
        anna.socket.until("call_answered").await;
        offers(&mut anna, &call, 1, "ben-1").await;
        let heard = ben.socket.until("signal").await;
        assert_eq!(heard["signal_data"]["data"]["sdp"], "offer 1");
    }
}

#[tokio::test]
async fn a_caller_who_hides_sends_nothing_before_the_answer_either() {
    let server = TestServer::with(with_a_relay).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    hides(&anna.person, "everybody").await;
    let reply = anna.call(&conversation).await.body;
    assert_eq!(told(&reply), (None, false, true));
    let ring = ben.socket.until("call_ringing").await;
    assert_eq!(told(&ring), (None, false, false), "the offer may show where she is");
    let call = reply["call"]["id"].as_str().unwrap().to_owned();
    anna.signal(&call, candidate("ben-1")).await;
    offers(&mut anna, &call, 2, "ben-1").await;
    ben.socket.no("signal").await;
    ben.act(&call, "answer").await;
    let answered = ben.socket.until("call_answered").await;
    assert_eq!(told(&answered), (None, false, false), "{answered}");
    assert!(anna.socket.until("call_answered").await["relay_only"] == true);
}

#[tokio::test]
async fn a_stranger_is_somebody_one_never_wrote_to_called_or_answered() {
    let server = TestServer::with(with_a_relay).await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    hides(&ben.person, "strangers").await;
    let call = anna.rings(&conversation).await;
    assert_eq!(told(&ben.socket.until("call_ringing").await), (None, false, true));
    anna.act(&call, "end").await;
    // Somebody one calls is no stranger.
    let mut anna = anna;
    let call = ben.rings(&conversation).await;
    assert_eq!(told(&anna.socket.until("call_ringing").await), (Some("anna-1"), true, false));
    ben.act(&call, "end").await;
    anna.rings(&conversation).await;
    assert_eq!(told(&ben.socket.until("call_ringing").await), (Some("ben-1"), true, false));
}

#[tokio::test]
async fn hiding_while_it_rings_disconnects_from_the_caller_at_once() {
    let server = TestServer::with(with_a_relay).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    let ring = ben.socket.until("call_ringing").await;
    let warm = ring["warm_device"].as_str().unwrap().to_owned();
    assert_eq!(told(&ring), (Some(warm.as_str()), true, false));
    hides(&ben.person, "everybody").await;
    for device in [&mut ben, &mut tablet] {
        let live = device.socket.until("welcome").await["live_calls"][0].clone();
        assert_eq!(told(&live), (None, false, true), "{}", device.id);
    }
    // Her node may learn of it a moment later than his; what it sent her about the ring before is another
    // message.
    while told(&anna.socket.until("welcome").await["live_calls"][0]).0.is_some() {}
    let asked = anna.socket.until("device_ringing").await;
    assert_eq!((&asked["device_id"], &asked["offer_known"]), (&json!(warm), &json!(false)));
    anna.signal(&call, candidate(&warm)).await;
    offers(&mut anna, &call, 2, &warm).await;
    ben.socket.no("signal").await;
    tablet.socket.no("signal").await;
    // The promise is kept by a restarted server.
    let server = server.restart().await;
    let ben = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    assert_eq!(told(&ben.welcome["live_calls"][0]), (None, false, true));
    // Showing the address again applies to the next call.
    hides(&ben.person, "never").await;
    assert_eq!(told(&ben.person.connect("ben-3").await.welcome["live_calls"][0]), (None, false, true));
}

#[tokio::test]
async fn a_caller_who_hides_while_it_rings_has_to_make_a_new_offer() {
    let server = TestServer::with(with_a_relay).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    hides(&anna.person, "everybody").await;
    let live = anna.socket.until("welcome").await["live_calls"][0].clone();
    assert_eq!(told(&live), (None, false, true));
    let live = ben.socket.until("welcome").await["live_calls"][0].clone();
    assert_eq!(told(&live), (None, false, false));
}

#[tokio::test]
async fn settings_left_out_of_a_change_stay_unchanged() {
    let server = TestServer::new().await;
    let ben = server.person("ben").await;
    hides(&ben, "strangers").await;
    let change = async |change: Value| ben.ask("PUT", "/api/settings", None, Some(change)).await;
    let of_an_older_client = change(json!({ "silence_unknown_callers": true })).await;
    assert_eq!(of_an_older_client.body["hide_address"], "strangers");
    let nothing = change(json!({})).await.body;
    assert_eq!(nothing, of_an_older_client.body);
    change(json!({ "hide_address": "sometimes" })).await.is(422, "invalid_request");
    assert_eq!(ben.get("/api/settings").await.body, nothing);
}

#[tokio::test]
async fn a_plain_caller_reaches_somebody_who_hides_once_they_answer() {
    let server = TestServer::with(with_a_relay).await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    hides(&ben.person, "everybody").await;
    let offer = json!({ "data": { "type": "offer", "sdp": "the only one" } });
    let body = json!({ "conversation_id": conversation, "call_type": "audio", "offer": offer });
    let ring = anna.person.post("/api/calls/initiate", body).await.body;
    let call = ring["call"]["id"].as_str().unwrap().to_owned();
    let heard = ben.socket.until("call_ringing").await;
    assert_eq!(told(&heard), (None, true, true), "it waits until the person answers");
    let signal = json!({ "type": "ice_candidate", "data": { "candidate": "candidate:1" } });
    assert_eq!(anna.person.post(&format!("/api/calls/{call}/signal"), signal).await.status, 202);
    assert_eq!(ben.socket.until("signal").await["signal_data"]["data"]["candidate"], "candidate:1");
}
