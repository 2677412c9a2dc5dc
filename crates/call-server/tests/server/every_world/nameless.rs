//! Plain clients: they name no device, so their seat belongs to the person.

use kit_server::{person::Device, test_server::TestServer};
use serde_json::{Value, json};

fn described(kind: &str, text: &str) -> Value {
    json!({ "type": kind, "data": { "type": kind, "sdp": text } })
}

async fn hears(device: &mut Device, text: &str) {
    let heard = device.socket.until("signal").await;
    assert_eq!(heard["signal_data"]["data"]["sdp"], text, "{heard}");
}

#[tokio::test]
async fn signals_for_somebody_who_answered_without_a_device_id_reach_all_their_devices() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    let answered = ben.person.post(&format!("/api/calls/{call}/answer"), json!({})).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    let told = anna.socket.until("call_answered").await;
    let seat = &told["seats"][1];
    assert_eq!((&seat["device_id"], &seat["reliable"]), (&json!(null), &json!(false)), "{told}");
    anna.signal(&call, described("offer", "for the person")).await;
    hears(&mut ben, "for the person").await;
    hears(&mut tablet, "for the person").await;
    // Clients that still believe that a device has the seat, or that take the placeholder for one, reach the
    // person too.
    for named in ["ben-1", "~"] {
        let mut signal = described("offer", "by name");
        signal["to_device"] = json!(named);
        anna.signal(&call, signal).await;
        hears(&mut ben, "by name").await;
        hears(&mut tablet, "by name").await;
    }
    // And the person answers in any way that they have.
    let sent = ben.person.post(&format!("/api/calls/{call}/signal"), described("answer", "by REST")).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    hears(&mut anna, "by REST").await;
    tablet.signal(&call, described("answer", "by socket")).await;
    hears(&mut anna, "by socket").await;
    let ended = ben.person.post(&format!("/api/calls/{call}/end"), json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    anna.socket.until("call_ended").await;
}

#[tokio::test]
async fn signals_for_a_caller_without_a_device_id_reach_all_their_devices() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut annas_tablet = anna.person.connect("anna-2").await;
    let body = json!({ "conversation_id": conversation, "call_type": "audio" });
    let rings = anna.person.post("/api/calls/initiate", body).await;
    assert_eq!(rings.status, 201, "{}", rings.text);
    let call = rings.body["call"]["id"].as_str().unwrap().to_owned();
    let heard = ben.socket.until("call_ringing").await;
    assert_eq!((&heard["seats"][0]["device_id"], &heard["warm_device"]), (&json!(null), &json!(null)));
    ben.act(&call, "answer").await;
    let offered = anna.person.post(&format!("/api/calls/{call}/signal"), described("offer", "late")).await;
    assert_eq!(offered.status, 202, "{}", offered.text);
    hears(&mut ben, "late").await;
    ben.signal(&call, described("answer", "here")).await;
    hears(&mut anna, "here").await;
    hears(&mut annas_tablet, "here").await;
}

#[tokio::test]
async fn the_only_offer_of_a_plain_caller_is_for_the_device_that_answers() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let offer = json!({ "data": { "type": "offer", "sdp": "the only one" } });
    let body = json!({ "conversation_id": conversation, "call_type": "audio", "offer": offer });
    let rings = anna.person.post("/api/calls/initiate", body).await;
    let call = rings.body["call"]["id"].as_str().unwrap().to_owned();
    let heard = ben.socket.until("call_ringing").await;
    assert_eq!(
        (&heard["offer"]["data"]["sdp"], &heard["warm_device"]),
        (&json!("the only one"), &json!(null))
    );
    assert_eq!(heard["offer"]["generation"], 1);
    // An answer while it rings would leave nothing for the device that answers the call.
    ben.signal(&call, described("answer", "too early")).await;
    assert_eq!(ben.socket.until("error").await["error"]["code"], "wrong_state");
    // A device that connects later gets it too, even if no other is left.
    let ben = ben.vanish().await;
    server.pass(1).await;
    let tablet = ben.connect("ben-2").await;
    let rings = &tablet.welcome["live_calls"][0];
    assert_eq!(
        (&rings["offer"]["data"]["sdp"], &rings["warm_device"]),
        (&json!("the only one"), &json!(null))
    );
}

#[tokio::test]
async fn an_offer_that_a_plain_caller_sends_while_it_rings_is_kept_for_later_devices() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let body = json!({ "conversation_id": conversation, "call_type": "audio" });
    let rings = anna.person.post("/api/calls/initiate", body).await;
    let call = rings.body["call"]["id"].as_str().unwrap().to_owned();
    anna.person.post(&format!("/api/calls/{call}/signal"), described("offer", "a little later")).await;
    hears(&mut ben, "a little later").await;
    let tablet = ben.person.connect("ben-2").await;
    let rings = &tablet.welcome["live_calls"][0];
    assert_eq!(
        (&rings["offer"]["data"]["sdp"], &rings["warm_device"]),
        (&json!("a little later"), &json!(null))
    );
}

#[tokio::test]
async fn without_device_id_and_socket_one_can_cancel_decline_and_hang_up_by_requests_alone() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let body = json!({ "conversation_id": conversation, "call_type": "audio" });
    let ring = async || {
        let rings = anna.person.post("/api/calls/initiate", body.clone()).await;
        assert_eq!(rings.status, 201, "{}", rings.text);
        rings.body["call"]["id"].as_str().unwrap().to_owned()
    };
    let call = ring().await;
    anna.person.post(&format!("/api/calls/{call}/end"), json!({})).await;
    assert_eq!(ben.socket.until("call_ended").await["call"]["status"], "missed");
    let call = ring().await;
    ben.person.post(&format!("/api/calls/{call}/decline"), json!({})).await;
    assert_eq!(ben.socket.until("call_declined").await["call"]["status"], "declined");
    let call = ring().await;
    ben.act(&call, "answer").await;
    let ended = anna.person.post(&format!("/api/calls/{call}/end"), json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    ben.socket.until("call_ended").await;
}
