//! What the client reads is what the protocol writes: every value is written by serde and read by hand.

use call_protocol::*;
use core::fmt::Debug;
use messenger_calls::platform::js::{self, get_text, object};
use messenger_calls::platform::wire::{from_js, from_json};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[track_caller]
fn survives<T: Serialize + Read + PartialEq + Debug>(value: T) {
    let written = js::to_js(&value).expect("serde writes it");
    assert_eq!(from_js::<T>(&written), Some(value));
}

fn user(display_picture_url: Option<&str>) -> User {
    User {
        id: UserId::from("u1"),
        username: "anna".to_owned(),
        display_name: "Anna".to_owned(),
        display_picture_url: display_picture_url.map(str::to_owned),
    }
}

fn time(text: &str) -> Timestamp {
    Timestamp(text.to_owned())
}

fn short_call() -> Call {
    Call {
        id: CallId::from("c1"),
        conversation_id: ConversationId::from("k1"),
        initiator_id: UserId::from("u1"),
        call_type: CallType::Audio,
        status: CallStatus::Ringing,
        started_at: None,
        ended_at: None,
        error_reason: None,
        created_at: time("2026-01-01T00:00:00Z"),
        updated_at: time("2026-01-01T00:00:01Z"),
        duration_seconds: None,
    }
}

fn full_call() -> Call {
    Call {
        call_type: CallType::Video,
        status: CallStatus::Failed,
        started_at: Some(time("2026-01-01T00:00:02Z")),
        ended_at: Some(time("2026-01-01T00:00:03Z")),
        error_reason: Some(EndReason::ConnectionLost),
        duration_seconds: Some(1),
        ..short_call()
    }
}

fn description() -> SessionDescription {
    SessionDescription { sdp: "v=0".to_owned() }
}

fn candidate() -> IceCandidate {
    IceCandidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(2),
        username_fragment: Some("frag".to_owned()),
    }
}

fn bodies() -> [SignalBody; 5] {
    let bare = IceCandidate { sdp_mid: None, sdp_m_line_index: None, username_fragment: None, ..candidate() };
    [
        SignalBody::Offer(description()),
        SignalBody::Answer(description()),
        SignalBody::IceCandidate(candidate()),
        SignalBody::IceCandidate(bare),
        SignalBody::Ack { seq: 3 },
    ]
}

fn live_call() -> LiveCall {
    LiveCall {
        call: full_call(),
        peer: user(Some("https://example.org/ben.png")),
        role: CallRole::Callee,
        seats: vec![Seat {
            user_id: UserId::from("u1"),
            device_id: Some(DeviceId::from("d1")),
            device_label: Some("Firefox on Linux".to_owned()),
            reliable: false,
        }],
        warm_device: Some(DeviceId::from("d2")),
        offer: Some(RingOffer {
            peer_connection: 1,
            from_device: Some(DeviceId::from("d1")),
            data: Offer(description()),
        }),
        ring_ms_left: Some(30_000),
        also_warm: vec![DeviceId::from("d3"), DeviceId::from("d4")],
        relay_only: true,
    }
}

fn message(metadata: Option<CallMetadata>) -> Message {
    Message {
        id: MessageId::from("m1"),
        conversation_id: ConversationId::from("k1"),
        sender_id: metadata.is_none().then(|| UserId::from("u1")),
        content: "Hello".to_owned(),
        message_type: if metadata.is_some() { MessageType::System } else { MessageType::Text },
        metadata,
        created_at: time("2026-01-01T00:00:00Z"),
    }
}

fn metadata(status: CallOutcome) -> CallMetadata {
    CallMetadata {
        system_type: "call".to_owned(),
        call_id: CallId::from("c1"),
        call_type: CallType::Video,
        duration_seconds: Some(323),
        status,
        reason: Some(EndReason::NoAnswer),
        initiator_id: UserId::from("u1"),
    }
}

#[wasm_bindgen_test]
fn a_call_with_and_without_everything_that_may_be_missing() {
    survives(short_call());
    survives(full_call());
    survives(live_call());
    let bare = LiveCall {
        call: short_call(),
        peer: user(None),
        role: CallRole::Caller,
        seats: Vec::new(),
        warm_device: None,
        offer: None,
        ring_ms_left: None,
        also_warm: Vec::new(),
        relay_only: false,
    };
    survives(bare.clone());
    survives(Welcome {
        user: user(None),
        live_calls: vec![live_call(), bare],
        ended_calls: vec![full_call()],
        ice_servers: servers(),
        proof_seconds: Some(20),
    });
    survives(CallHistory {
        calls: vec![HistoryEntry { call: full_call(), peer: user(None), role: CallRole::Caller }],
        next: Some("mark".to_owned()),
    });
}

#[wasm_bindgen_test]
fn a_signal_in_all_its_shapes() {
    for body in bodies() {
        let numbered = Signal {
            body,
            peer_connection: Some(1),
            seq: Some(2),
            from_device: Some(DeviceId::from("d1")),
            to_device: Some(DeviceId::from("d2")),
        };
        let (peer_connection, seq, from_device, to_device) = (None, None, None, None);
        let plain = Signal { body: numbered.body.clone(), peer_connection, seq, from_device, to_device };
        [numbered, plain].into_iter().for_each(survives);
    }
}

#[wasm_bindgen_test]
fn what_the_other_sides_program_wrote_is_read_as_far_as_it_can_be_and_hides_no_call() {
    for text in [
        r#"{"type":"offer"}"#,
        r#"{"type":"offer","data":{}}"#,
        r#"{"type":"answer","data":{"type":"answer"}}"#,
        r#"{"type":"ice_candidate","data":{"sdp":"v=0"}}"#,
        r#"{"type":"ack","data":{"seq":-1}}"#,
        r#"{"type":"smell","data":{"sdp":"v=0"}}"#,
    ] {
        assert_eq!(from_json::<Signal>(text), None, "{text}");
    }
    let strange =
        r#"{"type":"ice_candidate","data":{"candidate":"candidate:1","sdpMid":7,"sdpMLineIndex":"0"}}"#;
    let read = from_json::<Signal>(strange).map(|signal| signal.body);
    let bare = IceCandidate { sdp_mid: None, sdp_m_line_index: None, username_fragment: None, ..candidate() };
    assert_eq!(read, Some(SignalBody::IceCandidate(bare)));
    let offer = newer(&live_call(), "offer", object([("generation", 1.into()), ("data", object([]).into())]));
    assert_eq!(from_js::<LiveCall>(&offer), Some(LiveCall { offer: None, ..live_call() }));
}

#[wasm_bindgen_test]
fn people_and_what_they_write() {
    for state in ContactState::ALL {
        let conversation_id = Some(ConversationId::from("k1"));
        survives(Contact { user: user(None), state, conversation_id, online: true });
    }
    for silence_unknown_callers in [true, false] {
        for hide_address in HideAddress::ALL {
            survives(Settings { silence_unknown_callers, hide_address, has_relay: silence_unknown_callers });
        }
    }
    let mut messages = vec![message(None)];
    messages.extend(CallOutcome::ALL.map(|outcome| message(Some(metadata(outcome)))));
    survives(MessagePage { messages, next: Some(time("2026-01-01T00:00:00Z")) });
    survives(MessagePage { messages: Vec::new(), next: None });
}

#[wasm_bindgen_test]
fn a_session_and_what_the_server_offers() {
    survives(Session {
        user: user(None),
        access_token: "a".to_owned(),
        expires_in: 900,
        refresh_token: "r".to_owned(),
        device_proof: Some("p".to_owned()),
    });
    survives(ClientConfig {
        calls_enabled: true,
        ring_seconds: 45,
        ice_servers: servers(),
        demo: true,
        accounts_elsewhere: true,
        registration: WhoRegisters::Invite,
    });
}

fn servers() -> Vec<IceServer> {
    vec![
        IceServer { urls: vec!["stun:stun.example.org".to_owned()], username: None, credential: None },
        IceServer { urls: Vec::new(), username: Some("u".to_owned()), credential: Some("c".to_owned()) },
    ]
}

#[wasm_bindgen_test]
fn every_word_of_the_protocol() {
    CallStatus::ALL.into_iter().for_each(survives);
    CallRole::ALL.into_iter().for_each(survives);
    CallType::ALL.into_iter().for_each(survives);
    EndReason::ALL.into_iter().for_each(survives);
    MessageType::ALL.into_iter().for_each(survives);
    SignalKind::ALL.into_iter().for_each(survives);
    WhoRegisters::ALL.into_iter().for_each(survives);
    for code in ErrorCode::ALL {
        let error =
            ErrorBody { code, message: "Why.".to_owned(), call: Some(short_call()), retry_after: Some(7) };
        survives(ErrorEnvelope { error });
    }
}

fn contact() -> Contact {
    Contact { user: user(None), state: ContactState::Accepted, conversation_id: None, online: true }
}

fn frames() -> Vec<ServerFrame> {
    let (call_id, user_id) = (CallId::from("c1"), UserId::from("u1"));
    let error =
        ErrorBody { code: ErrorCode::Busy, message: "Why.".to_owned(), call: None, retry_after: None };
    vec![
        ServerFrame::Welcome(Welcome {
            user: user(None),
            live_calls: vec![live_call()],
            ended_calls: vec![full_call()],
            ice_servers: servers(),
            proof_seconds: Some(20),
        }),
        ServerFrame::CallRinging(live_call()),
        ServerFrame::CallAnswered(live_call()),
        ServerFrame::CallDeclined { call: full_call() },
        ServerFrame::CallEnded { call: full_call() },
        ServerFrame::Signal {
            call_id: call_id.clone(),
            sender_id: user_id.clone(),
            recipient_id: Some(UserId::from("u2")),
            timestamp: Some(time("2026-01-01T00:00:00Z")),
            signal_data: Signal {
                body: SignalBody::Offer(description()),
                peer_connection: Some(1),
                seq: Some(2),
                from_device: Some(DeviceId::from("d1")),
                to_device: None,
            },
        },
        ServerFrame::DeviceRinging {
            call_id: call_id.clone(),
            device_id: DeviceId::from("d1"),
            offer_known: true,
            also_warm: Some(true),
        },
        ServerFrame::Presence { user_id: user_id.clone(), online: false },
        ServerFrame::Message { message: message(None) },
        ServerFrame::Contact { contact: contact() },
        ServerFrame::ContactRemoved { user_id },
        ServerFrame::TokenExpiring { seconds: 60 },
        ServerFrame::IceServers { ice_servers: servers() },
        ServerFrame::Alive { answers: Some(7) },
        ServerFrame::Error { error, call_id: Some(call_id) },
    ]
}

#[wasm_bindgen_test]
fn every_frame_of_the_server() {
    let kinds: Vec<_> = frames().iter().filter_map(|frame| get_text(&written(frame), "type")).collect();
    assert_eq!(kinds, ServerFrame::<SignalBody, Offer>::TYPES, "one of each");
    frames().into_iter().for_each(survives);
}

#[wasm_bindgen_test]
fn a_newer_servers_reason_or_code_is_not_a_broken_reply() {
    let reply = r#"{"error":{"code":"too_hot","message":"Cool down.","new":1}}"#;
    let envelope: ErrorEnvelope = from_json(reply).expect("an envelope");
    assert_eq!(envelope.error.code, ErrorCode::Unknown);
    assert_eq!(from_js::<EndReason>(&"sunspots".into()), Some(EndReason::Unknown));
}

#[wasm_bindgen_test]
fn what_is_missing_or_of_the_wrong_type_is_not_guessed() {
    let call = js::to_js(&short_call()).expect("serde writes it");
    js::set(&call, "status", "paused");
    assert_eq!(from_js::<Call>(&call), None, "an unknown status");
    let nameless = object([("id", "u1".into()), ("username", "anna".into())]);
    assert_eq!(from_js::<User>(&nameless), None, "no display name");
    assert_eq!(get_text(&nameless, "id").as_deref(), Some("u1"));
    for number in [-1.0, 0.5, 4_294_967_296.0, f64::NAN] {
        assert_eq!(from_js::<u32>(&number.into()), None, "{number}");
    }
    assert_eq!(from_js::<u16>(&65_536.into()), None);
    assert_eq!(from_js::<Vec<String>>(&"text".into()), None);
    assert_eq!(from_json::<CallHistory>("{}"), None, "a reply that says nothing is no empty list");
    assert_eq!(from_json::<MessagePage>("{}"), None);
    let welcome = object([("user", written(&user(None)))]);
    assert!(from_js::<Welcome>(&welcome).is_some_and(|welcome| welcome.live_calls.is_empty()));
    assert_eq!(from_js::<Option<String>>(&7.into()), None);
    assert_eq!(from_js::<Option<String>>(&JsValue::NULL), Some(None));
    assert_eq!(from_json::<User>("{"), None);
}

/// What serde writes, with one field as a newer server might write it.
fn newer(value: &impl Serialize, name: &str, word: impl Into<JsValue>) -> JsValue {
    let written = js::to_js(value).expect("serde writes it");
    js::set(&written, name, word);
    written
}

fn list(elements: impl IntoIterator<Item = JsValue>) -> JsValue {
    elements.into_iter().collect::<js_sys::Array>().into()
}

fn written(value: &impl Serialize) -> JsValue {
    js::to_js(value).expect("serde writes it")
}

#[wasm_bindgen_test]
fn what_a_newer_server_says_in_words_of_its_own_hides_nothing_beside_it() {
    let contact = contact();
    let contacts = list([newer(&contact, "state", "muted"), written(&contact), JsValue::NULL, 7.into()]);
    assert_eq!(from_js::<Vec<Contact>>(&contacts), Some(vec![contact]));

    let said = [message(None), message(Some(metadata(CallOutcome::Missed)))];
    let messages = list([
        written(&said[0]),
        newer(&said[0], "message_type", "sticker"),
        newer(&said[1], "metadata", newer(&metadata(CallOutcome::Missed), "status", "forwarded")),
        written(&said[1]),
    ]);
    let page = object([("messages", messages), ("next", JsValue::NULL)]);
    assert_eq!(from_js::<MessagePage>(&page).map(|page| page.messages), Some(said.to_vec()));

    let calls = list([newer(&full_call(), "status", "parked"), written(&full_call()), JsValue::TRUE]);
    let welcome = object([("user", written(&user(None))), ("ended_calls", calls)]);
    assert_eq!(from_js::<Welcome>(&welcome).map(|welcome| welcome.ended_calls), Some(vec![full_call()]));
}

#[wasm_bindgen_test]
fn a_remark_that_cannot_be_read_is_taken_for_missing_and_the_rest_is_true() {
    for nonsense in [JsValue::from(-3), 0.5.into(), "long".into(), object([]).into()] {
        let call = newer(&full_call(), "duration_seconds", nonsense.clone());
        assert_eq!(from_js::<Call>(&call), Some(Call { duration_seconds: None, ..full_call() }));
        let told = newer(&metadata(CallOutcome::Completed), "duration_seconds", nonsense);
        assert!(from_js::<CallMetadata>(&told).is_some_and(|told| told.duration_seconds.is_none()));
    }
    let refusal = ErrorBody {
        code: ErrorCode::Busy,
        message: "Why.".to_owned(),
        call: Some(short_call()),
        retry_after: None,
    };
    let refused = newer(&refusal, "call", newer(&short_call(), "status", "parked"));
    let read = from_js::<ErrorBody>(&refused);
    assert_eq!(read, Some(ErrorBody { call: None, ..refusal }), "busy is no broken network");
    let person = newer(&user(None), "display_picture_url", object([]));
    assert_eq!(from_js::<User>(&person), Some(user(None)));
}
