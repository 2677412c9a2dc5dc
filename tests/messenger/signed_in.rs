//! Inside: contacts and their presence, conversations, what was not read yet.

use crate::world::{BEN, World, contact, message, refusal};
use kit_browser::fake::{seen_sockets, shut};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlButtonElement;

pub(crate) async fn signed_in() -> World {
    let world = World::open(Some("kept")).await;
    world.signed_in().await;
    world
}

fn frame_of(message: &str) -> String {
    format!(r#"{{"type":"message","message":{message}}}"#)
}

pub(crate) fn groups(world: &World) -> Vec<String> {
    world.all("summary").iter().filter_map(|summary| summary.text_content()).collect()
}

#[wasm_bindgen_test]
async fn contacts_stand_in_groups_and_move_with_their_presence() {
    let world = signed_in().await;
    assert_eq!(groups(&world), ["Requests (1)", "Online (1)"]);
    world.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#).await;
    assert_eq!(groups(&world), ["Requests (1)", "Offline (1)"]);
    world.click("Accept Carla").await;
    assert_eq!(groups(&world), ["Offline (2)"]);
    world.server_says(r#"{"type":"contact_removed","user_id":"u3"}"#).await;
    assert_eq!(groups(&world), ["Offline (1)"]);
    world
        .server_says(&format!(r#"{{"type":"contact","contact":{}}}"#, contact(BEN, "outgoing", false)))
        .await;
    assert_eq!(groups(&world), ["Pending (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn adding_somebody_who_does_not_exist_is_answered_in_a_sentence() {
    let world = signed_in().await;
    world.answers("/api/contacts", |_| Some((404, refusal("not_found", "there is nobody with this name"))));
    world.fill("Add a contact by name", "nobody").await;
    world.click("Add").await;
    world.sees("There is nobody with this name. Use the name they sign in with").await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_message_is_marked_until_its_conversation_is_opened() {
    let world = signed_in().await;
    world.server_says(&frame_of(&message(2, "u2", "are you there?"))).await;
    assert_eq!(world.all(".im-new")[0].text_content().as_deref(), Some("1"));
    world.server_says(&frame_of(&message(3, "u1", "written on another device"))).await;
    assert_eq!(world.all(".im-new")[0].text_content().as_deref(), Some("1"), "the own words need no mark");
    let ben: HtmlButtonElement =
        wasm_bindgen::JsCast::unchecked_into(world.all("button.im-contact").remove(0));
    ben.click();
    world.sees("are you there?").await;
    assert!(world.all(".im-new").is_empty());
    for text in ["Ben says:", "hello", "Anna says:", "written on another device"] {
        assert!(world.text().contains(text), "{text} in {}", world.text());
    }
    world.server_says(&frame_of(&message(4, "u2", "so you are"))).await;
    world.sees("so you are").await;
    assert!(world.all(".im-new").is_empty(), "the conversation is open");
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_is_written_shows_at_once_and_can_be_sent_again_when_it_failed() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    assert!(world.button("Send").disabled(), "there is nothing to send");
    world.answers("/api/conversations/k1/messages", |_| {
        Some((507, refusal("storage_full", "the server's disk is full")))
    });
    world.fill("Message to Ben", "good morning").await;
    world.click("Send").await;
    world.sees("Not sent. Try again").await;
    assert!(world.text().contains("The server's disk is full."), "the reason: {}", world.text());
    let sent = message(5, "u1", "good morning");
    let reply = sent.clone();
    world.answers("/api/conversations/k1/messages", move |_| Some((201, reply.clone())));
    world.click("Not sent. Try again").await;
    world.server_says(&frame_of(&sent)).await;
    let log = world.all(".im-log")[0].text_content().unwrap();
    assert!(!log.contains("Not sent"), "{log}");
    assert_eq!(log.matches("good morning").count(), 1, "the reply and the frame are one message: {log}");
    world.fill("Message to Ben", "good morning").await;
    world.click("Send").await;
    let keys: Vec<_> = world.sent("POST", "/messages").into_iter().map(|(key, _)| key).collect();
    assert_eq!((keys.len(), &keys[0]), (3, &keys[1]), "what is sent again is the same message");
    assert_ne!(keys[1], keys[2], "the same words are another message");
    world.end().await;
}

#[wasm_bindgen_test]
async fn older_messages_are_read_on_demand() {
    let world = signed_in().await;
    let page = format!(r#"{{"messages":[{}],"next":"2025-11-25T10:30:00Z"}}"#, message(30, "u2", "newest"));
    world.answers("/api/conversations/k1/messages", move |_| Some((200, page.clone())));
    world.click("Ben").await;
    world.sees("newest").await;
    let older = format!(r#"{{"messages":[{}]}}"#, message(20, "u2", "oldest"));
    world.answers("/api/conversations/k1/messages?before=", move |_| Some((200, older.clone())));
    world.click("Earlier messages").await;
    world.sees("oldest").await;
    let log = world.all(".im-log")[0].text_content().unwrap();
    assert!(log.find("oldest") < log.find("newest"), "{log}");
    assert!(!log.contains("Earlier messages"), "there are none");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_call_is_a_line_that_depends_on_who_reads_it() {
    let world = signed_in().await;
    let line = r#"{"id":"m9","conversation_id":"k1","sender_id":null,"content":"Missed voice call","message_type":"system","created_at":"2025-11-25T11:00:00Z","metadata":{"system_type":"call","call_id":"c1","call_type":"audio","status":"missed","reason":"no_answer","initiator_id":"u2"}}"#;
    world.server_says(&frame_of(line)).await;
    assert_eq!(world.all(".im-new").len(), 1, "a missed call wants to be seen");
    world.all("button.im-contact").remove(0).dispatch_event(&web_sys::Event::new("click").unwrap()).unwrap();
    world.sees("Missed voice call").await;
    world.button("Call back");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_server_that_is_away_is_shown_and_its_return_brings_what_was_missed() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    shut(&seen_sockets().get(seen_sockets().length() - 1), 1006);
    world.sees("Cannot reach the server.").await;
    world.sees("You are not connected.").await;
    let page =
        format!(r#"{{"messages":[{},{}]}}"#, message(1, "u2", "hello"), message(2, "u2", "missed you"));
    world.answers("/api/conversations/k1/messages", move |_| Some((200, page.clone())));
    world.sees("missed you").await;
    assert!(!world.text().contains("Cannot reach the server."), "{}", world.text());
    world.end().await;
}

#[wasm_bindgen_test]
async fn calls_have_a_tab_and_the_call_buttons_stand_in_the_conversation() {
    let world = signed_in().await;
    world.click("Calls").await;
    world.sees("No calls yet.").await;
    world.click("Contacts").await;
    world.click("Ben").await;
    assert!(!world.button("Voice").disabled() && !world.button("Video").disabled());
    assert_eq!(world.asked("/api/contacts"), 1, "the widget in the conversation is given the contacts");
    world.click("Back to contacts").await;
    world.sees("Choose someone on the left").await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn every_message_has_its_time_and_addresses_are_links() {
    let world = signed_in().await;
    let page = format!(
        r#"{{"messages":[{},{},{}]}}"#,
        message(1, "u2", "hello"),
        message(2, "u2", "look at https://example.org/a."),
        message(3, "u2", "javascript:alert(1)")
    );
    world.answers("/api/conversations/k1/messages", move |_| Some((200, page.clone())));
    world.click("Ben").await;
    world.sees("look at").await;
    let times = world.all(".im-say time");
    let at: Vec<_> = times.iter().filter_map(|time| time.get_attribute("datetime")).collect();
    assert_eq!(at, ["2025-11-25T10:01:00Z", "2025-11-25T10:02:00Z", "2025-11-25T10:03:00Z"]);
    assert!(times.iter().all(|time| time.get_attribute("title").is_some_and(|whole| whole.contains("2025"))));
    let links = world.all(".im-say a");
    let part = |name| links[0].get_attribute(name);
    assert_eq!((links.len(), links[0].text_content()), (1, Some("https://example.org/a".to_owned())));
    assert_eq!(part("href").as_deref(), Some("https://example.org/a"));
    assert!(part("rel").is_some_and(|rel| rel.contains("noopener")));
    world.end().await;
}
