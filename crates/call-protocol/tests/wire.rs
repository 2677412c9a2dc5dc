//! The JSON on the wire: exact shapes, optional fields, and what unknown input does.

use call_protocol::{
    Call, CallReply, CallStatus, ClientFrame, EndReason, ErrorClass, ErrorCode, InitiateCall, LiveCall,
    ServerFrame, SessionDescription, Signal, Unread,
};
use serde_json::{Value, json};

fn call() -> Value {
    json!({
        "id": "0190a2f4-0000-7000-8000-0000000000c1", "conversation_id": "0190a2f4-0000-7000-8000-0000000000a1", "initiator_id": "0190a2f4-0000-7000-8000-0000000000b1", "call_type": "video", "status": "ringing",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
    })
}

/// A signal as another client might write it: with additional fields, in any order.
fn signal(kind: &str, data: &Value) -> Value {
    json!({"data": data, "generation": 2, "seq": 7, "type": kind, "colour": "blue"})
}

#[test]
fn a_browsers_own_json_survives_the_round_trip_unchanged() {
    let line = "candidate:1 1 udp 1 10.0.0.1 1 typ host";
    for (kind, data) in [
        ("offer", json!({"type": "offer", "sdp": "v=0\r\n"})),
        ("answer", json!({"type": "answer", "sdp": "v=0\r\n"})),
        (
            "ice_candidate",
            json!({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "abcd"}),
        ),
        ("ice_candidate", json!({"candidate": line})),
        ("ack", json!({"seq": 3})),
    ] {
        let written = signal(kind, &data);
        let read: Signal = serde_json::from_value(written.clone()).unwrap();
        assert_eq!((read.peer_connection, read.seq), (Some(2), Some(7)));
        let mut expected = written.clone();
        expected.as_object_mut().unwrap().remove("colour");
        assert_eq!(serde_json::to_value(read).unwrap(), expected);
        let passed: Signal<Unread<Value>> = serde_json::from_value(written).unwrap();
        assert_eq!(serde_json::to_value(passed).unwrap(), expected, "a server passes it on as it came");
    }
}

#[test]
fn a_signal_whose_data_lacks_what_its_kind_needs_is_not_read() {
    for kind in ["offer", "answer", "ice_candidate", "ack", "smell"] {
        let read = serde_json::from_value::<Signal>(signal(kind, &json!({})));
        assert!(read.is_err(), "{kind}: {read:?}");
    }
}

#[test]
fn a_ring_whose_offer_cannot_be_read_rings_without_one() {
    let offered = |offer: Value| {
        let peer =
            json!({"id": "0190a2f4-0000-7000-8000-0000000000b2", "username": "ben", "display_name": "Ben"});
        let ring = json!({"call": call(), "role": "callee", "peer": peer, "offer": offer});
        serde_json::from_value::<LiveCall>(ring).unwrap().offer
    };
    let readable = offered(json!({"generation": 3, "data": {"type": "offer", "sdp": "v=0"}}));
    assert_eq!(readable.map(|offer| (offer.peer_connection, offer.data.0.sdp)), Some((3, "v=0".to_owned())));
    for strange in
        [json!(null), json!({"generation": 1, "data": {}}), json!({"generation": 1, "data": {"sdp": 7}})]
    {
        assert_eq!(offered(strange.clone()), None, "{strange}");
    }
}

#[test]
fn a_client_that_knows_only_the_seed_may_leave_our_fields_out() {
    let signal: Signal<Unread<Value>> =
        serde_json::from_value(json!({"type": "answer", "data": {"sdp": "v=0"}})).unwrap();
    assert_eq!((signal.peer_connection, signal.seq, signal.to_device), (None, None, None));
    let initiate: InitiateCall<Value> = serde_json::from_value(
        json!({"conversation_id": "0190a2f4-0000-7000-8000-0000000000a1", "call_type": "audio"}),
    )
    .unwrap();
    assert_eq!(initiate.offer, None);
}

#[test]
fn what_is_not_known_of_a_call_yet_is_null_and_not_missing() {
    let row: Call = serde_json::from_value(call()).unwrap();
    let row = serde_json::to_value(row).unwrap();
    for field in ["started_at", "ended_at", "error_reason", "duration_seconds"] {
        assert_eq!(row.get(field), Some(&Value::Null), "{field}");
    }
}

#[test]
fn a_reply_about_a_call_carries_its_own_fields_beside_what_is_ours() {
    let live = json!({
        "call": call(), "role": "caller", "peer": { "id": "0190a2f4-0000-7000-8000-0000000000b2", "username": "ben", "display_name": "Ben" }
    });
    let live: LiveCall = serde_json::from_value(live).unwrap();
    let reply = serde_json::to_value(CallReply::from(live.clone())).unwrap();
    for (field, value) in serde_json::to_value(&live.call).unwrap().as_object().unwrap() {
        assert_eq!(reply.get(field), Some(value), "{field}");
    }
    assert_eq!(serde_json::from_value::<LiveCall>(reply).unwrap(), live, "our own client reads it as before");
}

#[test]
fn unknown_fields_are_ignored_and_unknown_words_do_not_break_a_reader() {
    let mut row = call();
    row["colour"] = json!("blue");
    row["error_reason"] = json!("struck_by_lightning");
    let row: Call = serde_json::from_value(row).unwrap();
    assert_eq!(row.error_reason, Some(EndReason::Unknown));
    let code: ErrorCode = serde_json::from_value(json!("teapot")).unwrap();
    assert_eq!(code, ErrorCode::Unknown);
}

#[test]
fn frames_carry_their_type_beside_their_fields() {
    let frame: ServerFrame = serde_json::from_value(json!({"type": "call_ended", "call": call()})).unwrap();
    assert!(matches!(&frame, ServerFrame::CallEnded { call } if call.status == CallStatus::Ringing));
    let servers = json!([{"urls": ["turn:a"], "username": "u", "credential": "c"}]);
    let fresh = json!({"type": "ice_servers", "ice_servers": servers});
    let frame: ServerFrame = serde_json::from_value(fresh.clone()).unwrap();
    assert!(matches!(&frame, ServerFrame::IceServers { ice_servers } if ice_servers[0].urls == ["turn:a"]));
    assert_eq!(serde_json::to_value(frame).unwrap(), fresh);
    let frame: ClientFrame = serde_json::from_value(
        json!({"type": "media_flowing", "call_id": "0190a2f4-0000-7000-8000-0000000000c1", "extra": 1}),
    )
    .unwrap();
    assert_eq!(
        serde_json::to_value(frame).unwrap(),
        json!({"type": "media_flowing", "call_id": "0190a2f4-0000-7000-8000-0000000000c1"})
    );
}

#[test]
fn who_knows_nothing_of_proofs_of_life_neither_sends_nor_needs_anything_of_them() {
    let old = json!({"type": "hello", "token": "t", "protocol": 1, "device_id": "d"});
    let frame: ClientFrame = serde_json::from_value(old.clone()).unwrap();
    assert!(matches!(&frame, ClientFrame::Hello(hello) if !hello.proofs));
    assert_eq!(serde_json::to_value(frame).unwrap(), old);
    let user =
        json!({"id": "0190a2f4-0000-7000-8000-0000000000b1", "username": "anna", "display_name": "Anna"});
    let old = json!({"type": "welcome", "user": user, "live_calls": [], "ended_calls": []});
    let frame: ServerFrame = serde_json::from_value(old.clone()).unwrap();
    assert!(matches!(&frame, ServerFrame::Welcome(welcome) if welcome.proof_seconds.is_none()));
    assert_eq!(serde_json::to_value(frame).unwrap(), old);
    let probe: ClientFrame = serde_json::from_value(json!({"type": "probe"})).unwrap();
    assert_eq!(probe, ClientFrame::Probe { number: None });
    let alive = ServerFrame::<Unread<Value>, Value>::Alive { answers: Some(7) };
    assert_eq!(serde_json::to_value(alive).unwrap(), json!({"type": "alive", "answers": 7}));
}

#[test]
fn a_call_that_is_over_never_moves_again_and_a_live_one_moves_only_forward() {
    for from in CallStatus::ALL {
        for to in CallStatus::ALL {
            let allowed = match (from, to) {
                (
                    CallStatus::Ringing,
                    CallStatus::Active | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed,
                )
                | (CallStatus::Active, CallStatus::Ended | CallStatus::Failed) => true,
                (_, _) => false,
            };
            assert_eq!(from.may_become(to), allowed, "{from} -> {to}");
        }
    }
}

#[test]
fn a_description_knows_the_candidates_that_belong_to_it() {
    let sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:Xy+7\r\na=ice-pwd:secret\r\n".to_owned();
    let description = SessionDescription { sdp };
    assert!(description.has_username_fragment("Xy+7"));
    for other in ["Xy+", "Xy+77", "xy+7", ""] {
        assert!(!description.has_username_fragment(other), "{other}");
    }
}

/// Serde and the database read and write each string alike.
macro_rules! words_are_the_same {
    ($($Name:ident)+) => {
        $(for word in call_protocol::$Name::ALL {
            assert_eq!(serde_json::to_value(word).unwrap(), json!(word.as_str()));
            assert_eq!(serde_json::from_value::<call_protocol::$Name>(json!(word.as_str())).unwrap(), word);
            assert_eq!(call_protocol::$Name::from_wire(word.as_str()), Some(word));
        })+
    };
}

#[test]
fn database_words_and_wire_words_are_the_same() {
    words_are_the_same! {
        CallOutcome CallRole CallStatus CallType ContactState EndReason ErrorCode HideAddress MessageType SignalKind
        WhoRegisters
    }
}

#[test]
fn a_code_that_is_not_known_is_as_bad_as_the_status_of_its_reply() {
    for (status, class) in [
        (401, ErrorClass::SignIn),
        (429, ErrorClass::TooMuch),
        (500, ErrorClass::TryAgain),
        (503, ErrorClass::TryAgain),
        (409, ErrorClass::Broken),
    ] {
        assert_eq!(ErrorCode::Unknown.or_of_status(status).class(), class, "{status}");
        assert_eq!(ErrorCode::Busy.or_of_status(status), ErrorCode::Busy, "a known one is taken at its word");
    }
}
