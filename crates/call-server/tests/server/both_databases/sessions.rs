//! People's sessions: refreshed, listed, and ended.

use call_protocol::close_code;
use call_server::{config::Config, operator_commands};
use http_body_util::Full;
use kit_server::{
    person::{Device, Person},
    rest::{Reply, send},
    socket::Socket,
    test_server::{TestServer, eventually},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};

const PASSWORD: &str = "correct horse";
const CHROME: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";

/// Somebody who signed in, with the tokens that they got.
struct Guest {
    person: Person,
    refresh: String,
}

async fn ask(address: SocketAddr, path: &str, device: Option<&str>, body: Value) -> Reply {
    let request = tokio_tungstenite::tungstenite::http::Request::builder()
        .method("POST")
        .uri(format!("http://{address}{path}"))
        .header("content-type", "application/json")
        .header("user-agent", CHROME);
    let request = device.into_iter().fold(request, |request, device| request.header("x-device-id", device));
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

fn guest(server: &TestServer, reply: &Reply) -> Guest {
    assert!([200, 201].contains(&reply.status), "{}", reply.text);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let user = &reply.body["user"];
    let person = Person {
        id: user["id"].as_str().unwrap().into(),
        name: text(&user["username"]),
        token: text(&reply.body["access_token"]),
        address: server.address,
        app: Arc::clone(&server.app),
    };
    Guest { person, refresh: text(&reply.body["refresh_token"]) }
}

async fn register(server: &TestServer, name: &str) -> Guest {
    let body = json!({ "username": name, "password": PASSWORD });
    guest(server, &ask(server.address, "/api/auth/register", None, body).await)
}

async fn sign_in(server: &TestServer, name: &str, password: &str) -> Guest {
    let body = json!({ "username": name, "password": password });
    guest(server, &ask(server.address, "/api/auth/login", None, body).await)
}

async fn refresh(server: &TestServer, token: &str) -> Reply {
    refresh_by(server, token, None).await
}

async fn refresh_by(server: &TestServer, token: &str, device: Option<&str>) -> Reply {
    ask(server.address, "/api/auth/refresh", device, json!({ "refresh_token": token })).await
}

async fn sign_out(server: &TestServer, token: &str) {
    let reply = ask(server.address, "/api/auth/logout", None, json!({ "refresh_token": token })).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
}

fn child(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["refresh_token"].as_str().unwrap().to_owned()
}

async fn change(guest: &Guest, current: &str, new: &str) -> Reply {
    let body = json!({ "current_password": current, "new_password": new });
    guest.person.ask("PUT", "/api/me/password", None, Some(body)).await
}

async fn is_out(guest: &Guest) {
    guest.person.get("/api/me").await.is(401, "unauthorized");
}

#[tokio::test]
async fn a_session_is_refreshed_with_one_token_after_another() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    server.clock.advance(Duration::from_secs(901));
    carla.person.get("/api/me").await.is(401, "token_expired");
    let renewed = guest(&server, &refresh(&server, &carla.refresh).await);
    assert_eq!(renewed.person.get("/api/me").await.status, 200);
    assert_ne!(renewed.refresh, carla.refresh);
    let last = child(&refresh(&server, &renewed.refresh).await);
    assert_eq!(refresh(&server, &last).await.status, 200);
    assert_eq!(server.count("SELECT count(*) FROM sessions").await, 1, "it is one session all the time");
}

#[tokio::test]
async fn a_client_whose_reply_was_lost_gets_a_replacement_token_but_not_endlessly() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let lost = child(&refresh(&server, &carla.refresh).await);
    let kept = child(&refresh(&server, &carla.refresh).await);
    for _ in 0..4 {
        refresh(&server, &carla.refresh).await.is(429, "rate_limited");
    }
    // A network that loses every reply ends nobody's session.
    server.clock.advance(Duration::from_secs(10));
    let last = child(&refresh(&server, &carla.refresh).await);
    server.clock.advance(Duration::from_secs(21));
    let next = child(&refresh(&server, &last).await);
    // Of the tokens that replaced the same one, only one is valid; whoever has another has a copy.
    refresh(&server, &lost).await.is(401, "unauthorized");
    for dead in [&kept, &next] {
        refresh(&server, dead).await.is(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_used_token_that_is_used_again_ends_the_session() {
    let server = TestServer::with(|config| config.timings.refresh_grace = Duration::from_secs(5)).await;
    let carla = register(&server, "carla").await;
    let elsewhere = sign_in(&server, "carla", PASSWORD).await;
    let thief = guest(&server, &refresh(&server, &carla.refresh).await);
    let mut socket = thief.person.connect("thief-1").await.socket;
    server.clock.advance(Duration::from_secs(6));
    refresh(&server, &carla.refresh).await.is(401, "unauthorized");
    assert_eq!(socket.close_code().await, Some(close_code::TOKEN_REUSED));
    refresh(&server, &thief.refresh).await.is(401, "unauthorized");
    is_out(&thief).await;
    is_out(&carla).await;
    assert_eq!(elsewhere.person.get("/api/me").await.status, 200, "another sign-in is another session");
    let rows = "SELECT count(*) FROM audit_log WHERE what = 'refresh token reused'";
    assert_eq!(server.count(rows).await, 1);
}

#[tokio::test]
async fn an_old_token_is_recognised_without_a_row_for_it() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let mut newest = carla.refresh.clone();
    for _ in 0..40 {
        server.clock.advance(Duration::from_secs(900));
        newest = child(&refresh(&server, &newest).await);
    }
    assert_eq!(server.count("SELECT count(*) FROM sessions").await, 1);
    refresh_by(&server, &carla.refresh, Some("carla-1")).await.is(401, "unauthorized");
    refresh(&server, &newest).await.is(401, "unauthorized");
}

#[tokio::test]
async fn a_laptop_closed_during_a_refresh_stays_signed_in_and_a_stolen_token_is_useless() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let lost = child(&refresh_by(&server, &carla.refresh, Some("carla-1")).await);
    server.clock.advance(Duration::from_secs(9 * 3600));
    let kept = child(&refresh_by(&server, &carla.refresh, Some("carla-1")).await);
    assert_eq!(refresh(&server, &kept).await.status, 200);
    // If a thief had used the first replacement, it would look like this.
    refresh_by(&server, &lost, Some("carla-1")).await.is(401, "unauthorized");

    let dora = register(&server, "dora").await;
    child(&refresh_by(&server, &dora.refresh, Some("dora-1")).await);
    server.clock.advance(Duration::from_secs(31));
    refresh_by(&server, &dora.refresh, Some("elsewhere")).await.is(401, "unauthorized");
}

#[tokio::test]
async fn signing_out_ends_all_tokens_and_sockets_at_once() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let mut socket = carla.person.connect("carla-1").await.socket;
    let newest = child(&refresh(&server, &carla.refresh).await);
    // Any token of the session identifies it.
    sign_out(&server, &newest).await;
    assert_eq!(socket.close_code().await, Some(close_code::SIGNED_OUT));
    for token in [&carla.refresh, &newest] {
        refresh(&server, token).await.is(401, "unauthorized");
    }
    is_out(&carla).await;
    let mut late = Socket::open(server.address).await;
    late.hello(&carla.person.token, "carla-1").await;
    assert_eq!(late.close_code().await, Some(close_code::SIGNED_OUT), "the close code says why");
}

#[tokio::test]
async fn people_can_see_their_sessions_and_end_one_or_all_others() {
    let server = TestServer::new().await;
    let laptop = register(&server, "carla").await;
    server.clock.advance(Duration::from_secs(60));
    let (phone, tablet) =
        (sign_in(&server, "carla", PASSWORD).await, sign_in(&server, "carla", PASSWORD).await);
    let mut sockets = [phone.person.connect("p").await.socket, tablet.person.connect("t").await.socket];
    let list = laptop.person.get("/api/me/sessions").await.body;
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 3);
    let own: Vec<_> = list.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((&own[0]["device"], &own[0]["network"]), (&json!("Chrome on Linux"), &json!("127.0.0.1")));
    assert_eq!(own[0], list.last().unwrap(), "it was used first");
    assert!(own[0]["created_at"].is_string() && own[0]["used_at"].is_string());
    let phones = phone.person.get("/api/me/sessions").await.body;
    let phones = phones.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let path = format!("/api/me/sessions/{}", phones["id"].as_str().unwrap());
    assert_eq!(laptop.person.delete(&path).await.status, 204);
    assert_eq!(sockets[0].close_code().await, Some(close_code::SIGNED_OUT));
    is_out(&phone).await;
    refresh(&server, &phone.refresh).await.is(401, "unauthorized");
    laptop.person.delete(&path).await.is(404, "not_found");
    assert_eq!(tablet.person.get("/api/me").await.status, 200);
    assert_eq!(laptop.person.delete("/api/me/sessions").await.status, 204);
    assert_eq!(sockets[1].close_code().await, Some(close_code::SIGNED_OUT));
    is_out(&tablet).await;
    assert_eq!(laptop.person.get("/api/me/sessions").await.body.as_array().unwrap().len(), 1);
    assert_eq!(refresh(&server, &laptop.refresh).await.status, 200);
}

#[tokio::test]
async fn nobody_can_see_or_end_somebody_elses_sessions() {
    let server = TestServer::new().await;
    let (carla, mallory) = (register(&server, "carla").await, register(&server, "mallory").await);
    let own = |list: Value| list.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let of_carla = own(carla.person.get("/api/me/sessions").await.body);
    let of_mallory = own(mallory.person.get("/api/me/sessions").await.body);
    assert!(of_carla.len() == 1 && of_mallory.len() == 1 && of_carla != of_mallory);
    let path = format!("/api/me/sessions/{}", of_carla[0].as_str().unwrap());
    let refused = mallory.person.delete(&path).await;
    let unknown = mallory.person.delete("/api/me/sessions/0198c0de-0000-7000-8000-000000000000").await;
    refused.is(404, "not_found");
    assert_eq!(refused.text, unknown.text, "other people's data does not exist for them");
    mallory.person.delete("/api/me/sessions/carla").await.is(404, "not_found");
    assert_eq!(mallory.person.delete("/api/me/sessions").await.status, 204);
    assert_eq!(carla.person.get("/api/me").await.status, 200);
    assert_eq!(refresh(&server, &carla.refresh).await.status, 200);
    let nobody = Person { token: "nobody's".to_owned(), ..carla.person.clone() };
    for (method, path) in [("GET", "/api/me/sessions"), ("DELETE", "/api/me/sessions"), ("DELETE", &path)] {
        nobody.ask(method, path, None, None).await.is(401, "unauthorized");
    }
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions() {
    let server = TestServer::new().await;
    let (carla, other) = (register(&server, "carla").await, sign_in(&server, "carla", PASSWORD).await);
    let mut socket = other.person.connect("other-1").await.socket;
    let refused = change(&carla, "battery staple", "something longer").await;
    refused.is(401, "invalid_credentials");
    assert!(refused.text.contains("not your password"), "{}", refused.text);
    change(&carla, PASSWORD, "short").await.is(422, "invalid_request");
    assert_eq!(other.person.get("/api/me").await.status, 200);
    assert_eq!(change(&carla, PASSWORD, "something longer").await.status, 204);
    assert_eq!(socket.close_code().await, Some(close_code::PASSWORD_CHANGED));
    is_out(&other).await;
    refresh(&server, &other.refresh).await.is(401, "unauthorized");
    assert_eq!(carla.person.get("/api/me").await.status, 200);
    assert_eq!(refresh(&server, &carla.refresh).await.status, 200);
    let old = json!({ "username": "carla", "password": PASSWORD });
    ask(server.address, "/api/auth/login", None, old).await.is(401, "invalid_credentials");
    sign_in(&server, "carla", "something longer").await;
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'password changed'").await, 1);
}

#[tokio::test]
async fn a_token_from_before_sessions_existed_is_valid_until_all_others_are_ended() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let old = server.signed_in(&carla.person.id, "carla");
    assert_eq!(old.get("/api/me").await.status, 200);
    let list = old.get("/api/me/sessions").await.body;
    assert_eq!(list[0]["current"], false);
    let mut device = old.connect("old-1").await;
    assert_eq!(carla.person.delete("/api/me/sessions").await.status, 204);
    assert_eq!(device.socket.close_code().await, Some(close_code::SIGNED_OUT));
    old.get("/api/me").await.is(401, "unauthorized");
}

#[tokio::test]
async fn ending_the_session_of_a_stolen_phone_ends_its_call() {
    let server = TestServer::new().await;
    let (carla, phone) = (register(&server, "carla").await, sign_in(&server, "carla", PASSWORD).await);
    let ben = server.person("ben").await;
    let ben = Person { address: server.address, app: Arc::clone(&server.app), ..ben };
    let conversation = server.befriend(&phone.person, &ben).await;
    let (mut phone, mut ben): (Device, Device) = (phone.person.connect("p").await, ben.connect("b").await);
    let call = ben.rings(&conversation).await;
    assert_eq!(phone.act(&call, "answer").await.status, 200);
    ben.socket.until("call_answered").await;
    assert_eq!(carla.person.delete("/api/me/sessions").await.status, 204);
    assert_eq!(phone.socket.close_code().await, Some(close_code::SIGNED_OUT));
    server.pass(10).await;
    assert_eq!(ben.socket.until("call_ended").await["call"]["id"], call);
}

#[tokio::test]
async fn somebody_who_deleted_their_account_has_no_access_any_more() {
    let server = TestServer::with(|config| {
        config.ice_servers = vec!["turn:127.0.0.1:3478".to_owned()];
        config.turn.secret = Some("x".repeat(32));
    })
    .await;
    let carla = register(&server, "carla").await;
    let before = carla.person.get("/api/config").await;
    assert!(before.text.contains("credential"), "{}", before.text);
    let gone = carla.person.ask("DELETE", "/api/me", None, Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    for path in
        ["/api/me", "/api/contacts", "/api/calls/history", "/api/settings", "/api/blocks", "/api/me/sessions"]
    {
        carla.person.get(path).await.is(401, "unauthorized");
    }
    let after = carla.person.get("/api/config").await;
    assert!(after.status == 200 && !after.text.contains("credential"), "{}", after.text);
    // Even without a session: with a token of the same secret that somebody else issued.
    server.clock.advance(Duration::from_secs(3600));
    server.signed_in(&carla.person.id, "carla").get("/api/me").await.is(401, "unauthorized");
}

#[tokio::test]
async fn sessions_that_ended_shortly_before_a_server_started_are_over_for_it_too() {
    let server = TestServer::new().await;
    let (carla, dora) = (register(&server, "carla").await, register(&server, "dora").await);
    sign_out(&server, &carla.refresh).await;
    assert_eq!(
        dora.person.ask("DELETE", "/api/me", None, Some(json!({ "password": PASSWORD }))).await.status,
        204
    );
    let server = server.restart().await;
    for guest in [carla, dora] {
        let person = Person { address: server.address, app: Arc::clone(&server.app), ..guest.person };
        person.get("/api/blocks").await.is(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_session_ended_by_a_command_is_over_for_the_running_server() {
    let server = TestServer::new().await;
    let carla = register(&server, "carla").await;
    let mut device = carla.person.connect("carla-1").await;
    let config = Config { database: server.folder.database(), ..Config::default() };
    operator_commands::sign_out(config, server.clock.clone(), &carla.person.id).await.unwrap();
    assert_eq!(device.socket.close_code().await, Some(close_code::SESSION_ENDED));
    eventually(async || carla.person.get("/api/me").await.status == 401).await;
    refresh(&server, &carla.refresh).await.is(401, "unauthorized");
}

#[tokio::test]
async fn unused_sessions_expire_after_a_month_and_their_rows_are_deleted() {
    let server = TestServer::new().await;
    let (carla, dora) = (register(&server, "carla").await, register(&server, "dora").await);
    sign_out(&server, &dora.refresh).await;
    for _ in 0..2 {
        server.clock.advance(Duration::from_secs(20 * 24 * 3600));
    }
    refresh(&server, &carla.refresh).await.is(401, "unauthorized");
    eventually(async || {
        server.count("SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM ended_sessions)").await
            == 0
    })
    .await;
}

#[tokio::test]
async fn of_too_many_sessions_the_one_unused_for_longest_is_signed_out() {
    let server = TestServer::with(|config| config.limits.sessions_per_person = 3).await;
    let first = register(&server, "carla").await;
    let mut others = Vec::new();
    for _ in 0..2 {
        server.clock.advance(Duration::from_secs(1));
        others.push(sign_in(&server, "carla", PASSWORD).await);
    }
    server.clock.advance(Duration::from_secs(1));
    let used = guest(&server, &refresh(&server, &first.refresh).await);
    let mut device = others[0].person.connect("o").await;
    server.clock.advance(Duration::from_secs(1));
    let last = sign_in(&server, "carla", PASSWORD).await;
    assert_eq!(device.socket.close_code().await, Some(close_code::SESSION_ENDED));
    is_out(&others[0]).await;
    for guest in [&used, &others[1], &last] {
        assert_eq!(guest.person.get("/api/me").await.status, 200);
    }
    assert_eq!(server.count("SELECT count(*) FROM sessions").await, 3);
}
