//! A page's keys are its own, unless it gives them away.

use crate::page::{Page, options, place, serve};
use js_sys::Reflect;
use kit_browser::fake::until;
use messenger_calls::platform::js::document;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{KeyboardEvent, KeyboardEventInit};

/// Presses Alt and a letter; true if the page's key was taken.
fn press_alt(letter: &str) -> bool {
    let init = KeyboardEventInit::new();
    init.set_alt_key(true);
    init.set_key(letter);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    !document().body().unwrap().dispatch_event(&event).unwrap()
}

/// Whether a window is there that has just appeared.
fn is_guarded() -> bool {
    let fresh = |layer: &web_sys::HtmlElement| {
        layer.shadow_root().unwrap().query_selector("[data-fresh]").unwrap().is_some()
    };
    Page::layers().iter().any(fresh)
}

#[wasm_bindgen_test]
async fn the_keys_of_a_page_answer_and_decline_nothing() {
    let page = Page::open().await;
    page.ben_calls();
    until("the window can be pressed", || page.heard() == ["ringing"] && !is_guarded()).await;
    for letter in ["c", "v", "d"] {
        assert!(!press_alt(letter));
    }
    assert_eq!((page.heard(), page.asked("/api/calls/c2/decline")), (vec!["ringing".to_owned()], 0));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_can_give_its_keys_away_once_the_window_can_be_pressed() {
    serve();
    let options = options();
    Reflect::set(&options, &"shortcuts".into(), &true.into()).unwrap();
    let page = Page::begin_with(place(), &options);
    until("the contact", || page.widget_works()).await;
    page.ben_calls();
    until("the window", is_guarded).await;
    assert!(!press_alt("d"), "it was meant for what was there before");
    until("the window can be pressed", || !is_guarded()).await;
    assert!(press_alt("d"));
    until("the end", || page.heard().contains(&"ended".to_owned())).await;
    assert_eq!(page.detail("ended", "outcome").as_deref(), Some("declined_by_me"));
    page.end().await;
}
