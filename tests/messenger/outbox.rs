//! What is written without a network waits for it, and is sent once.

use crate::signed_in::signed_in;
use crate::world::{World, message};
use core::cell::Cell;
use kit_browser::fake::until;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

const PATH: &str = "/api/conversations/k1/messages";

/// The conversation is open; the server takes what is written, one after the other.
async fn talk(texts: &'static [&'static str]) -> World {
    let world = signed_in().await;
    let taken = Rc::new(Cell::new(0));
    world.answers_to("POST", PATH, move |_| {
        let number = taken.replace(taken.get() + 1);
        Some((201, message(u32::try_from(number).unwrap() + 5, "u1", texts[number])))
    });
    world.click("Ben").await;
    world.sees("hello").await;
    world
}

async fn writes(world: &World, text: &str) {
    world.fill("Message to Ben", text).await;
    world.click("Send").await;
}

fn log(world: &World) -> String {
    world.all(".im-log")[0].text_content().unwrap()
}

/// What was sent, by the words in it, each with its key.
fn posts(world: &World) -> Vec<(String, String)> {
    world.sent("POST", "/messages")
}

#[wasm_bindgen_test]
async fn what_is_written_without_a_network_waits_and_is_sent_once_and_in_order_when_it_is_back() {
    let world = talk(&["one", "two"]).await;
    world.loses_the_network().await;
    writes(&world, "one").await;
    writes(&world, "two").await;
    assert_eq!(log(&world).matches("(waiting for a connection").count(), 2, "{}", log(&world));
    assert!(posts(&world).is_empty(), "there is no way to the server");
    world.finds_the_network().await;
    until("both are sent", || !log(&world).contains("(waiting") && posts(&world).len() == 2).await;
    let posts = posts(&world);
    assert!(posts[0].1.contains("one") && posts[1].1.contains("two"), "{posts:?}");
    assert_eq!((log(&world).matches("one").count(), log(&world).matches("two").count()), (1, 1));
    assert!(!log(&world).contains("Not sent"), "nobody has to do anything");
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_fails_on_the_way_is_tried_again_as_the_same_message_before_what_was_written_later() {
    let world = talk(&["one", "two"]).await;
    world.answers_to("POST", PATH, |_| None);
    writes(&world, "one").await;
    writes(&world, "two").await;
    world.sees("(waiting to be sent").await;
    assert!(!log(&world).contains("Not sent"), "{}", log(&world));
    let taken = Cell::new(0);
    world.answers_to("POST", PATH, move |_| {
        let number = taken.replace(taken.get() + 1);
        Some((201, message(number + 5, "u1", ["one", "two"][number as usize])))
    });
    until("both are sent", || !log(&world).contains("waiting") && !log(&world).contains("sending")).await;
    let posts = posts(&world);
    let (last, firsts) = posts.split_last().unwrap();
    assert!(last.1.contains("two") && firsts.iter().all(|(_, body)| body.contains("one")), "{posts:?}");
    assert!(firsts.len() > 1 && firsts.iter().all(|(key, _)| *key == firsts[0].0), "one message: {posts:?}");
    world.end().await;
}

#[wasm_bindgen_test]
async fn a_text_that_hangs_in_a_dead_connection_is_sent_again_on_the_next_one_and_shown_once() {
    let world = talk(&[]).await;
    world.answers_to("POST", PATH, |_| Some((201, message(5, "u1", "one"))));
    world.keeps_back(PATH);
    writes(&world, "one").await;
    until("the first try", || posts(&world).len() == 1).await;
    world.loses_the_network().await;
    world.sees("(waiting for a connection").await;
    world.finds_the_network().await;
    until("the second try", || posts(&world).len() == 2).await;
    assert_eq!(posts(&world)[0].0, posts(&world)[1].0, "the same message");
    // Between the two tries the conversation was read again.
    for request in 0..3 {
        world.delivers(request).await;
    }
    until("it is there", || !log(&world).contains("(")).await;
    assert_eq!(log(&world).matches("one").count(), 1, "{}", log(&world));
    world.end().await;
}

#[wasm_bindgen_test]
async fn what_waits_survives_a_reload() {
    let mut world = talk(&["one"]).await;
    world.loses_the_network().await;
    writes(&world, "one").await;
    world.load();
    world.finds_the_network().await;
    until("it is sent", || posts(&world).len() == 1).await;
    assert!(posts(&world)[0].1.contains("one"));
    until("and forgotten", || messenger_calls::platform::storage::read("outbox").is_none()).await;
    world.end().await;
}
