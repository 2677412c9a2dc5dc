//! Other spellings of ids: capitals are accepted, any other spelling belongs to nobody, at every address and in
//! every frame, on both databases.

use axum::body::Bytes;
use call_protocol::close_code;
use call_server::config::{Issuer, IssuerKeys, Rates};
use http_body_util::Full;
use jsonwebtoken::{EncodingKey, Header, encode};
use kit_server::{
    person::{Device, Person},
    rest::send,
    socket::Socket,
    test_server::TestServer,
};
use serde_json::{Value, json};

const SECRET: &str = "a secret of an issuer, long enough for it";

/// Spellings that some databases and libraries accept for the same UUID, and invalid ones.
fn foreign_spellings(id: &str) -> Vec<String> {
    let bare = id.replace('-', "");
    vec![
        bare.clone(),
        bare.to_uppercase(),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        format!("{}-{}", &bare[..16], &bare[16..]),
        format!(" {id}"),
        format!("{id}\n"),
        format!("{id}x"),
        id[1..].to_owned(),
        "\u{1b}[31mforged\nINFO all is well".to_owned(),
        "x".repeat(3_000),
        "0".to_owned(),
        String::new(),
    ]
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn asked(device: &Device, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
    let reply = device.person.ask(method, path, Some(&device.id), body).await;
    (reply.status, reply.code().to_owned())
}

#[tokio::test]
async fn an_id_may_have_capitals_at_every_address_and_no_other_spelling_is_accepted() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let missing = |code: &str| (404, code.to_owned());
    let body = || Some(json!({}));
    let signal = || Some(json!({ "type": "offer", "data": {} }));
    for id in foreign_spellings(&call).iter().filter(|id| !id.is_empty()) {
        let id = percent(id);
        for (verb, body) in [("answer", body()), ("decline", body()), ("end", body()), ("signal", signal())] {
            let path = format!("/api/calls/{id}/{verb}");
            assert_eq!(asked(&ben, "POST", &path, body).await, missing("call_not_found"), "{path}");
        }
    }
    for id in foreign_spellings(&conversation).iter().filter(|id| !id.is_empty()) {
        let wanted = json!({ "conversation_id": id, "call_type": "audio" });
        let reply = asked(&anna, "POST", "/api/calls/initiate", Some(wanted)).await;
        assert_eq!(reply, missing("conversation_not_found"), "{id:?}");
        let id = percent(id);
        let text = Some(json!({ "content": "hello" }));
        for (method, path, body) in [
            ("GET", format!("/api/conversations/{id}/messages"), None),
            ("POST", format!("/api/conversations/{id}/messages"), text),
            ("GET", format!("/api/calls/active/{id}"), None),
        ] {
            let reply = asked(&anna, method, &path, body).await;
            assert_eq!(reply, missing("conversation_not_found"), "{path}");
        }
    }
    for id in foreign_spellings(&ben.person.id.0).iter().filter(|id| !id.is_empty()) {
        let id = percent(id);
        for (method, path) in [
            ("PUT", format!("/api/blocks/{id}")),
            ("DELETE", format!("/api/blocks/{id}")),
            ("POST", format!("/api/contacts/{id}/accept")),
            ("DELETE", format!("/api/contacts/{id}")),
        ] {
            assert_eq!(asked(&anna, method, &path, None).await, missing("not_found"), "{path}");
        }
    }
    let capitals = (call.to_uppercase(), conversation.to_uppercase());
    let active = ben.person.get(&format!("/api/calls/active/{}", capitals.1)).await;
    assert_eq!(active.body["call"]["id"], json!(call), "{}", active.text);
    assert_eq!(ben.act(&capitals.0, "answer").await.status, 200);
    let heard = anna.socket.until("call_answered").await;
    assert_eq!(
        (&heard["call"]["id"], &heard["call"]["conversation_id"]),
        (&json!(call), &json!(conversation))
    );
    let sent = ben.post(&format!("/api/calls/{}/signal", capitals.0), signal().unwrap()).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    assert_eq!(anna.socket.until("signal").await["call_id"], json!(call));
    assert_eq!(anna.act(&capitals.0, "end").await.status, 200);
    ben.socket.until("call_ended").await;
    let wrote =
        anna.post(&format!("/api/conversations/{}/messages", capitals.1), json!({ "content": "hi" })).await;
    assert_eq!(wrote.body["conversation_id"], json!(conversation), "{}", wrote.text);
    let block = format!("/api/blocks/{}", ben.person.id.0.to_uppercase());
    assert_eq!(asked(&anna, "PUT", &block, None).await.0, 204);
    assert_eq!(anna.person.get("/api/blocks").await.body[0]["id"], json!(ben.person.id));
    assert_eq!(asked(&anna, "DELETE", &block, None).await.0, 204);
}

#[tokio::test]
async fn an_id_may_have_capitals_in_every_frame_and_no_other_spelling_is_accepted() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.socket.until("call_answered").await;
    let frames = |id: &str| {
        let signal = json!({ "type": "ice_candidate", "data": { "candidate": "x" } });
        [
            json!({ "type": "signal", "call_id": id, "signal_data": signal }),
            json!({ "type": "media_flowing", "call_id": id }),
            json!({ "type": "media_silent", "call_id": id }),
        ]
    };
    for id in foreign_spellings(&call) {
        for frame in frames(&id) {
            anna.socket.say(frame).await;
            let said = anna.socket.until("error").await;
            let told = (said["error"]["code"].as_str(), said.get("call_id"));
            assert_eq!(told, (Some("call_not_found"), None), "{id:?}: {said}");
            assert!(said.to_string().len() < 400, "an unreadable value is not echoed: {said}");
        }
    }
    ben.socket.no("signal").await;
    for frame in frames(&call.to_uppercase()) {
        anna.socket.say(frame).await;
    }
    assert_eq!(ben.socket.until("signal").await["call_id"], json!(call));
    anna.socket.no("error").await;
    for device in ["", "a b", "\u{202e}", &"x".repeat(65)] {
        let signal = json!({ "type": "ice_candidate", "data": {}, "to_device": device });
        anna.signal(&call, signal).await;
        let said = anna.socket.until("error").await;
        assert_eq!(said["error"]["code"], "invalid_request", "{device:?}");
        let mut socket = Socket::open(anna.person.address).await;
        socket.hello(&anna.person.token, device).await;
        assert_eq!(socket.close_code().await, Some(close_code::HELLO_TIMEOUT), "{device:?}");
    }
}

#[tokio::test]
async fn the_limit_of_a_pair_counts_all_spellings_as_one() {
    let server = TestServer::with(|config| config.limits.rates = Rates::default()).await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let letters: Vec<_> = conversation.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).collect();
    let mut statuses = Vec::new();
    for n in 0..25_usize {
        let mut spelt: Vec<char> = conversation.chars().collect();
        for (bit, (at, letter)) in letters.iter().enumerate().take(5) {
            if n >> bit & 1 == 1 {
                spelt[*at] = letter.to_ascii_uppercase();
            }
        }
        let reply = anna.call(&spelt.iter().collect::<String>()).await;
        if reply.status == 201 {
            ben.socket.until("call_ringing").await;
            anna.act(reply.body["call"]["id"].as_str().unwrap(), "end").await;
        }
        statuses.push(reply.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 20, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[tokio::test]
async fn the_subject_of_a_token_is_accepted_everywhere_or_nowhere() {
    let keys = IssuerKeys::Secret(SECRET.to_owned());
    let issuer = Issuer { keys, audience: None, name: None };
    let server = TestServer::with(|config| config.issuer = Some(issuer)).await;
    let people = [server.person("anna").await, server.person("ben").await];
    let spelt = |person: &Person, sub: String| {
        let claims = json!({ "sub": sub, "exp": server.clock.now().seconds() + 600 });
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        Person { token: encode(&Header::default(), &claims, &key).unwrap(), ..person.clone() }
    };
    let [anna, ben] = people.each_ref().map(|person| spelt(person, person.id.0.clone()));
    let id = anna.id.0.clone();
    let capitals = [spelt(&anna, id.to_uppercase()), spelt(&ben, ben.id.0.to_uppercase())];
    let conversation = server.befriend(&capitals[0], &capitals[1]).await;
    let (caller, callee) = (capitals[0].connect("anna-1").await, capitals[1].connect("ben-1").await);
    assert_eq!(caller.welcome["user"]["id"], json!(id));
    let call = caller.rings(&conversation).await;
    assert_eq!(callee.act(&call, "answer").await.status, 200);
    assert_eq!(caller.act(&call, "end").await.status, 200);
    for sub in foreign_spellings(&id).into_iter().filter(|sub| !sub.is_empty()) {
        let nobody = spelt(&anna, sub.clone());
        nobody.get("/api/me").await.is(401, "unknown_user");
        let mut socket = Socket::open(nobody.address).await;
        socket.hello(&nobody.token, "anna-2").await;
        assert_eq!(socket.close_code().await, Some(close_code::UNKNOWN_USER), "{sub:?}");
    }
}

#[tokio::test]
async fn an_invented_cursor_is_refused() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let id = "0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";
    let asked = |before: String| format!("/api/calls/history?before={}", percent(&before));
    for bad in
        ["x".to_owned(), "_".to_owned(), format!("yesterday_{id}"), "2026-01-01T00:00:00Z_x".to_owned()]
    {
        anna.get(&asked(bad)).await.is(422, "invalid_request");
    }
    assert_eq!(anna.get(&asked(format!("2026-01-01T00:00:00.000Z_{}", id.to_uppercase()))).await.status, 200);
}

#[tokio::test]
async fn the_scheme_of_a_token_is_case_insensitive_and_two_tokens_are_refused() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let ask = async |values: &[String]| {
        let request = server.request("GET", "/api/me");
        let request = values.iter().fold(request, |request, value| request.header("authorization", value));
        send(request.body(Full::<Bytes>::default()).unwrap()).await
    };
    for scheme in ["Bearer ", "bearer ", "BEARER "] {
        assert_eq!(ask(&[format!("{scheme}{}", anna.token)]).await.status, 200, "{scheme:?}");
    }
    let good = format!("Bearer {}", anna.token);
    ask(&[good.clone(), good.clone()]).await.is(401, "unauthorized");
    ask(&[good.replace("Bearer", "Token")]).await.is(401, "unauthorized");
}

#[tokio::test]
async fn json_nested_too_deeply_for_recursive_readers_reaches_nobody() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let nested = |levels: usize| (1..levels).fold(json!({}), |inside, _| json!({ "a": inside }));
    let ring = |data: Value| json!({ "conversation_id": conversation, "call_type": "audio", "offer": { "data": data } });
    anna.post("/api/calls/initiate", ring(nested(17))).await.is(422, "invalid_request");
    let rings = anna.post("/api/calls/initiate", ring(nested(16))).await;
    assert_eq!(rings.status, 201, "{}", rings.text);
    let call = rings.body["call"]["id"].as_str().unwrap().to_owned();
    let signal = |levels: usize| json!({ "type": "offer", "data": nested(levels) });
    anna.post(&format!("/api/calls/{call}/signal"), signal(17)).await.is(422, "invalid_request");
    anna.signal(&call, signal(100)).await;
    let said = anna.socket.until("error").await;
    assert_eq!((said["error"]["code"].as_str(), &said["call_id"]), (Some("invalid_request"), &json!(call)));
    ben.socket.until("call_ringing").await;
    ben.socket.no("signal").await;
}
