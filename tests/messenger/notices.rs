//! What came while nobody was looking: heard, counted in the title and on the tab, until somebody looks.

use crate::signed_in::signed_in;
use crate::world::{World, message};
use kit_browser::fake::{hide, played, refuse_playing, until};
use messenger_calls::platform::js::document;
use wasm_bindgen_test::wasm_bindgen_test;

const MISSED: &str = r#"{"type":"message","message":{"id":"m9","conversation_id":"k1","sender_id":null,"content":"Missed voice call","message_type":"system","created_at":"2025-11-25T11:00:00Z","metadata":{"system_type":"call","call_id":"c1","call_type":"audio","status":"missed","reason":"no_answer","initiator_id":"u2"}}}"#;

async fn writes(world: &World, number: u32, sender: &str) {
    let message = message(number, sender, "are you there?");
    world.server_says(&format!(r#"{{"type":"message","message":{message}}}"#)).await;
}

#[wasm_bindgen_test]
async fn a_message_to_a_page_in_the_background_is_heard_and_counted_in_the_title_until_it_is_looked_at() {
    document().set_title("Messenger");
    let world = signed_in().await;
    world.click("Ben").await;
    world.sees("hello").await;
    writes(&world, 2, "u2").await;
    assert_eq!(
        (played("message.mp3"), document().title().as_str()),
        (0, "Messenger"),
        "it is being looked at"
    );
    hide(true);
    writes(&world, 3, "u2").await;
    writes(&world, 4, "u2").await;
    writes(&world, 5, "u1").await;
    assert_eq!(
        (played("message.mp3"), document().title().as_str()),
        (2, "(2) Messenger"),
        "the own one is none"
    );
    hide(false);
    until("the title", || document().title() == "Messenger").await;
    assert!(world.all(".im-new").is_empty());
    world.end().await;
    assert_eq!(document().title(), "Messenger");
}

#[wasm_bindgen_test]
async fn a_message_in_a_conversation_that_is_not_open_is_heard_and_counted() {
    document().set_title("Messenger");
    let world = signed_in().await;
    writes(&world, 2, "u2").await;
    assert_eq!((played("message.mp3"), document().title().as_str()), (1, "(1) Messenger"));
    world.all("button.im-contact")[0].dispatch_event(&web_sys::Event::new("click").unwrap()).unwrap();
    until("the title", || document().title() == "Messenger").await;
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_sound_that_the_browser_refuses_is_not_made_up_for_later() {
    let world = signed_in().await;
    refuse_playing(true);
    writes(&world, 2, "u2").await;
    assert_eq!(played("message.mp3"), 1);
    world.click("Settings").await;
    assert_eq!(played("message.mp3"), 1, "a click is no message");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_missed_call_is_counted_on_the_tab_until_the_calls_are_looked_at() {
    let world = signed_in().await;
    world.server_says(MISSED).await;
    let on_the_tab = || world.all(".im-tabs .im-count").first().and_then(|count| count.text_content());
    assert_eq!(on_the_tab().as_deref(), Some("1"));
    world.all(".im-tabs button")[1].dispatch_event(&web_sys::Event::new("click").unwrap()).unwrap();
    until("no count", || on_the_tab().is_none()).await;
    world.server_says(MISSED).await;
    assert_eq!(on_the_tab(), None, "the same call is missed once");
    hide(true);
    world.server_says(&MISSED.replace("m9", "m10").replace("c1", "c2")).await;
    until("the count", || on_the_tab().as_deref() == Some("1")).await;
    hide(false);
    until("no count", || on_the_tab().is_none()).await;
    world.end().await;
}
