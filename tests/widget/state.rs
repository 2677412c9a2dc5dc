//! What a page reads of its widget at any time, and is told of when it changes.

use crate::page::{Page, place, serve};
use core::cell::RefCell;
use js_sys::{Array, Reflect};
use kit_browser::fake::until;
use messenger_calls::platform::js::{get, get_text};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CustomEvent;

/// Whether the person is busy, and why the contact cannot be called.
type State = (bool, Option<String>);

fn read(state: &JsValue) -> State {
    let flag = |name| get(state, name).as_bool().expect("it is always there");
    let reason = get_text(state, "reason");
    assert_eq!(flag("can_call"), reason.is_none(), "there is a reason if, and only if, nobody can be called");
    (flag("busy"), reason)
}

fn because(busy: bool, reason: &str) -> State {
    (busy, Some(reason.to_owned()))
}

#[wasm_bindgen_test]
async fn a_page_reads_what_its_widget_can_do_and_is_told_of_every_change() {
    serve();
    let (place, told) = (place(), Rc::new(RefCell::new(Vec::<State>::new())));
    let states = told.clone();
    let ear = Closure::<dyn Fn(CustomEvent)>::new(move |event: CustomEvent| {
        states.borrow_mut().push(read(&event.detail()));
    });
    place.add_event_listener_with_callback("messenger-calls:state", ear.as_ref().unchecked_ref()).unwrap();
    let page = Page::open_at(place).await;
    let now = || read(&page.widget.state_object());
    assert_eq!(now(), (false, None), "Ben is online");
    page.ben_calls();
    until("the ring", || now().0).await;
    assert_eq!(now(), because(true, "already_in_call"));
    page.widget.decline();
    until("the end of the ring", || !now().0).await;
    page.server_says(r#"{"type":"presence","user_id":"u2","online":false}"#);
    until("Ben's absence", || now() == because(false, "peer_offline")).await;
    page.widget.set_blocked(&Array::of1(&"u2".into()));
    assert_eq!(now(), because(false, "blocked_by_you"));
    page.widget.set_blocked(&"u9".into());
    assert_eq!(now(), because(false, "blocked_by_you"), "a text is no list, and changes nothing");
    let refused = JsFuture::from(page.widget.call(&"audio".into())).await.expect_err("Ben is blocked");
    assert_eq!(get_text(&refused, "code").as_deref(), Some("blocked_by_you"));
    page.widget.set_contact(None);
    assert_eq!(now(), because(false, "nobody_to_call"));
    let told = told.borrow().clone();
    assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "the same is told twice: {told:?}");
    let expected = [
        (false, None),
        because(true, "already_in_call"),
        (false, None),
        because(false, "peer_offline"),
        because(false, "blocked_by_you"),
        because(false, "nobody_to_call"),
    ];
    assert!(told.ends_with(&expected), "{told:?}");
    page.widget.destroy();
    assert_eq!(now(), because(false, "nobody_to_call"), "a widget that is gone calls nobody");
    page.end().await;
}

#[wasm_bindgen_test]
async fn the_buttons_say_whom_the_page_has_blocked() {
    let page = Page::open().await;
    page.widget.set_blocked(&Array::of1(&"u2".into()));
    let text = || page.shadow().and_then(|root| root.text_content()).unwrap_or_default();
    until("the reason", || text().contains("You blocked Ben.")).await;
    page.widget.set_blocked(&Array::new());
    until("the buttons", || !text().contains("You blocked Ben.")).await;
    let state = page.widget.state_object();
    assert_eq!(Reflect::get(&state, &"can_call".into()).unwrap(), JsValue::TRUE);
    page.end().await;
}
