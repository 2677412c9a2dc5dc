//! Many connections that are silent, or do not read: they keep nobody out, and all that they hold is freed.

use call_server::config::{Config, Tls};
use kit_server::{
    socket::Socket,
    test_server::{PATIENCE, TestServer, eventually},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

/// Far longer than any test: a connection that is closed earlier was closed for another reason.
fn nobody_is_silent_for_too_long(config: &mut Config) {
    config.timings.head = 10 * PATIENCE;
    config.timings.hello = 10 * PATIENCE;
    config.timings.tls_handshake = 10 * PATIENCE;
}

async fn silent(server: &TestServer, count: usize, said: &str) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // It may have been closed at once.
        let _ = stream.write_all(said.as_bytes()).await;
        held.push(stream);
    }
    held
}

/// Whether the server closed a connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    !matches!(timeout(Duration::from_millis(1), stream.read(&mut [0; 16])).await, Ok(Ok(1..)) | Err(_))
}

#[tokio::test]
async fn a_thousand_silent_connections_keep_nobody_out_and_close_nobodys_socket() {
    for said in ["", "GET / HTTP/1.1\r\nHost: he", "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"] {
        let server = TestServer::with(|config| {
            nobody_is_silent_for_too_long(config);
            config.limits.connections = Some(10);
        })
        .await;
        let mut anna = server.person("anna").await.connect("anna-1").await;
        let mut held = silent(&server, 30, said).await;
        let ben = server.person("ben").await;
        assert_eq!(ben.get("/api/me").await.status, 200, "{said:?}");
        assert_eq!(ben.connect("ben-1").await.welcome["type"], "welcome");
        assert!(server.app.connections.len() <= 10);
        eventually(async || is_closed(&mut held[0]).await).await;
        anna.socket.say(serde_json::json!({ "type": "probe", "number": 1 })).await;
        assert_eq!(anna.socket.until("alive").await["answers"], 1, "a signed-in socket stays open");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_reply_is_disconnected_and_its_memory_is_freed() {
    let server = TestServer::with(|config| config.timings.unread = Duration::from_millis(300)).await;
    let dist = server.folder.0.join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    std::fs::write(dist.join("large.wasm"), vec![7; 16 * 1024 * 1024]).unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        let mut stream = socket.connect(server.address).await.unwrap();
        let request = "GET /large.wasm HTTP/1.1\r\nHost: here\r\n\r\n".repeat(40);
        stream.write_all(request.as_bytes()).await.unwrap();
        held.push(stream);
    }
    eventually(async || server.app.connections.len() == 4).await;
    eventually(async || server.app.connections.is_empty()).await;
    drop(held);
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let limit = Duration::from_secs(1);
    let server = TestServer::with(|config| config.timings.unread = limit).await;
    let dist = server.folder.0.join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    let size = 12 * 1024 * 1024;
    std::fs::write(dist.join("large.wasm"), vec![7; size]).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let request = "GET /large.wasm HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut read, mut part) = (0, vec![0; 1024 * 1024]);
    loop {
        let more = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        if more == 0 {
            break;
        }
        read += more;
        // Most of it waits longer than the limit before it is read.
        if read < 2 * 1024 * 1024 {
            sleep(limit / 20).await;
        }
    }
    assert!(read > size, "{read}");
}

#[tokio::test]
async fn sockets_that_never_sign_in_block_their_network_only_for_a_moment() {
    let server = TestServer::with(|config| {
        nobody_is_silent_for_too_long(config);
        config.limits.waiting_sockets_per_address = 3;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(Socket::open(server.address).await);
    }
    assert_eq!(Socket::open_from(server.address, None).await.err(), Some(429), "a burst is refused");
    server.clock.advance(Duration::from_secs(2));
    let anna = server.person("anna").await.connect("anna-1").await;
    assert_eq!(anna.welcome["type"], "welcome");
    assert_eq!(held.remove(0).close_code().await, Some(4001), "the oldest one yields");
    assert_eq!(server.app.anonymous_sockets.len(), 2);
}

#[tokio::test]
async fn stalled_handshakes_keep_nobody_out_who_shares_their_address() {
    let server = TestServer::with(|config| {
        nobody_is_silent_for_too_long(config);
        config.tls = Tls { self_signed: true, ..Tls::default() };
        config.limits.handshakes_per_address = 4;
    })
    .await;
    let mut held = silent(&server, 12, "").await;
    eventually(async || is_closed(&mut held[0]).await).await;
    let trusted = std::fs::read(server.folder.0.join("self-signed.pem")).unwrap();
    assert!(super::tls::dial(server.address, &trusted).await.is_ok());
}

#[tokio::test]
async fn the_operators_port_answers_however_many_silent_connections_it_has() {
    let server = TestServer::with(|config| {
        nobody_is_silent_for_too_long(config);
        config.metrics.listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let address = server.metrics.unwrap();
    let mut held = Vec::new();
    for _ in 0..60 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    let request =
        tokio_tungstenite::tungstenite::http::Request::builder().uri(format!("http://{address}/metrics"));
    let reply = kit_server::rest::send(request.body(http_body_util::Full::default()).unwrap()).await;
    assert_eq!(reply.status, 200);
    assert!(is_closed(&mut held[0]).await);
}
