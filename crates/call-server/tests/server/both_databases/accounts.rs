//! Registering, signing in, staying signed in, signing out.

use call_server::service::accounts;
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    socket::Socket,
    test_server::TestServer,
};
use serde_json::{Value, json};
use std::time::Duration;

async fn post(server: &TestServer, path: &str, body: Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

async fn me(server: &TestServer, token: &str) -> Reply {
    let request = server.request("GET", "/api/me").header("authorization", format!("Bearer {token}"));
    send(request.body(Full::default()).unwrap()).await
}

#[tokio::test]
async fn somebody_registers_and_signs_in() {
    let server = TestServer::new().await;
    let account = json!({ "username": "carla", "display_name": "Carla C.", "password": "correct horse" });
    let registered = post(&server, "/api/auth/register", account).await;
    assert_eq!(registered.status, 201);
    assert_eq!(registered.body["user"]["display_name"], "Carla C.");
    let signed_in =
        post(&server, "/api/auth/login", json!({ "username": "carla", "password": "correct horse" })).await;
    assert_eq!(signed_in.status, 200);
    assert_eq!(signed_in.body["expires_in"], 900);
    let token = signed_in.body["access_token"].as_str().unwrap();
    assert_eq!(me(&server, token).await.body, registered.body["user"]);
    assert!(!signed_in.text.contains("horse") && !signed_in.text.contains("argon2"));
    let again =
        post(&server, "/api/auth/register", json!({ "username": "carla", "password": "something else" }))
            .await;
    again.is(409, "name_taken");
    for (name, password) in [
        ("carla", "wrong horse"),
        ("nobody", "correct horse"),
        ("carla", "short"),
        ("carl\0a", "correct horse"),
    ] {
        let refused =
            post(&server, "/api/auth/login", json!({ "username": name, "password": password })).await;
        refused.is(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn names_and_passwords_out_of_range_are_refused_with_a_sentence() {
    let server = TestServer::new().await;
    for (name, password) in [
        ("ab", "long enough"),
        ("anna b", "long enough"),
        ("änna", "long enough"),
        (&*"x".repeat(33), "long enough"),
        ("anna", "short"),
    ] {
        let refused =
            post(&server, "/api/auth/register", json!({ "username": name, "password": password })).await;
        refused.is(422, "invalid_request");
    }
    assert_eq!(server.count("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn a_phone_that_capitalizes_the_name_signs_in_all_the_same() {
    let server = TestServer::new().await;
    let account = json!({ "username": " Carla ", "password": "correct horse" });
    let registered = post(&server, "/api/auth/register", account).await;
    let user = &registered.body["user"];
    assert_eq!((&user["username"], &user["display_name"]), (&json!("carla"), &json!("Carla")));
    for name in ["carla", "Carla", "CARLA", " carla", "Carla\u{a0}"] {
        let account = json!({ "username": name, "password": "correct horse" });
        let signed_in = post(&server, "/api/auth/login", account.clone()).await;
        assert_eq!((signed_in.status, &signed_in.body["user"]), (200, user), "{name:?}");
        post(&server, "/api/auth/register", account).await.is(409, "name_taken");
    }
    let anna = server.person("anna").await;
    for name in ["Carla", " CARLA "] {
        let asked = anna.post("/api/contacts", json!({ "username": name })).await;
        assert_eq!(asked.body["user"], *user, "{name:?}");
    }
    anna.post("/api/contacts", json!({ "username": "Anna " })).await.is(422, "invalid_request");
}

#[tokio::test]
async fn a_name_that_is_invisible_or_reverses_the_text_around_it_is_refused() {
    let server = TestServer::new().await;
    for name in [
        "\u{200b}\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "👻",
        "Eve\u{202e}(nna)",
        "E\u{0}ve",
        "E\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    ] {
        let account = json!({ "username": "eve", "display_name": name, "password": "correct horse" });
        post(&server, "/api/auth/register", account).await.is(422, "invalid_request");
    }
    let account =
        json!({ "username": "zoe", "display_name": " Zoe\u{308}  👩‍💻 ", "password": "correct horse" });
    let registered = post(&server, "/api/auth/register", account).await;
    assert_eq!(registered.body["user"]["display_name"], "Zo\u{eb} 👩‍💻");
}

#[tokio::test]
async fn a_name_kept_by_an_application_is_sanitized_wherever_it_is_shown() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    for (username, kept, seen) in [
        ("eve", "Eve\u{202e}(nna)", "Eve(nna)"),
        ("unseen", "\u{200b}\u{200b}", "unseen"),
        ("\u{202e}\u{200b}", "", "Someone"),
    ] {
        let user = accounts::add(&server.app.accounts, username, kept, "no password".to_owned())
            .await
            .unwrap()
            .unwrap();
        let person = server.signed_in(&user.id, username);
        assert_eq!(person.get("/api/me").await.body["display_name"], seen);
        let blocked = anna.ask("PUT", &format!("/api/blocks/{}", user.id), None, None).await;
        assert_eq!(blocked.status, 204);
        let list = anna.get("/api/blocks").await.body;
        assert!(list.as_array().unwrap().iter().any(|one| one["display_name"] == seen), "{list}");
    }
    let (device, label) = ("anna-1", "Chromium\u{202e} on\nLinux");
    let mut socket = Socket::open(server.address).await;
    socket.say(json!({ "type": "hello", "token": anna.token, "protocol": 1, "device_id": device, "device_label": label })).await;
    socket.until("welcome").await;
    assert_eq!(server.app.calls.hub.label(&anna.id, &device.into()).as_deref(), Some("Chromium on Linux"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_reveals_nothing_about_unknown_tokens() {
    let server = TestServer::new().await;
    let session =
        post(&server, "/api/auth/register", json!({ "username": "carla", "password": "correct horse" }))
            .await;
    let token = json!({ "refresh_token": session.body["refresh_token"] });
    assert_eq!(post(&server, "/api/auth/logout", token.clone()).await.status, 204);
    post(&server, "/api/auth/refresh", token.clone()).await.is(401, "unauthorized");
    assert_eq!(post(&server, "/api/auth/logout", token).await.status, 204);
}

#[tokio::test]
async fn an_unused_session_expires_after_a_month() {
    let server = TestServer::new().await;
    let session =
        post(&server, "/api/auth/register", json!({ "username": "carla", "password": "correct horse" }))
            .await;
    server.clock.advance(Duration::from_secs(31 * 24 * 3600));
    let token = json!({ "refresh_token": session.body["refresh_token"] });
    post(&server, "/api/auth/refresh", token).await.is(401, "unauthorized");
}

#[tokio::test]
async fn secrets_are_in_the_database_as_hashes_only() {
    let server = TestServer::new().await;
    let session =
        post(&server, "/api/auth/register", json!({ "username": "carla", "password": "correct horse" }))
            .await;
    let (folder, _) = server.stop().await;
    let bytes = folder.everything().await;
    assert!(bytes.windows(5).any(|window| window == b"carla"));
    for secret in ["correct horse", session.body["refresh_token"].as_str().unwrap()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn the_demo_accounts_are_contacts_and_exist_only_when_asked_for() {
    let server = TestServer::new().await;
    assert_eq!(server.count("SELECT count(*) FROM users").await, 0);
    assert_eq!(server.person("dora").await.get("/api/config").await.body["demo"], false);
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |config| config.demo = true).await;
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |config| config.demo = true).await;
    assert_eq!(server.count("SELECT count(*) FROM users").await, 3, "a second start makes no second pair");
    let anna = post(&server, "/api/auth/login", json!({ "username": "anna", "password": "messenger" })).await;
    assert_eq!(anna.body["user"]["display_name"], "Anna");
    let id = anna.body["user"]["id"].as_str().unwrap().into();
    let contacts = server.signed_in(&id, "anna").get("/api/contacts").await;
    assert_eq!(contacts.body[0]["user"]["username"], "ben");
    assert_eq!(contacts.body[0]["state"], "accepted");
    assert!(contacts.body[0]["conversation_id"].is_string());
}
