//! Who can create an account: strangers, people with an invitation, and the demo.

use call_protocol::WhoRegisters;
use call_server::{
    auth::{By, Standing},
    network::Network,
    service::invitations::{self, Wanted},
    store::Invitation,
};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::{Value, json};
use std::{net::Ipv4Addr, time::Duration};

const PASSWORD: &str = "correct horse";

async fn post(server: &TestServer, path: &str, body: Value) -> Reply {
    let request = server.request("POST", path).header("content-type", "application/json");
    send(request.body(Full::from(body.to_string())).unwrap()).await
}

async fn register(server: &TestServer, name: &str, invitation: Option<&str>) -> Reply {
    let body = match invitation {
        Some(invitation) => json!({ "username": name, "password": PASSWORD, "invitation": invitation }),
        None => json!({ "username": name, "password": PASSWORD }),
    };
    post(server, "/api/auth/register", body).await
}

async fn look(server: &TestServer, invitation: &str) -> Reply {
    post(server, "/api/auth/invitation", json!({ "invitation": invitation })).await
}

async fn server(registration: WhoRegisters) -> TestServer {
    TestServer::with(|config| config.registration = registration).await
}

/// An invitation for so many accounts and days; returns the secret of its link.
async fn invite(server: &TestServer, uses: u32, days: u32) -> String {
    let wanted = Wanted { uses, days, made_by: "root".to_owned(), note: Some("for Dora".to_owned()) };
    let link =
        invitations::make(&server.app.config, &server.app.store, wanted, server.clock.now()).await.unwrap();
    link.split_once("/#invite=").unwrap().1.to_owned()
}

async fn kept(server: &TestServer) -> Vec<Invitation> {
    invitations::list(&server.app.config, &server.app.store).await.unwrap()
}

#[tokio::test]
async fn nobody_registers_where_registration_is_closed_and_strangers_learn_no_names() {
    let server = server(WhoRegisters::Closed).await;
    server.person("anna").await;
    assert_eq!(server.person("ben").await.get("/api/config").await.body["registration"], "closed");
    let replies = [
        register(&server, "anna", None).await,
        register(&server, "nobody", None).await,
        register(&server, "!", Some("anything")).await,
        look(&server, "anything").await,
    ];
    for reply in &replies {
        reply.is(403, "registration_closed");
        assert_eq!(reply.text, replies[0].text);
    }
    assert_eq!(server.count("SELECT count(*) FROM users").await, 2);
}

#[tokio::test]
async fn somebody_with_an_invitation_creates_an_account_and_nobody_else_can() {
    let server = server(WhoRegisters::Invite).await;
    server.person("anna").await;
    assert_eq!(server.person("ben").await.get("/api/config").await.body["registration"], "invite");
    let invitation = invite(&server, 2, 7).await;
    register(&server, "anna", None).await.is(403, "invitation_needed");
    let forged = "0".repeat(64);
    for name in ["anna", "carla", "!"] {
        register(&server, name, Some(&forged)).await.is(403, "invitation_unknown");
    }
    assert_eq!(look(&server, &invitation).await.status, 204);
    register(&server, "anna", Some(&invitation)).await.is(409, "name_taken");
    register(&server, "!!", Some(&invitation)).await.is(422, "invalid_request");
    assert_eq!(kept(&server).await[0].terms.used, 0, "a failed attempt does not use up the invitation");
    assert_eq!(register(&server, "carla", Some(&invitation)).await.status, 201);
    assert_eq!(register(&server, "dora", Some(&invitation)).await.status, 201);
    register(&server, "emil", Some(&invitation)).await.is(403, "invitation_spent");
    look(&server, &invitation).await.is(403, "invitation_spent");
    assert_eq!(server.count("SELECT count(*) FROM users").await, 4);
    assert_eq!(
        server.count("SELECT count(*) FROM audit_log WHERE what = 'account made by invitation'").await,
        2
    );
    let [found] = &kept(&server).await[..] else { panic!("there is one") };
    assert_eq!(
        (found.made_by.as_str(), found.note.as_deref(), found.terms.used),
        ("root", Some("for Dora"), 2)
    );
}

#[tokio::test]
async fn an_invitation_for_one_creates_one_account_however_many_try_at_once() {
    let server = server(WhoRegisters::Invite).await;
    let invitation = invite(&server, 1, 7).await;
    let names: Vec<String> = (0..8).map(|number| format!("guest{number}")).collect();
    let all = names.iter().map(|name| register(&server, name, Some(&invitation)));
    let replies = futures_util::future::join_all(all).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.is(403, "invitation_spent");
    }
    assert_eq!(server.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn an_invitation_expires_and_can_be_revoked() {
    let server = server(WhoRegisters::Invite).await;
    let (short, other) = (invite(&server, 5, 1).await, invite(&server, 5, 30).await);
    server.clock.advance(Duration::from_secs(24 * 3600 + 1));
    register(&server, "carla", Some(&short)).await.is(403, "invitation_expired");
    assert_eq!(look(&server, &other).await.status, 204);
    let id =
        kept(&server).await.iter().find(|one| one.terms.expires_at > server.clock.now()).unwrap().id.clone();
    invitations::revoke(&server.app.config, &server.app.store, &id).await.unwrap();
    assert!(invitations::revoke(&server.app.config, &server.app.store, &id).await.is_err());
    assert!(invitations::revoke(&server.app.config, &server.app.store, "no id").await.is_err());
    register(&server, "carla", Some(&other)).await.is(403, "invitation_unknown");
    server.clock.advance(Duration::from_secs(100 * 24 * 3600));
    invite(&server, 1, 1).await;
    assert_eq!(kept(&server).await.len(), 1, "an invitation that expired long ago is deleted");
}

#[tokio::test]
async fn the_secret_of_an_invitation_cannot_be_read_from_the_database() {
    let server = server(WhoRegisters::Invite).await;
    let invitation = invite(&server, 1, 7).await;
    let (folder, _) = server.stop().await;
    let bytes = folder.everything().await;
    assert!(bytes.windows(8).any(|window| window == b"for Dora"));
    assert!(!bytes.windows(64).any(|window| window == invitation.as_bytes()));
}

#[tokio::test]
async fn a_common_password_is_refused_with_the_reason_and_existing_accounts_keep_theirs() {
    let server = TestServer::new().await;
    for (password, reason) in [
        ("password", "commonest"),
        ("Password123", "commonest"),
        ("12345678", "commonest"),
        ("carla.cole", "a name that others know"),
        ("aaaaaaaaaaaa", "one pattern"),
    ] {
        let body = json!({ "username": "carla.cole", "password": password });
        let refused = post(&server, "/api/auth/register", body).await;
        refused.is(422, "weak_password");
        assert!(refused.text.contains(reason), "{}", refused.text);
    }
    for password in ["ääääääö", &"xyzzy".repeat(300)] {
        let body = json!({ "username": "carla.cole", "password": password });
        post(&server, "/api/auth/register", body).await.is(422, "invalid_request");
    }
    let by = By { network: Network::of(Ipv4Addr::LOCALHOST.into()), standing: Standing::Known };
    let hash = server.app.accounts.passwords.hash("password".to_owned(), by).await.unwrap();
    call_server::service::accounts::add(&server.app.accounts, "dora", "Dora", hash).await.unwrap().unwrap();
    let dora = json!({ "username": "dora", "password": "password" });
    assert_eq!(post(&server, "/api/auth/login", dora).await.status, 200);
}
