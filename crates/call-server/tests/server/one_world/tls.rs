//! HTTPS without a proxy, over real sockets: clients that trust the certificate get through, and nobody can
//! block the port.

use call_server::{
    Server,
    clock::Clock,
    config::{Config, Database, Tls},
};
use futures_util::{SinkExt, StreamExt};
use kit_server::{
    folder::Folder,
    test_server::{PATIENCE, TestServer, eventually},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::tungstenite::Message;

fn self_signed(config: &mut Config) {
    config.tls = Tls { self_signed: true, ..Tls::default() };
}

fn kept(server: &TestServer) -> Vec<u8> {
    fs::read(server.folder.0.join("self-signed.pem")).unwrap()
}

/// Connects as a browser that trusts the certificates in a PEM file and no others.
pub(crate) async fn dial(address: SocketAddr, trusted: &[u8]) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(trusted) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    timeout(PATIENCE, TlsConnector::from(Arc::new(client)).connect(name, stream)).await.expect("an outcome")
}

async fn get(mut stream: TlsStream<TcpStream>, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut reply)).await.expect("the server replies").unwrap();
    reply
}

/// A certificate for `localhost` and its key, as two PEM texts.
fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_uses_https_and_wss() {
    let server = TestServer::with(self_signed).await;
    let trusted = kept(&server);
    let reply = get(dial(server.address, &trusted).await.unwrap(), "/healthz").await;
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("\"ok\""), "{reply}");
    let anna = server.person("anna").await;
    let stream = dial(server.address, &trusted).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/api/socket", stream)
        .await
        .expect("the socket opens");
    let hello = json!({ "type": "hello", "token": anna.token, "protocol": 1, "device_id": "anna-1" });
    socket.send(Message::text(hello.to_string())).await.unwrap();
    let frame = timeout(PATIENCE, socket.next()).await.expect("the snapshot").unwrap().unwrap();
    let welcome: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
    assert_eq!((&welcome["type"], &welcome["user"]["username"]), (&json!("welcome"), &json!("anna")));
}

#[tokio::test]
async fn hsts_is_sent_with_a_publicly_trusted_certificate_only() {
    let folder = Arc::new(Folder::new());
    let (file, key) = (folder.0.join("chain.pem"), folder.0.join("key.pem"));
    let (chain, secret) = pair();
    fs::write(&file, &chain).unwrap();
    fs::write(&key, secret).unwrap();
    let tls = Tls { certificate: Some(file), key: Some(key), self_signed: false, hsts_seconds: 600 };
    let server = TestServer::at(folder, Clock::manual(), |config| config.tls = tls).await;
    for path in ["/", "/api/me", "/healthz"] {
        let reply = get(dial(server.address, chain.as_bytes()).await.unwrap(), path).await;
        assert!(reply.contains("strict-transport-security: max-age=600\r\n"), "{path}: {reply}");
    }
    let own = TestServer::with(|config| {
        self_signed(config);
        config.tls.hsts_seconds = 600;
    })
    .await;
    let reply = get(dial(own.address, &kept(&own)).await.unwrap(), "/healthz").await;
    assert!(reply.contains("strict-transport-security: max-age=0\r\n"), "{reply}");
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_gets_nowhere() {
    let server = TestServer::with(self_signed).await;
    assert!(dial(server.address, pair().0.as_bytes()).await.is_err());
}

#[tokio::test]
async fn a_browsers_certificate_exception_survives_a_restart() {
    let server = TestServer::with(self_signed).await;
    let trusted = kept(&server);
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, self_signed).await;
    assert!(dial(server.address, &trusted).await.is_ok());
}

#[tokio::test]
async fn plain_http_to_an_encrypted_port_is_rejected_and_does_not_hang() {
    let server = TestServer::with(self_signed).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut reply = Vec::new();
    // A TLS alert, or nothing; then the end, clean or not.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut reply)).await.expect("the connection ends");
    assert!(!reply.starts_with(b"HTTP"), "{reply:?}");
}

#[tokio::test]
async fn a_silent_client_keeps_nobody_else_waiting() {
    let server = TestServer::with(|config| {
        self_signed(config);
        config.timings.tls_handshake = 10 * PATIENCE;
        config.limits.handshakes_per_address = 3;
    })
    .await;
    let silent = [
        TcpStream::connect(server.address).await.unwrap(),
        TcpStream::connect(server.address).await.unwrap(),
    ];
    let reply = get(dial(server.address, &kept(&server)).await.unwrap(), "/healthz").await;
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    drop(silent);
}

#[tokio::test]
async fn handshakes_are_limited_by_address_and_in_time() {
    let server = TestServer::with(|config| {
        self_signed(config);
        config.timings.tls_handshake = Duration::from_millis(500);
        config.limits.handshakes_per_address = 1;
    })
    .await;
    for _ in 0..2 {
        // One waits for its time limit, the other is closed at once; both end without a message.
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let ended = timeout(PATIENCE, stream.read(&mut [0; 1])).await.expect("the connection ends");
        assert!(matches!(ended, Ok(0) | Err(_)));
    }
    let trusted = kept(&server);
    eventually(async || dial(server.address, &trusted).await.is_ok()).await;
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_half_a_renewal_is_not() {
    let folder = Arc::new(Folder::new());
    let (file, key) = (folder.0.join("chain.pem"), folder.0.join("key.pem"));
    let ((first, first_key), (second, second_key)) = (pair(), pair());
    fs::write(&file, &first).unwrap();
    fs::write(&key, first_key).unwrap();
    let tls =
        Tls { certificate: Some(file.clone()), key: Some(key.clone()), self_signed: false, ..Tls::default() };
    let server = TestServer::at(folder, Clock::manual(), |config| {
        config.tls = tls;
        config.timings.certificate_check = Duration::from_millis(10);
    })
    .await;
    assert!(dial(server.address, first.as_bytes()).await.is_ok());
    fs::write(&file, &second).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(dial(server.address, first.as_bytes()).await.is_ok(), "the new key is not there yet");
    fs::write(&key, second_key).unwrap();
    eventually(async || dial(server.address, second.as_bytes()).await.is_ok()).await;
}

#[tokio::test]
async fn an_unusable_certificate_is_reported_in_one_sentence() {
    let folder = Folder::new();
    let (file, key, nothing) =
        (folder.0.join("chain.pem"), folder.0.join("key.pem"), folder.0.join("nothing.pem"));
    fs::write(&file, pair().0).unwrap();
    fs::write(&key, pair().1).unwrap();
    fs::write(&nothing, "nothing").unwrap();
    let start = async |certificate: Option<&Path>, key: Option<&Path>| {
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: Database::File(folder.0.join("calls.sqlite")),
            tls: Tls {
                certificate: certificate.map(Into::into),
                key: key.map(Into::into),
                self_signed: false,
                ..Tls::default()
            },
            ..Config::default()
        };
        Server::start(config, Clock::manual()).await.unwrap_err().to_string()
    };
    for (sentence, expected) in [
        (start(Some(&file), Some(&key)).await, "does not belong to the certificate in"),
        (
            start(Some(&file), None).await,
            "holds no private key: name the PEM file of the certificate's key with --tls-key",
        ),
        (start(Some(&nothing), Some(&key)).await, "holds no certificate"),
        (start(Some(&folder.0.join("missing.pem")), None).await, "cannot read"),
        (start(None, Some(&key)).await, "--tls-key needs the certificate that it belongs to"),
    ] {
        assert!(sentence.contains(expected) && sentence.lines().count() == 1, "{sentence}");
    }
}

#[test]
fn the_program_prints_its_address_and_the_fingerprint_to_compare() {
    let folder = Folder::new();
    let database = folder.0.join("calls.sqlite");
    let mut child = Command::new(env!("CARGO_BIN_EXE_call-server"))
        .args(["--listen", "127.0.0.1:0", "--no-ice-servers", "--tls-self-signed", "--database"])
        .arg(database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let (address, warning) = (lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(address.starts_with("listening on https://127.0.0.1:"), "{address}");
    let fingerprint = warning.rsplit(' ').next().unwrap();
    assert!(warning.contains("browsers will warn") && fingerprint.split(':').count() == 32, "{warning}");
}
