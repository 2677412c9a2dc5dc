//! Clients that are slow or disconnect: they cost nobody else anything, and their requests are completed.

use call_protocol::{DEVICE_HEADER, DeviceId, IDEMPOTENCY_HEADER};
use kit_server::{
    person::Device,
    socket::unread,
    test_server::{PATIENCE, TestServer, eventually},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

#[tokio::test]
async fn a_device_disconnected_for_reading_too_slowly_is_up_to_date_after_reconnecting() {
    let server = TestServer::with(|config| {
        config.limits.frames_per_socket = 8;
        config.timings.send = Duration::from_millis(200);
        // A silent device is not disconnected in this test.
        config.timings.ping = PATIENCE;
    })
    .await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let person = ben.person.clone();
    let _silent = unread(server.address, &person.token, "ben-2").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let text = "ö".repeat(4_000);
    let device = DeviceId::from("ben-2");
    let mut written = 0;
    while server.app.calls.hub.is_connected(&person.id, &device) {
        assert_eq!(anna.post(&path, json!({ "content": text })).await.status, 201);
        // The same person's other device receives everything, in order.
        assert_eq!(ben.socket.until("message").await["message"]["content"], json!(text));
        written += 1;
        assert!(written < 10_000, "it is never disconnected");
    }
    let call = anna.rings(&conversation).await;
    let back = person.connect("ben-2").await;
    assert_eq!(back.welcome["live_calls"][0]["call"]["id"], json!(call));
}

/// Sends the beginning of a request; returns what arrives until the server closes the connection.
async fn said(server: &TestServer, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let closed = timeout(PATIENCE, stream.read_to_string(&mut reply)).await;
    let _ = closed.expect("the server closes the connection");
    reply
}

#[tokio::test]
async fn unfinished_requests_are_given_up_and_other_people_are_served() {
    let server = TestServer::with(|config| {
        config.timings.head = Duration::from_millis(300);
        config.timings.body = Duration::from_millis(300);
    })
    .await;
    let anna = server.person("anna").await;
    let head = format!(
        "POST /api/contacts HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        anna.token
    );
    let (nothing, half_a_head, half_a_body, other) = tokio::join!(
        said(&server, ""),
        said(&server, "GET /api/me HTTP/1.1\r\nHost: he"),
        said(&server, &head),
        anna.get("/api/me"),
    );
    assert_eq!((nothing.as_str(), other.status), ("", 200));
    assert!(half_a_head.is_empty() || half_a_head.starts_with("HTTP/1.1 408"), "{half_a_head}");
    assert!(half_a_body.starts_with("HTTP/1.1 408"), "{half_a_body}");
    assert!(half_a_body.contains("took too long"), "{half_a_body}");
}

/// Sends a whole request and disconnects before the reply.
async fn hang_up(server: &TestServer, who: &Device, key: &str, path: &str, body: &Value, after: Duration) {
    let (body, token, device) = (body.to_string(), &who.person.token, &who.id);
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nX-Device-Id: {device}\r\n\
         Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    sleep(after).await;
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_client_disconnected_is_done_completely_or_not_at_all() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let messages = format!("/api/conversations/{conversation}/messages");
    let mut calls = 0;
    for round in 0..60 {
        let (after, key) = (Duration::from_micros(100 * round), format!("key-{round}"));
        let text = json!({ "content": format!("number {round}") });
        hang_up(&server, &anna, &key, &messages, &text, after).await;
        let wanted = json!({ "conversation_id": conversation, "call_type": "audio" });
        hang_up(&server, &anna, &key, "/api/calls/initiate", &wanted, after).await;
        // The server may never have read it, or read it late: the first attempt that it reads makes the call.
        let headers = [(IDEMPOTENCY_HEADER, key.as_str()), (DEVICE_HEADER, "anna-1")];
        let live = anna.person.ask_with("POST", "/api/calls/initiate", &headers, Some(wanted)).await;
        assert_eq!(live.status, 201, "{}", live.text);
        calls += 1;
        let call = live.body["call"]["id"].as_str().unwrap().to_owned();
        assert_eq!(ben.socket.until("call_ringing").await["call"]["id"], json!(call), "who is called knows");
        let verb = ["answer", "decline", "end"][usize::try_from(round).unwrap() % 3];
        let path = format!("/api/calls/{call}/{verb}");
        hang_up(&server, &ben, &key, &path, &json!({}), after).await;
        ben.act(&call, verb).await;
        if verb == "answer" {
            assert_eq!(anna.socket.until("call_answered").await["call"]["id"], json!(call));
            ben.act(&call, "end").await;
        }
        let over = if verb == "decline" || verb == "end" { "call_declined" } else { "call_ended" };
        for device in [&mut anna, &mut ben] {
            assert_eq!(device.socket.until(over).await["call"]["id"], json!(call), "who talked knows");
        }
    }
    assert_eq!(server.count("SELECT count(*) FROM calls").await, calls);
    assert_eq!(server.count("SELECT count(*) FROM messages WHERE message_type = 'system'").await, calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stored_message_arrives_although_its_sender_disconnected() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    for round in 0..100 {
        let text = json!({ "content": format!("number {round}") });
        hang_up(&server, &anna, &round.to_string(), &path, &text, Duration::from_micros(50 * round)).await;
    }
    // What arrives after all of them.
    anna.post(&path, json!({ "content": "the last one" })).await;
    let mut arrived = Vec::new();
    while arrived.last() != Some(&json!("the last one")) {
        arrived.push(ben.socket.until("message").await["message"]["content"].clone());
    }
    let written = async || server.count("SELECT count(*) FROM messages").await;
    eventually(async || {
        arrived.extend(ben.socket.all().await.into_iter().map(|frame| frame["message"]["content"].clone()));
        usize::try_from(written().await).unwrap() == arrived.len()
    })
    .await;
    assert!(arrived.len() > 1, "none of them was read");
}
