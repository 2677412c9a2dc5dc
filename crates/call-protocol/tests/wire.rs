//! The JSON that travels: exact shapes, optional fields, and what unknown input does.

use call_protocol::{
    Call, CallReply, CallStatus, ClientFrame, EndReason, ErrorCode, InitiateCall, LiveCall, ServerFrame,
    SessionDescription, Signal, SignalBody, SignalData, SignalKind,
};
use serde_json::{Value, json};

fn call() -> Value {
    json!({
        "id": "0190a2f4-0000-7000-8000-0000000000c1", "conversation_id": "0190a2f4-0000-7000-8000-0000000000a1", "initiator_id": "0190a2f4-0000-7000-8000-0000000000b1", "call_type": "video", "status": "ringing",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
    })
}

#[test]
fn a_browser_candidate_survives_the_round_trip_unchanged() {
    let data = json!({"candidate": "candidate:1 1 udp 1 10.0.0.1 1 typ host", "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "abcd"});
    let parsed: SignalData = serde_json::from_value(data.clone()).unwrap();
    let body = SignalBody::read(SignalKind::IceCandidate, &parsed).unwrap();
    assert_eq!(serde_json::to_value(body.write()).unwrap(), data);
}

#[test]
fn a_description_survives_the_round_trip_unchanged() {
    let data = json!({"type": "offer", "sdp": "v=0\r\n"});
    let parsed: SignalData = serde_json::from_value(data.clone()).unwrap();
    let body = SignalBody::read(SignalKind::Offer, &parsed).unwrap();
    assert_eq!(serde_json::to_value(body.write()).unwrap(), data);
}

#[test]
fn a_signal_whose_payload_lacks_what_its_kind_needs_is_not_read() {
    for kind in [SignalKind::Offer, SignalKind::Answer, SignalKind::IceCandidate, SignalKind::Ack] {
        assert_eq!(SignalBody::read(kind, &SignalData::default()), None);
    }
}

#[test]
fn a_client_that_knows_only_the_seed_may_leave_our_fields_out() {
    let signal: Signal<Value> =
        serde_json::from_value(json!({"type": "answer", "data": {"sdp": "v=0"}})).unwrap();
    assert_eq!((signal.generation, signal.seq, signal.to_device), (None, None, None));
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
    let alive = ServerFrame::<Value>::Alive { answers: Some(7) };
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

#[test]
fn database_words_and_wire_words_are_the_same() {
    for reason in EndReason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), json!(reason.as_str()));
        assert_eq!(EndReason::from_word(reason.as_str()), reason);
    }
    for status in CallStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), json!(status.as_str()));
    }
}
