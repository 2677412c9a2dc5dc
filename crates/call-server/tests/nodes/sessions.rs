//! Sessions that end at one node, and their tokens and sockets at another.

use call_protocol::close_code;
use call_server::service::deletion;
use http_body_util::Full;
use kit_server::{
    person::Person,
    rest::send,
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::nats::Nats;
use serde_json::json;

/// A person who signed in at the first node, as seen by the second one, and the refresh token.
async fn carla(server: &TestServer) -> (Person, Person, String) {
    let body = json!({ "username": "carla", "password": "correct horse" }).to_string();
    let request = server.request("POST", "/api/auth/register").header("content-type", "application/json");
    let session = send(request.body(Full::from(body)).unwrap()).await.body;
    let token = session["access_token"].as_str().unwrap().to_owned();
    let here = Person { token, ..server.signed_in(&session["user"]["id"].as_str().unwrap().into(), "carla") };
    let here = Person { address: server.address, app: server.app.clone(), ..here };
    let twin = server.twin.as_deref().unwrap();
    let there = Person { address: twin.address, app: twin.app.clone(), ..here.clone() };
    (here, there, session["refresh_token"].as_str().unwrap().to_owned())
}

async fn sign_out(server: &TestServer, token: &str) {
    let request = server.request("POST", "/api/auth/logout").header("content-type", "application/json");
    let body = json!({ "refresh_token": token }).to_string();
    assert_eq!(send(request.body(Full::from(body)).unwrap()).await.status, 204);
}

#[tokio::test]
async fn somebody_who_is_signed_out_at_one_node_is_signed_out_at_all_of_them() {
    let server = World::Nodes.server().await;
    let (_, there, token) = carla(&server).await;
    let mut device = there.connect("carla-1").await;
    assert_eq!(there.get("/api/me").await.status, 200);
    sign_out(&server, &token).await;
    assert_eq!(device.socket.close_code().await, Some(close_code::SIGNED_OUT));
    there.get("/api/me").await.is(401, "unauthorized");
}

#[tokio::test]
async fn without_a_bus_they_are_signed_out_within_seconds_and_so_are_deleted_people() {
    let nats = Nats::start();
    let url = nats.url();
    let server = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
    let (here, there, token) = carla(&server).await;
    let _dead = nats.kill();
    sign_out(&server, &token).await;
    eventually(async || there.get("/api/me").await.status == 401).await;
    here.get("/api/me").await.is(401, "unauthorized");
    let ben = server.person("ben").await;
    let twin = server.twin.as_deref().unwrap();
    let there = Person { address: twin.address, app: twin.app.clone(), ..ben.clone() };
    assert_eq!(there.get("/api/contacts").await.status, 200);
    deletion::delete(&server.app.accounts, &ben.id).await.unwrap();
    eventually(async || there.get("/api/contacts").await.status == 401).await;
}
