//! Several widgets in one page: one person has one phone there, two persons have two.

use crate::page::{Page, options, place, serve};
use core::cell::RefCell;
use core::time::Duration;
use js_sys::Reflect;
use kit_browser::fake::{function, open_peers, open_sockets, until};
use messenger_calls::platform::js::document;
use messenger_calls::platform::timer::sleep;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CustomEvent;

/// The options of a widget about a conversation, of whoever has this token.
fn about(conversation: &str, token: &'static str) -> js_sys::Object {
    let options = options();
    Reflect::set(&options, &"conversation".into(), &conversation.into()).unwrap();
    Reflect::set(&options, &"getToken".into(), &function(move |_| token.into())).unwrap();
    options
}

/// Two widgets whose buttons work.
async fn two(one: &js_sys::Object, other: &js_sys::Object) -> (Page, Page) {
    serve();
    let (one, other) = (Page::begin_with(place(), one), Page::begin_with(place(), other));
    until("the buttons of both", || one.widget_works() && other.widget_works()).await;
    (one, other)
}

fn windows() -> usize {
    let windows = |layer: &web_sys::HtmlElement| {
        layer.shadow_root().unwrap().query_selector_all(".mc-window").unwrap().length() as usize
    };
    Page::layers().iter().map(windows).sum()
}

#[wasm_bindgen_test]
async fn two_widgets_of_one_person_ring_once_and_the_one_it_is_about_hears_of_it() {
    let (carla, ben) = two(&about("k2", "token"), &about("k1", "token")).await;
    let heard = Rc::new(RefCell::new(0));
    let count = heard.clone();
    let ear = Closure::<dyn Fn(CustomEvent)>::new(move |_| *count.borrow_mut() += 1);
    let kind = "messenger-calls:ringing";
    document().add_event_listener_with_callback(kind, ear.as_ref().unchecked_ref()).unwrap();
    assert_eq!((open_sockets(), Page::layers().len()), (1, 1));
    ben.ben_calls();
    until("the window", || windows() > 0).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!((windows(), *heard.borrow()), (1, 1));
    assert_eq!((carla.heard(), ben.heard()), (vec![], vec!["ringing".to_owned()]));
    document().remove_event_listener_with_callback(kind, ear.as_ref().unchecked_ref()).unwrap();
    carla.end().await;
    ben.end().await;
}

#[wasm_bindgen_test]
async fn each_widget_of_one_person_calls_its_own_contact() {
    let (carla, ben) = two(&about("k2", "token"), &about("k1", "token")).await;
    assert!(carla.shadow().unwrap().query_selector("[aria-label='Call Carla']").unwrap().is_some());
    assert!(ben.shadow().unwrap().query_selector("[aria-label='Call Ben']").unwrap().is_some());
    ben.call("audio");
    until("the ring", || ben.heard() == ["ringing"]).await;
    assert_eq!(carla.place_call("audio").await.unwrap_err().0, "already_in_call");
    assert_eq!(open_peers(), 1);
    ben.end().await;
    carla.end().await;
}

#[wasm_bindgen_test]
async fn the_call_outlives_a_widget_as_long_as_there_is_another_one() {
    let (one, other) = two(&about("k1", "token"), &about("k2", "token")).await;
    one.call("audio");
    until("the ring", || one.heard() == ["ringing"]).await;
    one.widget.destroy();
    sleep(Duration::from_millis(50)).await;
    assert_eq!((open_sockets(), open_peers(), windows()), (1, 1, 1));
    assert_eq!((one.place.child_element_count(), one.heard()), (0, vec!["ringing".to_owned()]));
    other.widget.hang_up();
    until("the end", || other.heard() == ["ended"]).await;
    other.widget.destroy();
    assert_eq!((open_sockets(), open_peers(), Page::layers().len()), (0, 0, 0));
    one.end().await;
    other.end().await;
}

#[wasm_bindgen_test]
async fn it_is_the_person_who_counts_and_not_the_token() {
    // {"sub":"u1","n":1} and {"sub":"u1","n":2}
    let (one, other) =
        two(&about("k1", "h.eyJzdWIiOiJ1MSIsIm4iOjF9.s"), &about("k1", "h.eyJzdWIiOiJ1MSIsIm4iOjJ9.s")).await;
    assert_eq!((open_sockets(), Page::layers().len()), (1, 1));
    one.end().await;
    other.end().await;
    // Tokens that nobody but the server can read.
    let (one, other) = two(&about("k1", "token"), &about("k1", "nekot")).await;
    until("one is left", || (open_sockets(), Page::layers().len()) == (1, 1)).await;
    one.widget.destroy();
    assert_eq!((open_sockets(), other.place_call("audio").await.unwrap()), (1, "c1".to_owned()));
    one.end().await;
    other.end().await;
}

#[wasm_bindgen_test]
async fn two_persons_in_one_page_have_a_phone_each() {
    let (one, other) = two(&about("k1", "token"), &about("k1", "ben")).await;
    assert_eq!((open_sockets(), Page::layers().len()), (2, 2));
    one.widget.destroy();
    assert_eq!((open_sockets(), Page::layers().len()), (1, 1));
    one.end().await;
    other.end().await;
}

#[wasm_bindgen_test]
async fn any_of_the_widgets_may_be_asked_for_a_token() {
    let (first, second) = (about("k1", "token"), about("k1", "token"));
    let asked = Rc::new(RefCell::new(0));
    let count = asked.clone();
    let token = function(move |_| {
        *count.borrow_mut() += 1;
        "token".into()
    });
    Reflect::set(&second, &"getToken".into(), &token).unwrap();
    let (one, other) = two(&first, &second).await;
    let before = *asked.borrow();
    one.widget.destroy();
    // The first source went with its widget; a socket that the server closes asks again.
    let sockets = kit_browser::fake::seen_sockets();
    kit_browser::fake::shut(&sockets.get(sockets.length() - 1), call_protocol::close_code::UNAUTHORIZED);
    until("another socket", || open_sockets() == 1).await;
    assert_eq!((*asked.borrow(), other.heard()), (before + 1, vec![]));
    one.end().await;
    other.end().await;
}
