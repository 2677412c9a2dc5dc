//! A server that is newer than this page, broken, or not on the person's side: what can be read is shown, and nothing else
//! happens.

use crate::signed_in::{groups, signed_in};
use crate::world::{BEN, CARLA, World, contact, message, refusal};
use core::cell::Cell;
use kit_browser::fake::until;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

fn people(from: u32, to: u32, state: &str, online: bool) -> Vec<String> {
    let person = |number| {
        format!(r#"{{"id":"p{number}","username":"p{number}","display_name":"Person {number:05}"}}"#)
    };
    (from..to).map(|number| contact(&person(number), state, online)).collect()
}

async fn reads(world: &World, contacts: Vec<String>) {
    let list = format!("[{}]", contacts.join(","));
    world.answers("/api/contacts", move |_| Some((200, list.clone())));
    world.server_says(&format!(r#"{{"type":"welcome","user":{}}}"#, crate::world::ANNA)).await;
}

#[wasm_bindgen_test]
async fn of_thousands_of_contacts_as_many_are_shown_as_somebody_looks_at_and_all_are_counted() {
    let world = signed_in().await;
    reads(&world, people(0, 5000, "accepted", false)).await;
    until("everybody is counted", || groups(&world) == ["Offline (5000)"]).await;
    assert_eq!(world.all("button.im-contact").len(), 100);
    for number in 2000..2200 {
        world.says(&format!(r#"{{"type":"presence","user_id":"p{number}","online":true}}"#));
    }
    until("they have come", || groups(&world) == ["Online (200)", "Offline (4800)"]).await;
    assert_eq!(world.all("button.im-contact").len(), 200);
    world.click("Show more (100)").await;
    assert_eq!(world.all("button.im-contact").len(), 300);
    world.end().await;
}

#[wasm_bindgen_test]
async fn strangers_who_ask_do_not_fill_the_list() {
    let world = signed_in().await;
    let mut list = people(0, 300, "incoming", false);
    list.push(contact(BEN, "accepted", true));
    reads(&world, list).await;
    until("both groups", || groups(&world) == ["Requests (300)", "Online (1)"]).await;
    assert_eq!(world.all("div.im-contact").len(), 100);
    world.end().await;
}

#[wasm_bindgen_test]
async fn nobody_stands_on_the_list_twice_and_who_cannot_be_read_hides_nobody() {
    let world = signed_in().await;
    let odd = [
        "null",
        "7",
        r#""text""#,
        "[]",
        "{}",
        "true",
        r#"{"user":null,"state":"accepted","online":true}"#,
        r#"{"user":{"id":7,"username":"x","display_name":"x"},"state":"accepted","online":true}"#,
        r#"{"user":{"id":"x","username":"x","display_name":"x"},"state":"befriended","online":true}"#,
        r#"{"user":{"id":"x","username":"x","display_name":"x"},"state":"accepted","online":"yes"}"#,
    ];
    let mut list: Vec<_> = odd.into_iter().map(str::to_owned).collect();
    list.extend([
        contact(BEN, "accepted", true),
        contact(CARLA, "accepted", false),
        contact(BEN, "accepted", true),
    ]);
    reads(&world, list).await;
    until("Ben and Carla", || groups(&world) == ["Online (1)", "Offline (1)"]).await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_page_of_some_proxy_is_no_list_and_the_list_is_asked_for_again() {
    for status in [200, 502] {
        let world = signed_in().await;
        let asked = Rc::new(Cell::new(0));
        let count = asked.clone();
        world.answers("/api/contacts", move |_| {
            count.set(count.get() + 1);
            Some(match count.get() {
                1 => (status, "<!doctype html><title>Bad gateway</title>".to_owned()),
                _ => (200, format!("[{}]", contact(BEN, "accepted", true))),
            })
        });
        world.server_says(&format!(r#"{{"type":"welcome","user":{}}}"#, crate::world::ANNA)).await;
        until("the list", || groups(&world) == ["Online (1)"]).await;
        assert_eq!(asked.get(), 2);
        world.end().await;
    }
}

#[wasm_bindgen_test]
async fn frames_that_nobody_knows_change_nothing_and_the_next_one_is_heard() {
    let world = signed_in().await;
    for frame in [
        r#"{"type":"hologram","user":{}}"#,
        r#"{"type":"presence","user_id":7,"online":"maybe"}"#,
        r#"{"type":"presence","user_id":"nobody","online":true}"#,
        r#"{"type":"contact","contact":{"user":null}}"#,
        r#"{"type":"message","message":{"id":"m9"}}"#,
        r#"{"type":"call_ringing","call":{"status":"parked"}}"#,
        r#"{"type":"call_ended"}"#,
        r#"{"type":"signal","call_id":"c","signal_data":{"type":"smell","data":{}}}"#,
        r#"{"type":"error","error":{"code":"too_hot","message":"Cool down."}}"#,
        r#"{"type":null}"#,
        "{}",
        "[]",
        "7",
        "null",
    ] {
        world.says(frame);
    }
    world.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#).await;
    assert_eq!(groups(&world), ["Requests (1)", "Offline (1)"]);
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_somebody_writes_or_is_called_is_text_and_nothing_else() {
    let world = signed_in().await;
    let tags = "<img src=x onerror=window.run=1><script>window.run=1</script>";
    let named = format!(r#"{{"id":"u2","username":"ben","display_name":"{tags}"}}"#);
    reads(&world, vec![contact(&named, "accepted", true)]).await;
    until("the name", || world.text().contains("<script>")).await;
    let said = format!(r#"{{"type":"message","message":{}}}"#, message(5, "u2", tags));
    world.server_says(&said).await;
    assert!(world.all("img, script").is_empty());
    let window = messenger_calls::platform::js::window();
    assert!(messenger_calls::platform::js::get(&window, "run").is_undefined());
    world.end().await;
}

#[wasm_bindgen_test]
async fn whoever_is_taken_off_the_list_reads_on_and_is_told_why_nothing_can_be_written() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    world.server_says(r#"{"type":"contact_removed","user_id":"u2"}"#).await;
    world.sees("You and Ben are no longer contacts.").await;
    assert!(world.text().contains("hello"));
    assert!(world.all("textarea").is_empty());
    // They are back.
    let back = format!(r#"{{"type":"contact","contact":{}}}"#, contact(BEN, "accepted", true));
    world.server_says(&back).await;
    assert!(!world.text().contains("no longer contacts"));
    assert_eq!(world.all("textarea").len(), 1);
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_message_to_somebody_who_is_no_contact_any_more_says_so_where_it_was_written() {
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    let why = "you can read this conversation, but you are no longer contacts; add each other again to write";
    world.answers_to("POST", "/api/conversations/k1/messages", move |_| {
        Some((404, refusal("conversation_not_found", why)))
    });
    world.fill("Message to Ben", "Are you there?").await;
    world.click("Send").await;
    world.sees("you are no longer contacts").await;
    world.end().await;
}
