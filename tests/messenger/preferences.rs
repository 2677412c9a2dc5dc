//! Being left alone: blocking somebody and taking it back, and who may make it ring.

use crate::signed_in::{groups, signed_in};
use crate::world::{BEN, CARLA, World, contact, refusal};
use core::cell::Cell;
use kit_browser::fake::until;
use messenger_calls::platform::js::document;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlSelectElement, KeyboardEvent, KeyboardEventInit};

const QUESTION: &str = "Block Ben? Their calls, messages and requests will not reach you, and they will see you as offline. They will not be told.";

/// From now on the server knows whom Anna blocks.
fn keeps_blocks(world: &World, who: &'static str, id: &str) {
    let blocked = Rc::new(Cell::new(false));
    let (on, off, asked) = (blocked.clone(), blocked.clone(), blocked);
    let path = format!("/api/blocks/{id}");
    world.answers_to("GET", "/api/blocks", move |_| {
        Some((200, if asked.get() { format!("[{who}]") } else { "[]".to_owned() }))
    });
    world.answers_to("PUT", &path, move |_| {
        on.set(true);
        Some((204, String::new()))
    });
    world.answers_to("DELETE", &path, move |_| {
        off.set(false);
        Some((204, String::new()))
    });
}

/// What a control that has the focus is called.
fn focused() -> String {
    document().active_element().map(|element| kit_browser::screen::name(&element)).unwrap_or_default()
}

fn is_shown(world: &World, named: &str) -> bool {
    let button: HtmlElement = world.button(named).unchecked_into();
    button.offset_height() > 0
}

#[wasm_bindgen_test]
async fn somebody_is_blocked_after_one_question_and_unblocked_by_one_click() {
    let world = signed_in().await;
    keeps_blocks(&world, BEN, "u2");
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.sees(QUESTION).await;
    assert_eq!(world.asked("/api/blocks/u2"), 0, "the question comes first");
    world.click("Block").await;
    world.sees("You blocked Ben.").await;
    assert_eq!(groups(&world), ["Requests (1)", "Blocked (1)"]);
    assert!(!is_shown(&world, "Block Ben"));
    world.click("Unblock Ben").await;
    until("nobody is blocked", || groups(&world) == ["Requests (1)", "Online (1)"]).await;
    assert!(!world.text().contains("You blocked Ben."), "{}", world.text());
    assert_eq!((world.sent("PUT", "/u2").len(), world.sent("DELETE", "/u2").len()), (1, 1));
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_thinks_again_blocks_nobody_and_is_back_where_they_were() {
    let world = signed_in().await;
    world.click("Ben").await;
    let ask = world.button("Block Ben");
    ask.focus().unwrap();
    world.click("Block Ben").await;
    world.sees(QUESTION).await;
    // To the question and to neither answer: a second Enter blocks nobody, nor takes the question away.
    assert!(focused().starts_with("Block Ben?"), "{}", focused());
    assert_eq!(ask.get_attribute("aria-expanded").as_deref(), Some("true"));
    world.button("Cancel").focus().unwrap();
    world.click("Cancel").await;
    assert_eq!((focused(), ask.get_attribute("aria-expanded")), ("Block Ben".into(), Some("false".into())));
    world.click("Block Ben").await;
    let escape = KeyboardEventInit::new();
    escape.set_key("Escape");
    escape.set_bubbles(true);
    let pressed = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &escape).unwrap();
    world.button("Cancel").dispatch_event(&pressed).unwrap();
    until("the focus is back", || focused() == "Block Ben").await;
    assert!(!world.text().contains("Block Ben?"), "{}", world.text());
    assert_eq!(world.asked("/api/blocks/u2"), 0);
    world.end().await;
}

#[wasm_bindgen_test]
async fn the_keyboard_goes_from_the_question_to_the_way_back_and_home_again() {
    let world = signed_in().await;
    keeps_blocks(&world, BEN, "u2");
    world.click("Ben").await;
    world.button("Block Ben").focus().unwrap();
    world.click("Block Ben").await;
    world.button("Block").focus().unwrap();
    world.click("Block").await;
    until("the focus is beside the way back", || focused().starts_with("You blocked Ben.")).await;
    world.button("Unblock").focus().unwrap();
    world.click("Unblock").await;
    until("the focus is back", || focused() == "Block Ben").await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_is_elsewhere_by_then_keeps_the_focus_when_a_block_begins_and_when_it_ends() {
    let world = signed_in().await;
    keeps_blocks(&world, BEN, "u2");
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.keeps_back("/api/blocks/u2");
    world.click("Block").await;
    world.button("Sign out").focus().unwrap();
    world.delivers(0).await;
    world.sees("You blocked Ben.").await;
    assert_eq!(focused(), "Sign out", "when it begins");
    world.click("Unblock Ben").await;
    world.delivers(1).await;
    until("nobody is blocked", || groups(&world) == ["Requests (1)", "Online (1)"]).await;
    assert!(!world.text().contains("You blocked Ben."), "{}", world.text());
    assert_eq!(focused(), "Sign out", "when it ends");
    world.end().await;
}

#[wasm_bindgen_test]
async fn two_people_blocked_at_once_stay_blocked_whichever_reply_comes_last() {
    let world = signed_in().await;
    world.answers_to("PUT", "/api/blocks", |_| Some((204, String::new())));
    world.keeps_back("/api/blocks");
    world.answers_to("GET", "/api/blocks", |_| Some((200, format!("[{CARLA}]"))));
    world.click("Block Carla").await;
    world.click("Block").await;
    until("the first reading", || world.asked("/api/blocks") == 2).await;
    world.answers_to("GET", "/api/blocks", |_| Some((200, format!("[{BEN},{CARLA}]"))));
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.click("Block").await;
    world.delivers(1).await;
    assert_eq!(groups(&world), ["Blocked (2)"]);
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Blocked (2)"], "what was read before knows of one");
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_went_offline_does_not_come_back_with_contacts_that_were_read_before() {
    let world = signed_in().await;
    keeps_blocks(&world, BEN, "u2");
    world.keeps_back("/api/contacts");
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.click("Block").await;
    world.sees("Blocked (1)").await;
    world.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#).await;
    let contacts = format!("[{}]", contact(BEN, "accepted", false));
    world.answers("/api/contacts", move |_| Some((200, contacts.clone())));
    world.click("Unblock Ben").await;
    world.delivers(1).await;
    assert_eq!(groups(&world), ["Offline (1)"]);
    world.delivers(0).await;
    assert_eq!(groups(&world), ["Offline (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_block_that_the_server_did_not_take_is_no_block_and_is_told() {
    let world = signed_in().await;
    world.answers("/api/blocks/u2", |_| None);
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.click("Block").await;
    world.sees("Cannot reach the server. Try again in a moment.").await;
    assert!(world.text().contains(QUESTION), "it can be tried again: {}", world.text());
    assert_eq!(groups(&world), ["Requests (1)", "Online (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_block_that_is_gone_already_is_told_and_the_list_is_right_again() {
    let world = signed_in().await;
    keeps_blocks(&world, BEN, "u2");
    world.click("Ben").await;
    world.click("Block Ben").await;
    world.click("Block").await;
    world.sees("Blocked (1)").await;
    world.answers_to("DELETE", "/api/blocks", |_| {
        Some((404, refusal("not_found", "you do not block this person")))
    });
    world.click("Unblock").await;
    world.sees("You do not block this person.").await;
    world.answers_to("GET", "/api/blocks", |_| Some((200, "[]".to_owned())));
    world.click("Unblock Ben").await;
    until("the list is right", || groups(&world) == ["Requests (1)", "Online (1)"]).await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_asks_to_be_a_contact_can_be_blocked_and_asks_no_longer() {
    let world = signed_in().await;
    keeps_blocks(&world, CARLA, "u3");
    let contacts = format!("[{}]", contact(BEN, "accepted", true));
    world.click("Block Carla").await;
    world.sees("Block Carla?").await;
    world.answers("/api/contacts", move |_| Some((200, contacts.clone())));
    world.click("Block").await;
    until("Carla is gone", || groups(&world) == ["Online (1)", "Blocked (1)"]).await;
    world.button("Unblock Carla");
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_is_silent_to_strangers_sees_what_the_server_keeps() {
    let world = signed_in().await;
    world.answers_to("GET", "/api/settings", |_| Some((200, r#"{"silence_unknown_callers":true}"#.into())));
    world.click("Settings").await;
    until("the switch is on", || switched(&world) == Some(true)).await;
    // The server has the last word.
    world.answers_to("PUT", "/api/settings", |_| Some((200, r#"{"silence_unknown_callers":false}"#.into())));
    world.click(SWITCH).await;
    until("the switch is off", || switched(&world) == Some(false)).await;
    assert_eq!(world.sent("PUT", "/api/settings")[0].1, r#"{"silence_unknown_callers":false}"#);
    world.click("Settings").await;
    assert!(world.all("[role=switch]").is_empty());
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_choice_that_the_server_did_not_keep_is_put_back_and_told() {
    let world = signed_in().await;
    world.click("Settings").await;
    until("the switch is off", || switched(&world) == Some(false)).await;
    world.answers_to("PUT", "/api/settings", |_| Some((507, refusal("storage_full", "the disk is full"))));
    world.click(SWITCH).await;
    world.sees("The disk is full.").await;
    assert_eq!(switched(&world), Some(false));
    assert_eq!(world.sent("PUT", "/api/settings")[0].1, r#"{"silence_unknown_callers":true}"#);
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_choice_that_cannot_be_read_cannot_be_changed() {
    let world = signed_in().await;
    world.answers("/api/settings", |_| None);
    world.click("Settings").await;
    world.sees("Cannot reach the server.").await;
    assert!(world.button(SWITCH).disabled());
    world.end().await;
}

const SWITCH: &str = "Ring only for people I know";

/// How the switch stands; nothing while it is not known.
fn switched(world: &World) -> Option<bool> {
    let switch = world.button(SWITCH);
    (!switch.disabled()).then(|| switch.get_attribute("aria-checked").as_deref() == Some("true"))
}

#[wasm_bindgen_test]
async fn somebody_is_removed_only_after_a_question() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    world.click("Remove Ben").await;
    world.sees("Remove Ben from your contacts?").await;
    world.click("Cancel").await;
    assert!(!world.text().contains("Remove Ben from your contacts?"), "{}", world.text());
    world.click("Remove Ben").await;
    world.answers_to("DELETE", "/api/contacts/u2", |_| None);
    world.click("Remove").await;
    world.sees("Cannot reach the server.").await;
    assert_eq!(groups(&world), ["Requests (1)", "Online (1)"], "they are still there");
    world.answers_to("DELETE", "/api/contacts/u2", |_| Some((204, String::new())));
    world.click("Remove").await;
    world.sees("Choose someone on the left").await;
    assert_eq!(groups(&world), ["Requests (1)"]);
    assert!(world.all("[data-view]").is_empty(), "a phone shows the list again");
    world.end().await;
}

#[wasm_bindgen_test]
async fn nobody_calls_whom_they_block() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.answers("/api/blocks", |_| Some((200, format!("[{BEN}]"))));
    world.click("Block Ben").await;
    world.click("Block").await;
    world.sees("You blocked Ben.").await;
    assert!(world.button("Voice").disabled() && world.button("Video").disabled());
    world.end().await;
}

/// The list of those from whom the address is hidden.
fn hidden_from(world: &World) -> HtmlSelectElement {
    world.all("select").remove(0).unchecked_into()
}

fn kept(hide: &str, has_relay: bool) -> Option<(u16, String)> {
    let text =
        format!(r#"{{"silence_unknown_callers":true,"hide_address":"{hide}","has_relay":{has_relay}}}"#);
    Some((200, text))
}

#[wasm_bindgen_test]
async fn whoever_hides_their_address_reads_what_this_server_can_do_and_what_it_keeps() {
    let world = signed_in().await;
    world.answers_to("GET", "/api/settings", |_| kept("strangers", false));
    world.click("Settings").await;
    until("what the server keeps", || hidden_from(&world).value() == "strangers").await;
    world.sees("because this server has no relay").await;
    let choose = |choice: &str| {
        let list = hidden_from(&world);
        list.set_value(choice);
        for kind in ["input", "change"] {
            list.dispatch_event(&Event::new(kind).unwrap()).unwrap();
        }
    };
    world.answers_to("PUT", "/api/settings", |_| kept("everybody", true));
    choose("everybody");
    world.sees("go through the server\u{2019}s relay").await;
    assert_eq!(world.sent("PUT", "/api/settings")[0].1, r#"{"hide_address":"everybody"}"#);
    world.answers_to("PUT", "/api/settings", |_| Some((507, refusal("storage_full", "the disk is full"))));
    choose("never");
    world.sees("The disk is full.").await;
    until("it is put back", || hidden_from(&world).value() == "everybody").await;
    assert_eq!(switched(&world), Some(true), "the other choice stays what it is");
    world.end().await;
}
