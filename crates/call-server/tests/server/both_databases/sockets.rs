//! The socket itself: who may open one, how it starts and how it ends.

use call_protocol::close_code;
use call_server::{close_codes, metrics::Load};
use kit_server::{socket::Socket, test_server::TestServer};
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn the_first_frame_signs_in_and_the_snapshot_is_the_first_answer() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let mut socket = Socket::open(server.address).await;
    socket.hello(&anna.token, "anna-1").await;
    let first = socket.all().await.remove(0);
    let user = json!({ "id": anna.id, "username": "anna", "display_name": "anna" });
    assert_eq!(first, json!({ "type": "welcome", "user": user, "live_calls": [], "ended_calls": [] }));
}

#[tokio::test]
async fn a_socket_that_never_signs_in_is_closed() {
    let server = TestServer::with(|config| config.timings.hello = Duration::from_millis(100)).await;
    let mut socket = Socket::open(server.address).await;
    assert_eq!(socket.close_code().await, Some(4001));
}

#[tokio::test]
async fn a_first_frame_other_than_hello_closes_the_socket() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    for text in [
        "{".to_owned(),
        json!({ "type": "media_flowing", "call_id": "01890a5d-ac96-774b-bcce-b302099a8057" }).to_string(),
        json!({ "type": "hello", "token": anna.token, "protocol": 1 }).to_string(),
        json!({ "type": "hello", "token": anna.token, "protocol": 1, "device_id": "" }).to_string(),
        json!({ "type": "hello", "token": anna.token, "protocol": 1, "device_id": "~" }).to_string(),
    ] {
        let mut socket = Socket::open(server.address).await;
        socket.send(Message::text(text.clone())).await;
        let said = socket.until("error").await["error"]["message"].to_string();
        let why = ["not JSON", "has to be `hello`", "missing field `device_id`", "id is 1 to 64"];
        assert!(why.iter().any(|why| said.contains(why)), "{text}: {said}");
        assert_eq!(socket.close_code().await, Some(4001), "{text}");
    }
    let mut socket = Socket::open(server.address).await;
    socket.send(Message::binary(vec![1, 2, 3])).await;
    assert!(socket.until("error").await["error"]["message"].to_string().contains("as text"));
    assert_eq!(socket.close_code().await, Some(4001));
}

#[tokio::test]
async fn a_broken_frame_is_answered_by_the_code_for_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = TestServer::new().await;
    let reserved_opcode = [0x83, 0x80, 0, 0, 0, 0];
    let not_masked = [0x81, 0x02, b'h', b'i'];
    let no_text = [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff];
    for (frame, code) in [
        (&reserved_opcode[..], close_codes::PROTOCOL_ERROR),
        (&not_masked, close_codes::PROTOCOL_ERROR),
        (&no_text, close_codes::INVALID_TEXT),
    ] {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let upgrade = format!(
            "GET /api/socket HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            server.address
        );
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            heard.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(frame).await.unwrap();
        let (opcode, _length, said) = (
            stream.read_u8().await.unwrap(),
            stream.read_u8().await.unwrap(),
            stream.read_u16().await.unwrap(),
        );
        assert_eq!((opcode, said), (0x88, code), "{frame:x?}");
    }
}

#[tokio::test]
async fn an_expired_or_forged_token_closes_the_socket_with_a_code_of_its_own() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let nobody = server.signed_in(&"nobody".into(), "nobody");
    let expired = anna.token.clone();
    server.clock.advance(Duration::from_secs(901));
    let fresh_nobody = server.signed_in(&nobody.id, "nobody").token;
    for token in [expired, "forged".to_owned(), fresh_nobody] {
        let mut socket = Socket::open(server.address).await;
        socket.hello(&token, "anna-1").await;
        assert_eq!(socket.close_code().await, Some(4003));
    }
}

#[tokio::test]
async fn the_newer_socket_of_a_device_wins() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    anna.socket.all().await;
    let mut newer = ben.person.connect("ben-1").await;
    assert_eq!(ben.socket.close_code().await, Some(4009));
    assert_eq!(newer.welcome["live_calls"][0]["call"]["id"], call);
    anna.act(&call, "end").await;
    newer.socket.until("call_ended").await;
    // Closing the older one does not mean that the device is gone.
    assert_eq!(anna.person.get("/api/contacts").await.body[0]["online"], true);
    anna.socket.no("presence").await;
    // Another person's device may have the same id.
    let carla = server.person("carla").await.connect("ben-1").await;
    newer.socket.say(json!({ "type": "dance" })).await;
    newer.socket.until("error").await;
    drop(carla);
}

#[tokio::test]
async fn a_large_first_frame_and_a_huge_later_one_close_the_socket_and_nobody_else_s() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let mut large_hello = Socket::open(server.address).await;
    large_hello.hello(&"x".repeat(17 * 1024), "d").await;
    assert_eq!(large_hello.close_code().await, Some(1009));
    let mut huge_hello = Socket::open(server.address).await;
    huge_hello.hello(&"x".repeat(70 * 1024), "d").await;
    assert_eq!(huge_hello.close_code().await, Some(1009));
    let mut carla = server.person("carla").await.connect("carla-1").await;
    carla.socket.say(json!({ "type": "dance", "text": "x".repeat(60 * 1024) })).await;
    assert_eq!(carla.socket.until("error").await["error"]["code"], "unknown_frame");
    carla.socket.say(json!({ "type": "dance", "text": "x".repeat(65 * 1024) })).await;
    assert_eq!(carla.socket.close_code().await, Some(1009));
    anna.signal(&call, json!({ "type": "offer", "data": { "sdp": "still here" } })).await;
    ben.socket.until("signal").await;
}

#[tokio::test]
async fn unusable_frames_are_answered_and_the_socket_stays_open() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let mut carla = server.person("carla").await.connect("carla-1").await;
    for (text, code) in [
        ("{".to_owned(), "malformed_json"),
        ("\"hello\"".to_owned(), "invalid_request"),
        ("[1, 2".to_owned(), "invalid_request"),
        (json!({ "kind": "signal" }).to_string(), "invalid_request"),
        (json!({ "type": "call_ended", "call": {} }).to_string(), "unknown_frame"),
        (json!({ "type": "signal", "call_id": call }).to_string(), "invalid_request"),
        (
            json!({ "type": "signal", "call_id": call, "signal_data": { "type": "offer", "data": 7 } })
                .to_string(),
            "invalid_request",
        ),
        (
            json!({ "type": "hello", "token": "t", "protocol": 1, "device_id": "d" }).to_string(),
            "invalid_request",
        ),
    ] {
        carla.socket.send(Message::text(text.clone())).await;
        let error = carla.socket.until("error").await;
        assert_eq!(error["error"]["code"], code, "{text}: {error}");
    }
    carla.socket.send(Message::binary(vec![0, 1])).await;
    assert_eq!(carla.socket.until("error").await["error"]["code"], "invalid_request");
    anna.socket.no("call_ended").await;
    ben.socket.no("call_ended").await;
}

#[tokio::test]
async fn an_unsupported_protocol_version_is_refused_and_a_missing_one_means_the_first() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    for version in [0, 2, 99] {
        let mut socket = Socket::open(server.address).await;
        let hello = json!({ "type": "hello", "token": anna.token, "protocol": version, "device_id": "new" });
        socket.say(hello).await;
        assert_eq!(socket.until("error").await["error"]["code"], "unsupported_version", "{version}");
        assert_eq!(socket.close_code().await, Some(close_code::UNSUPPORTED_VERSION), "{version}");
    }
    let mut old = Socket::open(server.address).await;
    old.say(json!({ "type": "hello", "token": anna.token, "device_id": "old" })).await;
    old.until("welcome").await;
}

#[tokio::test]
async fn sockets_that_have_not_signed_in_are_limited_by_address() {
    let server = TestServer::with(|config| config.limits.waiting_sockets_per_address = 2).await;
    let anna = server.person("anna").await;
    let first = Socket::open(server.address).await;
    let mut second = Socket::open(server.address).await;
    assert_eq!(Socket::open_from(server.address, None).await.err(), Some(429));
    second.hello(&anna.token, "anna-1").await;
    second.until("welcome").await;
    let third = Socket::open_from(server.address, None).await;
    assert!(third.is_ok(), "a signed-in socket no longer counts as waiting");
    drop(first);
}

#[tokio::test]
async fn pages_of_foreign_origins_cannot_open_a_socket() {
    let server =
        TestServer::with(|config| config.allow_origins = vec!["https://chat.example".to_owned()]).await;
    let own = format!("http://{}", server.address);
    assert!(Socket::open_from(server.address, Some(&own)).await.is_ok());
    assert!(Socket::open_from(server.address, Some("https://chat.example")).await.is_ok());
    for foreign in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(Socket::open_from(server.address, Some(foreign)).await.err(), Some(403), "{foreign}");
    }
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_to_every_socket() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, _) = server.anna_and_ben().await;
    let mut waiting = Socket::open(server.address).await;
    server.stop().await;
    assert_eq!(anna.socket.close_code().await, Some(1001));
    assert_eq!(ben.socket.close_code().await, Some(1001));
    waiting.close_code().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_and_others_are_served() {
    let server = TestServer::with(|config| {
        config.limits.frames_per_socket = 8;
        config.timings.send = Duration::from_millis(200);
    })
    .await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let mut slow = ben.person.clone();
    slow.token = server.signed_in(&slow.id, "ben").token;
    drop(ben);
    // A socket that signs in and then reads nothing, so that its buffers fill up.
    let silent = kit_server::socket::unread(server.address, &slow.token, "ben-1").await;
    let large = json!({ "type": "offer", "data": { "sdp": "x".repeat(30_000) } });
    let app = server.app.clone();
    let device = "ben-1".into();
    let mut sent = 0;
    while app.calls.hub.is_connected(&slow.id, &device) {
        anna.signal(&call, large.clone()).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        sent += 1;
        assert!(sent < 5_000, "a client that never reads is never disconnected");
    }
    assert_eq!(anna.person.get("/api/contacts").await.status, 200);
    let counted = "calls_sockets_closed_total{code=\"4008\"} 1\n";
    assert!(app.metrics.text(Load::default()).contains(counted), "the operator sees it");
    drop(silent);
}
