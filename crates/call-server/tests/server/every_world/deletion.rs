//! Somebody deletes their account: nothing reveals who they were, and the other people lose nothing.

use call_protocol::{UserId, close_code};
use call_server::{config::Config, operator_commands, service::deletion};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::{TestServer, eventually},
};
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "correct horse";

async fn post(server: &TestServer, path: &str, body: Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

/// Registers somebody with the password above.
async fn register(server: &TestServer, name: &str) -> (UserId, Reply) {
    let account = json!({ "username": name, "display_name": "Carla Cole", "password": PASSWORD });
    let session = post(server, "/api/auth/register", account).await;
    (session.body["user"]["id"].as_str().unwrap().into(), session)
}

#[tokio::test]
async fn somebody_deletes_their_account_and_the_other_keeps_calls_and_messages() {
    let server = TestServer::new().await;
    let (id, session) = register(&server, "carla").await;
    let carla = server.signed_in(&id, "carla");
    let ben = server.person("ben").await;
    let conversation = server.befriend(&carla, &ben).await;
    let (mut carla, mut ben) = (carla.connect("carla-1").await, ben.connect("ben-1").await);
    let call = ben.rings(&conversation).await;
    assert_eq!(carla.act(&call, "answer").await.status, 200);
    assert_eq!(carla.act(&call, "end").await.status, 200);
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(carla.post(&path, json!({ "content": "hello" })).await.status, 201);
    let messages = ben.person.get(&path).await.body;

    let gone = carla.person.ask("DELETE", "/api/me", None, Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(carla.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    assert_eq!(ben.socket.until("contact_removed").await["user_id"], id.as_str());
    assert_eq!(ben.person.get("/api/contacts").await.body, json!([]));
    assert_eq!(ben.person.get(&path).await.body, messages);
    let history = ben.person.get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["call"]["id"], call);
    assert_eq!(history["calls"][0]["peer"]["display_name"], "Deleted account");
    ben.call(&conversation).await.is(404, "conversation_not_found");

    // Existing tokens are invalid, and nobody can sign in again.
    carla.person.get("/api/me").await.is(401, "unauthorized");
    carla.person.get(&path).await.is(401, "unauthorized");
    carla.person.post(&path, json!({ "content": "still here" })).await.is(401, "unauthorized");
    let token = json!({ "refresh_token": session.body["refresh_token"] });
    post(&server, "/api/auth/refresh", token).await.is(401, "unauthorized");
    let name = format!("deleted-{id}");
    for name in ["carla", &name] {
        post(&server, "/api/auth/login", json!({ "username": name, "password": PASSWORD }))
            .await
            .is(401, "invalid_credentials");
    }
    ben.person.post("/api/contacts", json!({ "username": name })).await.is(404, "not_found");
    assert_ne!(register(&server, "carla").await.0, id, "the name is free for somebody else");
}

#[tokio::test]
async fn nothing_in_the_tables_reveals_who_they_were() {
    let server = TestServer::new().await;
    let (id, _) = register(&server, "carla").await;
    let wrong = json!({ "username": "carla", "password": "battery staple" });
    post(&server, "/api/auth/login", wrong).await.is(401, "invalid_credentials");
    let carla = server.signed_in(&id, "carla");
    let ben = server.person("ben").await;
    let conversation = server.befriend(&carla, &ben).await;
    let (carla, ben) = (carla.connect("carla-1").await, ben.connect("ben-1").await);
    let call = ben.rings(&conversation).await;
    carla.act(&call, "answer").await;
    carla.act(&call, "end").await;
    assert_eq!(ben.person.ask("PUT", &format!("/api/blocks/{id}"), None, None).await.status, 204);
    let audit_rows = server.count("SELECT count(*) FROM audit_log").await;
    deletion::delete(&server.app.accounts, &id).await.unwrap();
    for (what, sql) in [
        ("a name", "SELECT count(*) FROM users WHERE username = 'carla' OR display_name = 'Carla Cole'"),
        ("a password", "SELECT count(*) FROM users WHERE password_hash LIKE '$argon2%'"),
        ("a session", "SELECT count(*) FROM sessions"),
        ("a contact", "SELECT count(*) FROM contacts"),
        ("a device", "SELECT count(*) FROM call_seats WHERE device_id = 'carla-1'"),
        ("a device's name", "SELECT count(*) FROM call_seats WHERE device_label LIKE '%carla-1'"),
        (
            "a device in the log",
            "SELECT count(*) FROM audit_log WHERE device_id = 'carla-1' OR detail LIKE '%carla%'",
        ),
        (
            "her id in what others did",
            "SELECT count(*) FROM audit_log WHERE what = 'blocked' AND detail IS NOT NULL",
        ),
    ] {
        assert_eq!(server.count(sql).await, 0, "{what} is left");
    }
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'answered'").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM audit_log").await, audit_rows + 1, "what happened stays");
    assert_eq!(server.count("SELECT count(*) FROM audit_log WHERE what = 'blocked'").await, 1);
    // While the server runs: neither in free pages nor in the file's log.
    let all = server.folder.everything().await;
    let says = |text: &str| all.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!says("carla") && !says("Carla Cole"), "her name is still stored somewhere");
}

#[tokio::test]
async fn a_live_call_is_ended_first_and_the_other_sees_it() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    deletion::delete(&server.app.accounts, &anna.person.id).await.unwrap();
    let ended = ben.socket.until("call_ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["status"]), (&json!(call), &json!("missed")));

    let carla = server.person("carla").await;
    let conversation = server.befriend(&carla, &ben.person).await;
    let carla = carla.connect("carla-1").await;
    let call = ben.rings(&conversation).await;
    assert_eq!(carla.act(&call, "answer").await.status, 200);
    deletion::delete(&server.app.accounts, &carla.person.id).await.unwrap();
    assert_eq!(ben.socket.until("call_ended").await["call"]["status"], "failed", "they had not talked yet");
    assert_eq!(server.count("SELECT count(*) FROM call_runtime WHERE live = 1").await, 0);
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 2, "each call left its one message");
}

#[tokio::test]
async fn only_the_right_password_deletes_an_account_and_only_ones_own() {
    let server = TestServer::new().await;
    let (id, _) = register(&server, "carla").await;
    let carla = server.signed_in(&id, "carla");
    let delete = async |body: Value| carla.ask("DELETE", "/api/me", None, Some(body)).await;
    let refused = delete(json!({ "password": "battery staple" })).await;
    refused.is(401, "invalid_credentials");
    assert!(refused.text.contains("not your password"), "{}", refused.text);
    delete(json!({})).await.is(422, "invalid_request");
    assert_eq!(carla.get("/api/me").await.body["username"], "carla");
    assert_eq!(delete(json!({ "password": PASSWORD })).await.status, 204);
    delete(json!({ "password": PASSWORD })).await.is(401, "unauthorized");
}

#[tokio::test]
async fn deleting_an_account_by_a_command_signs_it_out_of_the_running_server_and_ends_its_call() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    let config = || Config { database: server.folder.database(), ..Config::default() };
    operator_commands::delete_user(config(), server.clock.clone(), &ben.person.id).await.unwrap();
    for device in [&mut ben, &mut tablet] {
        assert_eq!(device.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    }
    assert_eq!(anna.socket.until("call_ended").await["call"]["id"], call);
    // She reads everything again, and finds the message about it.
    assert_eq!(anna.socket.until("welcome").await["ended_calls"][0]["id"], call);
    // Somebody else later: one deletion does not hide the next one.
    let mut carla = server.person("carla").await.connect("carla-1").await;
    operator_commands::delete_user(config(), server.clock.clone(), &carla.person.id).await.unwrap();
    assert_eq!(carla.socket.close_code().await, Some(close_code::UNAUTHORIZED));
    anna.socket.say(json!({ "type": "dance" })).await;
    assert_eq!(
        anna.socket.until("error").await["error"]["code"],
        "unknown_frame",
        "her socket is still open"
    );
}

#[tokio::test]
async fn a_call_ended_by_a_command_while_neither_was_connected_is_over_for_the_server_too() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    let user = ben.person.id.clone();
    drop((anna, ben));
    eventually(async || server.app.calls.hub.is_empty()).await;
    let config = Config { database: server.folder.database(), ..Config::default() };
    operator_commands::delete_user(config, server.clock.clone(), &user).await.unwrap();
    // The server wants to end the abandoned call, and finds it ended.
    server.clock.advance(server.app.config.timings.calls.abandoned);
    eventually(async || server.app.calls.live.lock().live().count() == 0).await;
}

#[tokio::test]
async fn among_many_who_are_connected_exactly_the_deleted_ones_are_found() {
    let server = TestServer::new().await;
    let mut people = Vec::new();
    // More than are checked in one statement.
    for number in 0..130 {
        people.push(server.person(&format!("person{number}")).await.id);
    }
    assert_eq!(server.app.store.gone(&people).await.unwrap(), []);
    assert_eq!(server.app.store.gone(&[]).await.unwrap(), []);
    let gone = [people[0].clone(), people[57].clone(), people[129].clone()];
    for user in &gone {
        deletion::delete(&server.app.accounts, user).await.unwrap();
    }
    assert_eq!(server.app.store.gone(&people).await.unwrap(), gone);
    assert_eq!(server.app.store.gone(&people[57..59]).await.unwrap(), gone[1..2]);
    assert_eq!(server.app.store.last_deleted().await.unwrap().as_ref(), gone.last());
}

#[tokio::test]
async fn an_operator_deletes_people_and_old_records_by_a_command() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    anna.act(&call, "end").await;
    let (id, other) = (anna.person.id.clone(), ben.person.id.clone());
    let (folder, clock) = server.stop().await;
    let config = || Config { database: folder.database(), ..Config::default() };
    assert_eq!(operator_commands::forget(config(), clock.clone(), 30).await.unwrap().calls, 0);
    operator_commands::delete_user(config(), clock.clone(), &id).await.unwrap();
    let again = operator_commands::delete_user(config(), clock.clone(), &id).await.unwrap_err();
    assert_eq!(again.to_string(), "there is no such account");
    let server = TestServer::at(folder, clock.clone(), |_| ()).await;
    let history = server.signed_in(&other, "ben").get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["peer"]["display_name"], "Deleted account");
    let (folder, clock) = server.stop().await;
    clock.advance(Duration::from_secs(31 * 24 * 3600));
    let config = Config { database: folder.database(), ..Config::default() };
    assert_eq!(operator_commands::forget(config, clock, 30).await.unwrap().calls, 1);
}
