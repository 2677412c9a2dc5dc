//! What an operator does with accounts by commands, even while a server runs on the same database; and what
//! happens to the demo accounts when the demo is over.

use call_protocol::{WhoRegisters, close_code};
use call_server::{
    config::Config,
    operator_commands::{self, CommandError},
    store::Account,
};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";
const OTHER: &str = "battery staple";

async fn post(server: &TestServer, path: &str, body: Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

async fn sign_in(server: &TestServer, name: &str, password: &str) -> Reply {
    post(server, "/api/auth/login", json!({ "username": name, "password": password })).await
}

fn config(server: &TestServer) -> Config {
    Config { database: server.folder.database(), ..Config::default() }
}

async fn add(server: &TestServer, name: &str) -> Result<(), CommandError> {
    let names = (name, Some("Carla Cole"));
    operator_commands::add_user(config(server), server.clock.clone(), names, PASSWORD.to_owned())
        .await
        .map(drop)
}

async fn listed(server: &TestServer) -> Vec<Account> {
    operator_commands::users(config(server), server.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn the_first_account_of_a_closed_server_is_created_by_a_command_and_signs_in_at_once() {
    let server = TestServer::with(|config| config.registration = WhoRegisters::Closed).await;
    add(&server, "Carla").await.unwrap();
    let signed_in = sign_in(&server, "carla", PASSWORD).await;
    assert_eq!((signed_in.status, &signed_in.body["user"]["display_name"]), (200, &json!("Carla Cole")));
    let [carla] = &listed(&server).await[..] else { panic!("there is one") };
    assert_eq!((carla.user.username.as_str(), carla.sessions, carla.demo), ("carla", 1, false));
    assert_eq!((carla.created_at, carla.used_at), (server.clock.now(), Some(server.clock.now())));
    for (name, sentence) in [("carla", "taken"), ("c", "3 to 32"), ("Carla Cole", "3 to 32")] {
        let refused = add(&server, name).await.unwrap_err().to_string();
        assert!(refused.contains(sentence), "{refused}");
    }
    let weak = operator_commands::add_user(
        config(&server),
        server.clock.clone(),
        ("dora", None),
        "password".to_owned(),
    )
    .await;
    assert!(weak.unwrap_err().to_string().contains("commonest"));
    assert_eq!(
        server.count("SELECT count(*) FROM audit_log WHERE what = 'account made by the operator'").await,
        1
    );
}

#[tokio::test]
async fn somebody_whose_password_is_reset_is_signed_out_everywhere_and_signs_in_with_the_new_one() {
    let server = TestServer::new().await;
    add(&server, "carla").await.unwrap();
    let session = sign_in(&server, "carla", PASSWORD).await.body;
    let id = session["user"]["id"].as_str().unwrap().into();
    let mut phone = server.signed_in(&id, "carla").connect("carla-1").await;
    let weak = operator_commands::reset_password(
        config(&server),
        server.clock.clone(),
        "carla",
        "12345678".to_owned(),
    )
    .await;
    assert!(weak.is_err());
    assert_eq!(sign_in(&server, "carla", PASSWORD).await.status, 200, "nothing was changed");
    operator_commands::reset_password(config(&server), server.clock.clone(), id.as_str(), OTHER.to_owned())
        .await
        .unwrap();
    assert_eq!(phone.socket.close_code().await, Some(close_code::SESSION_ENDED));
    sign_in(&server, "carla", PASSWORD).await.is(401, "invalid_credentials");
    let token = json!({ "refresh_token": session["refresh_token"] });
    post(&server, "/api/auth/refresh", token).await.is(401, "unauthorized");
    assert_eq!(sign_in(&server, "Carla", OTHER).await.status, 200);
}

#[tokio::test]
async fn signing_out_by_a_command_keeps_the_password_and_deleting_keeps_nothing() {
    let server = TestServer::new().await;
    add(&server, "carla").await.unwrap();
    let session = sign_in(&server, "carla", PASSWORD).await.body;
    operator_commands::sign_out_named(config(&server), server.clock.clone(), " Carla ").await.unwrap();
    let token = json!({ "refresh_token": session["refresh_token"] });
    post(&server, "/api/auth/refresh", token).await.is(401, "unauthorized");
    assert_eq!(listed(&server).await[0].sessions, 0);
    assert_eq!(sign_in(&server, "carla", PASSWORD).await.status, 200);
    operator_commands::delete_named(config(&server), server.clock.clone(), "carla").await.unwrap();
    sign_in(&server, "carla", PASSWORD).await.is(401, "invalid_credentials");
    assert!(listed(&server).await.is_empty());
    for refused in [
        operator_commands::sign_out_named(config(&server), server.clock.clone(), "carla").await.map(drop),
        operator_commands::delete_named(config(&server), server.clock.clone(), "carla").await.map(drop),
        operator_commands::reset_password(config(&server), server.clock.clone(), "carla", OTHER.to_owned())
            .await
            .map(drop),
    ] {
        assert!(refused.unwrap_err().to_string().contains("no account of this name or id"));
    }
}

#[tokio::test]
async fn when_the_demo_is_over_nobody_can_sign_in_to_its_accounts() {
    let server = TestServer::with(|config| config.demo = true).await;
    let session = sign_in(&server, "anna", "messenger").await;
    assert_eq!(session.status, 200);
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |_| ()).await;
    sign_in(&server, "anna", "messenger").await.is(401, "invalid_credentials");
    sign_in(&server, "ben", "messenger").await.is(401, "invalid_credentials");
    let token = json!({ "refresh_token": session.body["refresh_token"] });
    post(&server, "/api/auth/refresh", token).await.is(401, "unauthorized");
    assert!(listed(&server).await.iter().all(|one| one.demo && one.sessions == 0));
    // The operator turns one of them into an ordinary account.
    operator_commands::reset_password(config(&server), server.clock.clone(), "anna", OTHER.to_owned())
        .await
        .unwrap();
    assert_eq!(sign_in(&server, "anna", OTHER).await.status, 200);
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |config| config.demo = true).await;
    sign_in(&server, "anna", "messenger").await.is(401, "invalid_credentials");
    assert_eq!(sign_in(&server, "ben", "messenger").await.status, 200, "he is still a demo account");
}

#[tokio::test]
async fn the_demo_leaves_real_people_called_anna_and_ben_alone() {
    let server = TestServer::new().await;
    for name in ["anna", "ben"] {
        add(&server, name).await.unwrap();
    }
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |config| config.demo = true).await;
    for name in ["anna", "ben"] {
        sign_in(&server, name, "messenger").await.is(401, "invalid_credentials");
        let session = sign_in(&server, name, PASSWORD).await;
        assert_eq!((session.status, &session.body["user"]["display_name"]), (200, &json!("Carla Cole")));
    }
    assert_eq!(server.count("SELECT count(*) FROM contacts").await, 0, "they never met");
    let (folder, clock) = server.stop().await;
    let server = TestServer::at(folder, clock, |_| ()).await;
    assert_eq!(sign_in(&server, "anna", PASSWORD).await.status, 200, "and stay what they are");
}
