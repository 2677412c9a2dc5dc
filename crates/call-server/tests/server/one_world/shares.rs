//! How much one person, or one network, may use; nobody else notices.

use kit_server::{
    person::Device,
    socket::Socket,
    test_server::{PATIENCE, TestServer, eventually},
};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Uses a device, as a person does who clicks on something.
async fn is_used(device: &mut Device) {
    device.socket.say(json!({ "type": "dance" })).await;
    device.socket.until("error").await;
}

#[tokio::test]
async fn with_one_device_too_many_the_least_recently_used_one_is_disconnected() {
    let server = TestServer::with(|config| config.limits.devices_per_person = 3).await;
    let anna = server.person("anna").await;
    let mut first = anna.connect("anna-1").await;
    let mut second = anna.connect("anna-2").await;
    let _third = anna.connect("anna-3").await;
    is_used(&mut first).await;
    let mut reloaded = anna.connect("anna-3").await;
    assert_eq!(
        second.socket.all().await,
        Vec::<serde_json::Value>::new(),
        "a reloaded page is not another device"
    );
    let _fourth = anna.connect("anna-4").await;
    assert_eq!(second.socket.close_code().await, Some(4009), "it waits until somebody uses it again");
    is_used(&mut first).await;
    is_used(&mut reloaded).await;
    let _back = anna.connect("anna-2").await;
    is_used(&mut first).await;
    is_used(&mut reloaded).await;
}

#[tokio::test]
async fn the_device_in_a_call_stays_connected_however_many_others_connect() {
    let server = TestServer::with(|config| config.limits.devices_per_person = 3).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.socket.until("call_answered").await;
    let mut others = Vec::new();
    for number in 2..40 {
        others.push(anna.person.connect(&format!("anna-{number}")).await);
    }
    let connected = || {
        let is = |device: &&Device| {
            server.app.calls.hub.is_connected(&device.person.id, &device.id.as_str().into())
        };
        others.iter().chain([&anna]).filter(is).count()
    };
    eventually(async || connected() == 3).await;
    ben.signal(&call, json!({ "type": "offer", "data": { "sdp": "restart" } })).await;
    anna.socket.until("signal").await;
    let known = (2..40).filter(|number| {
        server.app.calls.hub.knows(&anna.person.id, &format!("anna-{number}").as_str().into())
    });
    assert!(known.count() < 10, "not every device that is gone is remembered");
}

/// A request whose end never arrives.
async fn half(server: &TestServer, path: &str, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn somebody_with_too_many_concurrent_requests_waits_and_nobody_else_does() {
    let server = TestServer::with(|config| {
        config.limits.requests_at_once = 2;
        config.timings.turn = Duration::from_millis(200);
        config.timings.body = 10 * PATIENCE;
    })
    .await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let first = half(&server, "/api/contacts", &anna.token).await;
    let _second = half(&server, "/api/contacts", &anna.token).await;
    eventually(async || anna.get("/api/me").await.status == 429).await;
    let refused = anna.get("/api/me").await;
    refused.is(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.text.contains("requests of this account are under way"), "{}", refused.text);
    assert_eq!(ben.get("/api/me").await.status, 200);
    drop(first);
    eventually(async || anna.get("/api/me").await.status == 200).await;
}

#[tokio::test]
async fn bodies_that_never_arrive_keep_nobody_in_their_network_from_sending_one() {
    let server = TestServer::with(|config| {
        config.limits.bodies_per_network = 2;
        config.timings.body = 10 * PATIENCE;
    })
    .await;
    let mut held = Vec::new();
    for number in 1..=3 {
        held.push(half(&server, "/api/auth/login", "-").await);
        eventually(async || server.app.bodies.len() == number.min(2)).await;
    }
    let mut reply = vec![0; 1024];
    let read = timeout(PATIENCE, held[0].read(&mut reply)).await.expect("it is given up").unwrap();
    let reply = String::from_utf8_lossy(&reply[..read]);
    assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
    let account = json!({ "username": "carla", "password": "correct horse" });
    let session = super::program::post_json(server.address, "/api/auth/register", &account).await;
    assert_eq!(session["user"]["username"], "carla");
}

#[tokio::test]
async fn behind_a_proxy_sockets_are_counted_by_the_forwarded_network() {
    let server = TestServer::with(|config| {
        config.behind_proxy = true;
        config.limits.connections = Some(1_000);
        config.limits.connections_per_network = Some(2);
    })
    .await;
    let anna = server.person("anna").await;
    let connect = async |network: &str, device: &str| {
        let mut socket = Socket::open_with(server.address, Some(("x-forwarded-for", network))).await?;
        socket.hello(&anna.token, device).await;
        socket.until("welcome").await;
        Ok::<_, u16>(socket)
    };
    let first = connect("192.0.2.1", "anna-1").await.unwrap();
    let _second = connect("192.0.2.1", "anna-2").await.unwrap();
    assert_eq!(connect("192.0.2.1", "anna-3").await.err(), Some(429));
    let _other = connect("192.0.2.2", "anna-4").await.expect("the proxy is not one client");
    drop(first);
    eventually(async || connect("192.0.2.1", "anna-5").await.is_ok()).await;
}
