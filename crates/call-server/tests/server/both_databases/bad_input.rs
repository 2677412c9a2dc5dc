//! How the server responds to invalid input, and that it disturbs nobody else's call.

use http_body_util::Full;
use kit_server::{
    person::Device,
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};

/// A call between Anna and Ben that must not notice any of it.
async fn a_call(server: &TestServer) -> (Device, Device, String, String) {
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    ben.socket.all().await;
    (anna, ben, conversation, call)
}

async fn undisturbed(mut anna: Device, mut ben: Device, call: &str) {
    for device in [&mut anna, &mut ben] {
        let frames = device.socket.all().await;
        let strange = frames
            .iter()
            .find(|frame| ["call_ended", "signal", "error"].contains(&frame["type"].as_str().unwrap()));
        assert_eq!(strange, None);
    }
    anna.signal(call, json!({ "type": "offer", "data": { "sdp": "still here" } })).await;
    ben.socket.until("signal").await;
    assert_eq!(anna.act(call, "end").await.status, 200);
}

async fn raw(
    server: &TestServer,
    token: &str,
    method: &str,
    path: &str,
    content_type: &str,
    body: &str,
) -> Reply {
    let request = server.request(method, path).header("content-type", content_type);
    let request = request.header("authorization", format!("Bearer {token}"));
    send(request.body(Full::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn bodies_that_are_not_json_or_of_wrong_types_are_refused_at_every_address() {
    let server = TestServer::new().await;
    let (anna, ben, conversation, call) = a_call(&server).await;
    let carla = server.person("carla").await;
    let messages = format!("/api/conversations/{conversation}/messages");
    let signal = format!("/api/calls/{call}/signal");
    let end = format!("/api/calls/{call}/end");
    for path in [
        "/api/auth/register",
        "/api/auth/login",
        "/api/auth/refresh",
        "/api/auth/logout",
        "/api/contacts",
        &messages,
        "/api/calls/initiate",
        &signal,
        &end,
    ] {
        let json = "application/json";
        raw(&server, &carla.token, "POST", path, json, "{\"a\":").await.is(400, "malformed_json");
        raw(&server, &carla.token, "POST", path, json, "nonsense").await.is(400, "malformed_json");
        raw(&server, &carla.token, "POST", path, json, "[7]").await.is(422, "invalid_request");
        let huge = format!("{{\"content\":\"{}\"}}", "x".repeat(66 * 1024));
        raw(&server, &carla.token, "POST", path, json, &huge).await.is(413, "too_large");
        if path != end {
            raw(&server, &carla.token, "POST", path, json, "{}").await.is(422, "invalid_request");
            raw(&server, &carla.token, "POST", path, "text/plain", "{}").await.is(415, "invalid_request");
        }
    }
    for body in [
        json!({ "conversation_id": 7, "call_type": "video" }),
        json!({ "conversation_id": conversation, "call_type": "telepathy" }),
        json!({ "conversation_id": conversation, "call_type": "video", "offer": "sdp" }),
        json!({ "conversation_id": conversation, "call_type": "video", "offer": { "generation": 1, "data": "sdp" } }),
        json!({ "conversation_id": conversation, "call_type": "video", "offer": { "generation": -1, "data": {} } }),
    ] {
        carla.post("/api/calls/initiate", body).await.is(422, "invalid_request");
    }
    for body in [
        json!({ "type": "dance", "data": {} }),
        json!({ "type": "offer" }),
        json!({ "type": "offer", "data": [] }),
        json!({ "type": "offer", "data": {}, "seq": "first" }),
    ] {
        anna.post(&signal, body).await.is(422, "invalid_request");
    }
    undisturbed(anna, ben, &call).await;
}

#[tokio::test]
async fn no_name_contains_what_no_database_can_store() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let name = "be\0n";
    anna.post("/api/auth/login", json!({ "username": name, "password": "long enough" }))
        .await
        .is(401, "invalid_credentials");
    anna.post("/api/contacts", json!({ "username": name })).await.is(404, "not_found");
    for (field, value) in [("username", name), ("display_name", name)] {
        let mut account = json!({ "username": "ben", "password": "long enough" });
        account[field] = json!(value);
        anna.post("/api/auth/register", account).await.is(422, "invalid_request");
    }
    for token in ["\0", ""] {
        anna.post("/api/auth/refresh", json!({ "refresh_token": token })).await.is(401, "unauthorized");
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let body =
        json!({ "conversation_id": conversation, "call_type": "audio", "ring_tone": "nokia", "offer": null });
    assert_eq!(anna.post("/api/calls/initiate", body).await.status, 201);
}

#[tokio::test]
async fn somebody_else_s_call_does_not_exist() {
    let server = TestServer::new().await;
    let (anna, ben, _, call) = a_call(&server).await;
    let carla = server.person("carla").await.connect("carla-1").await;
    for id in [call.as_str(), "no-such-call", "%00", "..", "'; DROP TABLE calls; --"] {
        for verb in ["answer", "decline", "end"] {
            let path = format!("/api/calls/{}/{verb}", id.replace(['\'', ' ', ';'], "%27"));
            let reply = carla.post(&path, json!({})).await;
            assert_eq!(reply.status, 404, "{path}: {}", reply.text);
            assert!(reply.body["error"].is_object(), "{path}: {}", reply.text);
            if id == call {
                reply.is(404, "call_not_found");
                assert_eq!(reply.body["error"]["call"], Value::Null);
            }
        }
    }
    let signal = json!({ "type": "offer", "data": {} });
    carla.post(&format!("/api/calls/{call}/signal"), signal).await.is(404, "call_not_found");
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = 'no_call'").await, 1);
    undisturbed(anna, ben, &call).await;
}

#[tokio::test]
async fn a_missing_a_forged_and_an_expired_token_get_different_errors() {
    let server = TestServer::new().await;
    let (anna, ben, conversation, call) = a_call(&server).await;
    let paths = [
        ("GET", "/api/me".to_owned()),
        ("GET", "/api/contacts".to_owned()),
        ("POST", "/api/contacts".to_owned()),
        ("DELETE", "/api/contacts/x".to_owned()),
        ("GET", format!("/api/conversations/{conversation}/messages")),
        ("POST", "/api/calls/initiate".to_owned()),
        ("POST", format!("/api/calls/{call}/answer")),
        ("POST", format!("/api/calls/{call}/end")),
        ("POST", format!("/api/calls/{call}/signal")),
        ("GET", format!("/api/calls/active/{conversation}")),
        ("GET", "/api/calls/history".to_owned()),
    ];
    for (method, path) in &paths {
        let bare = server.request(method, path).body(Full::default()).unwrap();
        send(bare).await.is(401, "unauthorized");
        raw(&server, "not.a.token", method, path, "application/json", "{").await.is(401, "unauthorized");
        let basic = server.request(method, path).header("authorization", "Basic YTpi");
        send(basic.body(Full::default()).unwrap()).await.is(401, "unauthorized");
    }
    server.clock.advance(std::time::Duration::from_secs(901));
    for (method, path) in &paths {
        raw(&server, &anna.person.token, method, path, "application/json", "{}")
            .await
            .is(401, "token_expired");
    }
    drop((anna, ben));
}

#[tokio::test]
async fn unknown_addresses_and_methods_have_the_envelope_too() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    for path in [
        "/api/nothing",
        "/api/calls",
        "/api/calls/x/dance",
        "/nothing.js",
        "/../Cargo.toml",
        "/%2e%2e/calls.sqlite",
    ] {
        anna.get(path).await.is(404, "not_found");
    }
    for (method, path) in [
        ("PUT", "/api/me"),
        ("GET", "/api/auth/login"),
        ("POST", "/healthz"),
        ("PUT", "/api/contacts"),
        ("GET", "/api/calls/initiate"),
        ("POST", "/api/socket"),
        ("POST", "/"),
    ] {
        anna.ask(method, path, None, None).await.is(405, "method_not_allowed");
    }
    anna.get("/api/socket").await.is(422, "invalid_request");
}

#[tokio::test]
async fn an_invalid_device_id_is_refused() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    for device in ["", "a b", "~", &"x".repeat(65)] {
        anna.ask("GET", "/api/me", Some(device), None).await.is(422, "invalid_request");
    }
    assert_eq!(anna.ask("GET", "/api/me", Some(&"x".repeat(64)), None).await.status, 200);
}
