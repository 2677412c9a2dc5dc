//! REST: what goes out, and what each kind of answer becomes.

use call_client::{Api, Network};
use call_core::RequestError;
use call_protocol::{
    CallId, CallStatus, CallType, ConversationId, EndCall, EndReason, ErrorCode, InitiateCall,
};
use js_sys::Reflect;
use kit_browser::fake::{self, function, install, parse, restore, seen_requests};
use messenger_calls::platform::browser::Browser;
use messenger_calls::platform::session::{TokenSource, server, signed_in};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const CALL: &str = r#"{"id":"c1","conversation_id":"k1","initiator_id":"u1","call_type":"audio","status":"ended",
    "created_at":"t","updated_at":"t","colour":"blue"}"#;

/// The API of somebody with this token.
async fn api_of(token: Option<&'static str>) -> Api<Browser> {
    let source = TokenSource::new(move || async move { token.map(str::to_owned) });
    let session = signed_in("https://calls.test", source);
    session.set_device(Browser.claim_device().await);
    session.api().clone()
}

async fn api() -> Api<Browser> {
    api_of(Some("token 1")).await
}

fn reply(status: u16, body: &str) -> JsValue {
    let reply = parse("{}");
    Reflect::set(&reply, &"status".into(), &status.into()).unwrap();
    if !body.is_empty() {
        Reflect::set(&reply, &"body".into(), &body.into()).unwrap();
    }
    reply
}

fn always(status: u16, body: &'static str) {
    install(&function(move |_| reply(status, body)), &JsValue::UNDEFINED);
}

fn text(object: &JsValue, key: &str) -> String {
    Reflect::get(object, &key.into()).unwrap().as_string().unwrap_or_default()
}

fn code(error: RequestError) -> Option<ErrorCode> {
    match error {
        RequestError::Refused(body) => Some(body.code),
        RequestError::Unreachable => None,
    }
}

#[wasm_bindgen_test]
async fn a_request_names_the_person_and_the_device_and_speaks_snake_case() {
    always(200, CALL);
    let body =
        InitiateCall { conversation_id: ConversationId::from("k1"), call_type: CallType::Video, offer: None };
    let _not_a_live_call = api().await.initiate(&body, "one-call").await;
    let request = seen_requests().get(0);
    assert_eq!(text(&request, "url"), "https://calls.test/api/calls/initiate");
    assert_eq!(text(&request, "body"), r#"{"conversation_id":"k1","call_type":"video"}"#);
    let headers = Reflect::get(&request, &"headers".into()).unwrap();
    assert_eq!(text(&headers, "authorization"), "Bearer token 1");
    assert_eq!(text(&headers, "x-device-id").len(), 36);
    assert_eq!(text(&headers, "idempotency-key"), "one-call");
    restore();
}

#[wasm_bindgen_test]
async fn ending_a_call_survives_the_page_and_is_understood() {
    always(200, CALL);
    let call = api()
        .await
        .end(&CallId::from("c/1"), EndCall { reason: Some(EndReason::ConnectionLost), talked: false })
        .await
        .unwrap();
    assert_eq!(call.status, CallStatus::Ended);
    let request = seen_requests().get(0);
    assert_eq!(text(&request, "url"), "https://calls.test/api/calls/c%2F1/end");
    assert_eq!(text(&request, "body"), r#"{"reason":"connection_lost"}"#);
    assert_eq!(Reflect::get(&request, &"keepalive".into()).unwrap(), true);
    restore();
}

#[wasm_bindgen_test]
async fn a_refusal_carries_the_servers_code() {
    always(409, r#"{"error":{"code":"peer_offline","message":"the other person is not there"}}"#);
    let refused = api().await.answer(&CallId::from("c1")).await.unwrap_err();
    assert_eq!(code(refused), Some(ErrorCode::PeerOffline));
    restore();
}

#[wasm_bindgen_test]
async fn what_is_not_our_servers_answer_is_no_answer() {
    for (status, body) in [(502, "<html>Bad gateway</html>"), (200, "<html>"), (200, "{}"), (500, "")] {
        always(status, body);
        let failed = api().await.decline(&CallId::from("c1")).await.unwrap_err();
        assert_eq!(code(failed), None, "{status} {body}");
    }
    install(&function(|_| JsValue::UNDEFINED), &JsValue::UNDEFINED);
    assert_eq!(code(api().await.contacts().await.unwrap_err()), None, "no network");
    restore();
}

#[wasm_bindgen_test]
async fn without_a_token_nothing_is_asked() {
    always(200, "[]");
    let refused = api_of(None).await.contacts().await.unwrap_err();
    assert_eq!((code(refused), seen_requests().length()), (Some(ErrorCode::Unauthorized), 0));
    restore();
}

#[wasm_bindgen_test]
async fn the_configuration_is_read_by_anybody() {
    always(200, r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[{"urls":["stun:a"]}]}"#);
    let config = server("https://calls.test").config().await.unwrap();
    assert_eq!((config.ring_seconds, config.ice_servers.len(), config.demo), (45, 1, false));
    let headers = Reflect::get(&seen_requests().get(0), &"headers".into()).unwrap();
    assert_eq!(text(&headers, "authorization"), "");
    restore();
}

#[wasm_bindgen_test]
async fn an_answer_without_a_body_is_fine_where_none_is_due() {
    always(204, "");
    assert_eq!(api().await.remove_contact(&"u2".into()).await, Ok(()));
    let request = seen_requests().get(0);
    assert_eq!(
        (text(&request, "method"), text(&request, "url")),
        ("DELETE".into(), "https://calls.test/api/contacts/u2".into())
    );
    let _ = fake::open_sockets();
    restore();
}
