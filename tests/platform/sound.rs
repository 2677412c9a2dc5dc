//! Sounds: what the autoplay rule blocks is a state that ends with the first click.

use call_core::Loop;
use core::cell::Cell;
use kit_browser::fake::{install, never_play, refuse_playing, refuse_playing_with, restore, until};
use messenger_calls::platform::attention::Attention;
use messenger_calls::platform::sound::{Audible, Sounds};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

fn sounds() -> (Rc<Sounds>, Rc<Cell<u32>>) {
    install(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
    let changes = Rc::new(Cell::new(0));
    let own = changes.clone();
    (Rc::new(Sounds::new("/", Rc::new(move || own.set(own.get() + 1)))), changes)
}

fn click() {
    let page = web_sys::window().unwrap().document().unwrap();
    page.dispatch_event(&Event::new("click").unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn a_blocked_ring_is_heard_after_the_first_click() {
    let (sounds, changes) = sounds();
    refuse_playing(true);
    sounds.set_loop(Some(Loop::Ring));
    until("the refusal", || sounds.audible() == Some(Audible::Blocked)).await;
    click();
    until("another refusal", || changes.get() == 1).await;
    refuse_playing(false);
    click();
    until("the ring", || sounds.audible() == Some(Audible::Yes)).await;
    assert_eq!(changes.get(), 2);
    sounds.set_loop(None);
    assert_eq!(sounds.audible(), None);
    restore();
}

#[wasm_bindgen_test]
async fn a_ring_whose_file_cannot_be_played_is_known_as_that_and_heard_once_it_can() {
    let (sounds, _) = sounds();
    refuse_playing_with("NotSupportedError");
    sounds.set_loop(Some(Loop::Ring));
    until("the failure", || sounds.audible() == Some(Audible::Failed)).await;
    refuse_playing(false);
    until("another try", || sounds.audible() == Some(Audible::Yes)).await;
    drop(sounds);
    restore();
}

#[wasm_bindgen_test]
async fn a_ring_that_does_not_come_is_known_as_that() {
    let (sounds, _) = sounds();
    never_play();
    sounds.set_loop(Some(Loop::Ring));
    until("the failure", || sounds.audible() == Some(Audible::Failed)).await;
    drop(sounds);
    restore();
}

#[wasm_bindgen_test]
async fn a_ring_that_is_interrupted_has_not_failed() {
    let (sounds, changes) = sounds();
    refuse_playing_with("AbortError");
    sounds.set_loop(Some(Loop::Ring));
    messenger_calls::platform::timer::sleep(core::time::Duration::from_millis(50)).await;
    assert_eq!((sounds.audible(), changes.get()), (None, 0));
    drop(sounds);
    restore();
}

#[wasm_bindgen_test]
async fn the_click_that_ends_the_ring_does_not_start_it() {
    let (sounds, changes) = sounds();
    refuse_playing(true);
    sounds.set_loop(Some(Loop::Ring));
    until("the refusal", || changes.get() == 1).await;
    refuse_playing(false);
    click();
    sounds.set_loop(None);
    messenger_calls::platform::timer::sleep(core::time::Duration::from_millis(50)).await;
    assert_eq!((sounds.audible(), changes.get()), (None, 1));
    restore();
}

#[wasm_bindgen_test]
async fn a_ring_that_is_wanted_still_goes_on() {
    let (sounds, changes) = sounds();
    refuse_playing(false);
    sounds.set_loop(Some(Loop::Ring));
    until("the ring", || sounds.audible() == Some(Audible::Yes)).await;
    sounds.set_loop(Some(Loop::Ring));
    assert_eq!((sounds.audible(), changes.get()), (Some(Audible::Yes), 1));
    restore();
}

#[wasm_bindgen_test]
async fn the_title_flashes_and_is_itself_again() {
    let page = web_sys::window().unwrap().document().unwrap();
    page.set_title("A chat");
    let attention = Attention::new("Ben is calling");
    assert_eq!(page.title(), "Ben is calling");
    until("the own title", || page.title() == "A chat").await;
    until("the call", || page.title() == "Ben is calling").await;
    drop(attention);
    assert_eq!(page.title(), "A chat");

    let attention = Attention::new("Ben is calling");
    page.set_title("A chat (1)");
    drop(attention);
    assert_eq!(page.title(), "A chat (1)", "a title that the page chose meanwhile stays");
}
