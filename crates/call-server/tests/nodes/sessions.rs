//! Sessions that end at one node, and what is still around of them at another.

use call_protocol::close_code;
use call_server::service::deletion;
use http_body_util::Full;
use kit_server::{
    person::Person,
    rest::send,
    town::{Town, eventually},
    world::World,
};
use kit_services::nats::Nats;
use serde_json::json;

/// Somebody who signed in at the first node, as seen by the second one; with the refresh token.
async fn carla(town: &Town) -> (Person, Person, String) {
    let body = json!({ "username": "carla", "password": "correct horse" }).to_string();
    let request = town.request("POST", "/api/auth/register").header("content-type", "application/json");
    let session = send(request.body(Full::from(body)).unwrap()).await.body;
    let token = session["access_token"].as_str().unwrap().to_owned();
    let here = Person { token, ..town.signed_in(&session["user"]["id"].as_str().unwrap().into(), "carla") };
    let here = Person { address: town.address, app: town.app.clone(), ..here };
    let twin = town.twin.as_deref().unwrap();
    let there = Person { address: twin.address, app: twin.app.clone(), ..here.clone() };
    (here, there, session["refresh_token"].as_str().unwrap().to_owned())
}

async fn sign_out(town: &Town, token: &str) {
    let request = town.request("POST", "/api/auth/logout").header("content-type", "application/json");
    let body = json!({ "refresh_token": token }).to_string();
    assert_eq!(send(request.body(Full::from(body)).unwrap()).await.status, 204);
}

#[tokio::test]
async fn whoever_is_signed_out_at_one_node_is_out_at_all_of_them() {
    let town = World::Nodes.town().await;
    let (_, there, token) = carla(&town).await;
    let mut device = there.connect("carla-1").await;
    assert_eq!(there.get("/api/me").await.status, 200);
    sign_out(&town, &token).await;
    assert_eq!(device.socket.close_code().await, Some(close_code::SIGNED_OUT));
    there.get("/api/me").await.is(401, "unauthorized");
}

#[tokio::test]
async fn without_a_bus_they_are_out_within_seconds_and_so_is_whoever_was_deleted() {
    let nats = Nats::start();
    let url = nats.url();
    let town = World::Nodes.town_with(move |config| config.nats_url = Some(url)).await;
    let (here, there, token) = carla(&town).await;
    let _dead = nats.kill();
    sign_out(&town, &token).await;
    eventually(async || there.get("/api/me").await.status == 401).await;
    here.get("/api/me").await.is(401, "unauthorized");
    let ben = town.person("ben").await;
    let twin = town.twin.as_deref().unwrap();
    let there = Person { address: twin.address, app: twin.app.clone(), ..ben.clone() };
    assert_eq!(there.get("/api/contacts").await.status, 200);
    deletion::delete(&town.app, &ben.id).await.unwrap();
    eventually(async || there.get("/api/contacts").await.status == 401).await;
}
