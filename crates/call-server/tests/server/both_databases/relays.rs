//! TURN servers: signed-in people get fresh credentials, and nobody else does.

use call_server::{
    config::{Config, Relay},
    operator_commands,
    service::relay,
};
use http_body_util::Full;
use kit_server::{
    person::Person,
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};
use std::time::Duration;

const RELAY: &str = "turns:relay.test:5349?transport=tcp";

fn with_secret(config: &mut Config) {
    config.ice_servers = vec!["stun:relay.test".to_owned(), RELAY.to_owned()];
    config.turn.secret = Some("north".to_owned());
    config.turn.life = Duration::from_secs(3600);
}

async fn open_config(server: &TestServer, authorization: Option<&str>) -> Reply {
    let request = server.request("GET", "/api/config");
    let request =
        authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    send(request.body(Full::default()).unwrap()).await
}

/// The list that somebody has to get now.
fn expected(server: &TestServer, person: &Person) -> Value {
    let expires = server.clock.now().plus(server.app.config.turn.life).seconds();
    let (username, credential) = relay::mint("north", &person.id, expires);
    json!([
        { "urls": ["stun:relay.test"] },
        { "urls": [RELAY], "username": username, "credential": credential },
    ])
}

#[tokio::test]
async fn every_welcome_contains_new_personal_credentials() {
    let server = TestServer::with(with_secret).await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let first = anna.connect("anna-1").await.welcome;
    assert_eq!(first["ice_servers"], expected(&server, &anna));
    assert_eq!(ben.connect("ben-1").await.welcome["ice_servers"], expected(&server, &ben));
    server.clock.advance(Duration::from_secs(5));
    let later = anna.connect("anna-2").await.welcome;
    assert_eq!(later["ice_servers"], expected(&server, &anna));
    assert_ne!(later["ice_servers"], first["ice_servers"]);
}

#[tokio::test]
async fn an_open_socket_gets_new_credentials_whenever_half_of_their_lifetime_is_over() {
    let server = TestServer::with(|config| {
        with_secret(config);
        config.turn.life = Duration::from_secs(60);
    })
    .await;
    let anna = server.person("anna").await;
    let mut phone = anna.connect("anna-1").await;
    server.pass(25).await;
    phone.socket.no("ice_servers").await;
    let mut last = phone.welcome["ice_servers"].clone();
    for seconds in [5, 30, 30] {
        server.pass(seconds).await;
        let fresh = phone.socket.until("ice_servers").await["ice_servers"].clone();
        assert_eq!(fresh, expected(&server, &anna));
        assert_ne!(fresh, last);
        phone.socket.no("ice_servers").await;
        last = fresh;
    }
    assert_eq!(anna.connect("anna-2").await.welcome["ice_servers"], last, "as good as those of a new socket");
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_gets_stun_servers_only() {
    let server = TestServer::with(with_secret).await;
    let anna = server.person("anna").await;
    for authorization in [None, Some("Bearer nonsense"), Some("Basic YTpi")] {
        let reply = open_config(&server, authorization).await;
        assert_eq!(reply.body["ice_servers"], json!([{ "urls": ["stun:relay.test"] }]), "{authorization:?}");
        assert!(!reply.text.contains("turn") && !reply.text.contains("credential"), "{}", reply.text);
    }
    let reply = open_config(&server, Some(&format!("Bearer {}", anna.token))).await;
    assert_eq!(reply.body["ice_servers"], expected(&server, &anna));
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn static_turn_credentials_are_passed_on_unchanged() {
    let server = TestServer::with(|config| {
        config.ice_servers = vec!["turn:relay.test".to_owned(), RELAY.to_owned()];
        config.turn.username = Some("calls".to_owned());
        config.turn.credential = Some("sesame".to_owned());
        config.turn.life = Duration::from_secs(10);
    })
    .await;
    let anna = server.person("anna").await;
    let mut phone = anna.connect("anna-1").await;
    let all = json!([{ "urls": ["turn:relay.test", RELAY], "username": "calls", "credential": "sesame" }]);
    assert_eq!(phone.welcome["ice_servers"], all);
    server.pass(10).await;
    phone.socket.no("ice_servers").await;
    assert_eq!(open_config(&server, None).await.body["ice_servers"], json!([]));
}

#[tokio::test]
async fn without_turn_a_welcome_contains_no_ice_servers() {
    let server = TestServer::with(|config| config.ice_servers = vec!["stun:relay.test".to_owned()]).await;
    let anna = server.person("anna").await;
    assert_eq!(anna.connect("anna-1").await.welcome.get("ice_servers"), None);
}

#[tokio::test]
async fn the_relay_inside_the_server_is_found_by_whoever_has_signed_in_and_works() {
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let own = Relay { listen: any, hosts: vec!["127.0.0.1".to_owned()], https: None };
    let server = TestServer::with(|config| config.relay = Some(own)).await;
    let port = server.app.config.relay.as_ref().unwrap().listen.port();
    let anna = server.person("anna").await;
    let stun = json!({ "urls": [format!("stun:127.0.0.1:{port}")] });
    assert_eq!(open_config(&server, None).await.body["ice_servers"], json!([stun]));
    let told = anna.connect("anna-1").await.welcome["ice_servers"].clone();
    let ways = ["udp", "tcp"].map(|by| format!("turn:127.0.0.1:{port}?transport={by}"));
    assert_eq!((&told[0], &told[1]["urls"]), (&stun, &json!(ways)));
    let expires = server.clock.wall().plus(Duration::from_secs(3600)).seconds();
    let (username, credential) = relay::mint(server.app.calls.ice.own_secret(), &anna.id, expires);
    assert_eq!((&told[1]["username"], &told[1]["credential"]), (&json!(username), &json!(credential)));
    let findings = operator_commands::check_relay(&server.app.config, &server.clock).await.unwrap();
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.outcome.is_ok()), "{findings:?}");
    let mut elsewhere = Config::clone(&server.app.config);
    elsewhere.relay.as_mut().unwrap().listen = any;
    let findings = operator_commands::check_relay(&elsewhere, &server.clock).await.unwrap();
    assert!(findings.iter().all(|finding| finding.outcome.is_err()), "{findings:?}");
}
