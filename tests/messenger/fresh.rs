//! A list that was read does not undo what was said while it was on its way.

use crate::signed_in::{groups, signed_in};
use crate::world::{BEN, CARLA, World, contact, message, session};
use kit_browser::fake::{seen_sockets, shut};
use messenger_calls::platform::storage;
use wasm_bindgen_test::wasm_bindgen_test;

/// The page is connected anew and reads everything again; the list of contacts is kept back.
async fn reads_again(world: &World) {
    world.keeps_back("/api/contacts");
    shut(&seen_sockets().get(seen_sockets().length() - 1), 1006);
    world.sees("Not connected").await;
    world.is_back().await;
}

fn list(world: &World, contacts: &[String]) {
    let body = format!("[{}]", contacts.join(","));
    world.answers_to("GET", "/api/contacts", move |_| Some((200, body.clone())));
}

#[wasm_bindgen_test]
async fn a_friend_who_comes_while_the_first_list_is_on_its_way_is_shown_online() {
    let mut world = World::open(None).await;
    storage::write("account", &session("kept"));
    list(&world, &[contact(BEN, "accepted", false)]);
    world.keeps_back("/api/contacts");
    world.load();
    world.sees("Online").await;
    world.server_says(r#"{"type":"presence","user_id":"u2","online":true}"#).await;
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Online (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn who_came_went_was_added_or_removed_while_a_list_was_on_its_way_stays_so() {
    let world = signed_in().await;
    list(&world, &[contact(BEN, "accepted", true), contact(CARLA, "incoming", false)]);
    reads_again(&world).await;
    world.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#).await;
    world.server_says(r#"{"type":"contact_removed","user_id":"u3"}"#).await;
    let dora = r#"{"id":"u4","username":"dora","display_name":"Dora"}"#;
    world
        .server_says(&format!(r#"{{"type":"contact","contact":{}}}"#, contact(dora, "incoming", false)))
        .await;
    world.server_says(r#"{"type":"presence","user_id":"u9","online":true}"#).await;
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Requests (1)", "Offline (1)"]);
    assert!(world.text().contains("Dora") && !world.text().contains("Carla"), "{}", world.text());
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_was_said_before_a_list_was_asked_for_is_older_than_the_list() {
    let world = signed_in().await;
    world.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#).await;
    list(&world, &[contact(BEN, "accepted", true)]);
    reads_again(&world).await;
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Online (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn somebody_who_comes_while_they_are_accepted_is_shown_online() {
    let world = signed_in().await;
    world.keeps_back("/api/contacts/u3/accept");
    world.click("Accept Carla").await;
    world
        .server_says(&format!(r#"{{"type":"contact","contact":{}}}"#, contact(CARLA, "accepted", false)))
        .await;
    world.server_says(r#"{"type":"presence","user_id":"u3","online":true}"#).await;
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Online (2)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_friend_who_asks_again_while_the_refusal_is_on_its_way_is_not_lost() {
    let world = signed_in().await;
    world.answers_to("DELETE", "/api/contacts/u3", |_| Some((204, String::new())));
    world.keeps_back("/api/contacts/u3");
    world.click("Decline Carla").await;
    world.server_says(r#"{"type":"contact_removed","user_id":"u3"}"#).await;
    world
        .server_says(&format!(r#"{{"type":"contact","contact":{}}}"#, contact(CARLA, "incoming", false)))
        .await;
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Requests (1)", "Online (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_was_written_to_a_closed_conversation_during_an_absence_is_marked() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    world.click("Back to contacts").await;
    let page =
        format!(r#"{{"messages":[{},{}]}}"#, message(1, "u2", "hello"), message(2, "u2", "missed you"));
    world.answers("/api/conversations/k1/messages", move |_| Some((200, page.clone())));
    shut(&seen_sockets().get(seen_sockets().length() - 1), 1006);
    world.sees("Not connected").await;
    world.is_back().await;
    kit_browser::fake::until("the mark", || world.all(".im-new").len() == 1).await;
    assert_eq!(world.all(".im-new")[0].text_content().as_deref(), Some("1"));
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_conversation_that_could_not_be_read_is_read_when_the_network_is_back() {
    let world = signed_in().await;
    let path = "/api/conversations/k1/messages";
    world.answers(path, |_| None);
    world.click("Ben").await;
    world.sees("Loading").await;
    world.answers(path, |_| Some((200, format!(r#"{{"messages":[{}]}}"#, message(1, "u2", "hello")))));
    world.sees("hello").await;
    world.end().await;
}
