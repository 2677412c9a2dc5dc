//! People who guess names and passwords: they slow down themselves and their own network, never the owner of
//! the account, and the operator can see who it was.

use call_server::config::Rate;
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};
use std::time::Duration;

const THREE: Option<Rate> = Some(Rate { burst: 3, every: Duration::from_secs(10) });

async fn behind_a_proxy(limit: impl FnOnce(&mut call_server::config::Rates)) -> TestServer {
    TestServer::with(|config| {
        config.behind_proxy = true;
        limit(&mut config.limits.rates);
    })
    .await
}

async fn from(server: &TestServer, address: &str, path: &str, body: Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    let request = request.header("x-forwarded-for", address);
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

async fn signs_in(server: &TestServer, address: &str, password: &str, proof: Option<&str>) -> Reply {
    let body = json!({ "username": "Carla", "password": password, "device_proof": proof });
    from(server, address, "/api/auth/login", body).await
}

/// Creates an account; returns the proof of the device at which it was created.
async fn registers(server: &TestServer, name: &str, address: &str) -> String {
    let account = json!({ "username": name, "password": "correct horse" });
    let reply = from(server, address, "/api/auth/register", account).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.body["device_proof"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn guessing_at_a_name_slows_down_nobody_outside_the_guessers_network() {
    let server = behind_a_proxy(|rates| rates.sign_in_by_name = THREE).await;
    registers(&server, "carla", "192.0.2.9").await;
    for host in 1..=3 {
        // One household has as many addresses as it likes.
        let address = format!("2001:db8:0:1::{host}");
        signs_in(&server, &address, "wrong horse", None).await.is(401, "invalid_credentials");
    }
    signs_in(&server, "2001:db8:0:1::4", "correct horse", None).await.is(429, "rate_limited");
    assert_eq!(signs_in(&server, "2001:db8:0:2::1", "correct horse", None).await.status, 200);
    for _ in 0..10 {
        let reply = signs_in(&server, "192.0.2.9", "correct horse", None).await;
        assert_eq!(reply.status, 200, "a successful sign-in does not count as a guess: {}", reply.text);
    }
}

#[tokio::test]
async fn a_device_that_signed_in_before_gets_in_even_from_the_guessers_network() {
    let server = behind_a_proxy(|rates| {
        (rates.sign_in_by_address, rates.sign_in_by_name) = (THREE, THREE);
        (rates.sign_in_by_name_anywhere, rates.sign_in_by_device) = (THREE, THREE);
    })
    .await;
    let office = "192.0.2.1";
    let proof = registers(&server, "carla", office).await;
    let other = registers(&server, "dana", office).await;
    for _ in 0..3 {
        signs_in(&server, office, "wrong horse", None).await.is(401, "invalid_credentials");
    }
    signs_in(&server, office, "correct horse", None).await.is(429, "rate_limited");
    for made_up in [&other, "", "f00", &"0".repeat(96), &"x".repeat(60_000)] {
        signs_in(&server, office, "correct horse", Some(made_up)).await.is(429, "rate_limited");
    }
    let reply = signs_in(&server, office, "correct horse", Some(&proof)).await;
    assert_eq!((reply.status, &reply.body["device_proof"]), (200, &json!(proof)), "{}", reply.text);
    signs_in(&server, office, "wrong horse", Some(&proof)).await.is(401, "invalid_credentials");
    signs_in(&server, office, "wrong horse", Some(&proof)).await.is(401, "invalid_credentials");
    let reply = signs_in(&server, office, "correct horse", Some(&proof)).await;
    reply.is(429, "rate_limited");
    assert_eq!((reply.header("retry-after"), &reply.body["error"]["retry_after"]), ("10", &json!(10)));
}

#[tokio::test]
async fn a_name_that_many_networks_guess_at_is_slowed_down_but_its_own_devices_are_not() {
    let server = behind_a_proxy(|rates| rates.sign_in_by_name_anywhere = THREE).await;
    let proof = registers(&server, "carla", "192.0.2.1").await;
    for network in 1..=3 {
        signs_in(&server, &format!("198.51.100.{network}"), "wrong horse", None)
            .await
            .is(401, "invalid_credentials");
    }
    signs_in(&server, "198.51.100.4", "wrong horse", None).await.is(429, "rate_limited");
    assert_eq!(signs_in(&server, "203.0.113.1", "correct horse", Some(&proof)).await.status, 200);
    server.clock.advance(Duration::from_secs(10));
    assert_eq!(signs_in(&server, "203.0.113.2", "correct horse", None).await.status, 200, "and it passes");
}

#[tokio::test]
async fn what_cannot_be_a_name_is_rejected_and_not_stored() {
    let server = behind_a_proxy(|rates| rates.sign_in_by_name = THREE).await;
    for name in ["n".repeat(60_000), "no name".to_owned(), String::new()] {
        let body = json!({ "username": name, "password": "correct horse" });
        from(&server, "192.0.2.1", "/api/auth/login", body).await.is(401, "invalid_credentials");
    }
    let body = json!({ "username": "n".repeat(50_000), "password": "correct horse" });
    from(&server, "192.0.2.1", "/api/auth/login", body).await.is(429, "rate_limited");
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE detail = '- from 192.0.2.1'").await, 3);
}

#[tokio::test]
async fn forged_refresh_tokens_are_refused_without_a_query_and_valid_ones_are_not() {
    let server =
        behind_a_proxy(|rates| (rates.made_up_tokens, rates.refresh_by_session) = (THREE, THREE)).await;
    let account = json!({ "username": "carla", "password": "correct horse" });
    let session = from(&server, "192.0.2.1", "/api/auth/register", account).await.body;
    let refresh = async |token: &str| {
        from(&server, "192.0.2.1", "/api/auth/refresh", json!({ "refresh_token": token })).await
    };
    for token in ["x".repeat(64), "f".repeat(64), "0".repeat(60_000)] {
        refresh(&token).await.is(401, "unauthorized");
    }
    refresh(&"x".repeat(64)).await.is(429, "rate_limited");
    let logout = from(&server, "192.0.2.1", "/api/auth/logout", json!({ "refresh_token": "x" })).await;
    logout.is(429, "rate_limited");
    let token = session["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(token).await.status, 200, "somebody else in the same network");
}

#[tokio::test]
async fn an_operator_can_see_who_signed_in_or_was_refused_and_from_where() {
    let server = behind_a_proxy(|_| ()).await;
    registers(&server, "carla", "192.0.2.1").await;
    signs_in(&server, "2001:db8:0:1::7", "wrong horse", None).await.is(401, "invalid_credentials");
    assert_eq!(signs_in(&server, "192.0.2.2", "correct horse", None).await.status, 200);
    let taken = json!({ "username": "carla", "password": "battery staple" });
    from(&server, "192.0.2.3", "/api/auth/register", taken).await.is(409, "name_taken");
    for rows in [
        "SELECT count(*) FROM audit_log WHERE what = 'account made' AND detail = 'carla from 192.0.2.1' AND user_id IS NOT NULL",
        "SELECT count(*) FROM audit_log WHERE what = 'sign-in refused' AND detail = 'carla from 2001:db8:0:1::/64' AND user_id IS NULL",
        "SELECT count(*) FROM audit_log WHERE what = 'signed in' AND detail = 'carla from 192.0.2.2' AND user_id IS NOT NULL",
        "SELECT count(*) FROM audit_log WHERE what = 'account refused' AND detail = 'carla from 192.0.2.3' AND user_id IS NULL",
    ] {
        assert_eq!(server.count(rows).await, 1, "{rows}");
    }
}

#[tokio::test]
async fn ten_thousand_guesses_write_few_rows() {
    let server = behind_a_proxy(|rates| rates.door_rows = THREE).await;
    for network in 0..20 {
        signs_in(&server, &format!("198.51.100.{network}"), "short", None)
            .await
            .is(401, "invalid_credentials");
    }
    assert_eq!(server.count("SELECT count(*) FROM audit_log").await, 3);
}
