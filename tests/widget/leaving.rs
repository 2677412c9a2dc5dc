//! A widget that goes leaves nothing behind: no nodes, listeners, timers, tracks, connections or sockets.

use crate::page::{Page, live, options, place, serve};
use core::time::Duration;
use kit_browser::fake::{
    live_tracks, open_peers, open_sockets, page_listeners, restore, running_timers, seen_sockets, shut, until,
};
use messenger_calls::platform::js::document;
use messenger_calls::platform::timer::sleep;
use messenger_calls::widget::mount;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ShadowRootInit, ShadowRootMode};

/// Waits until everything that the widget had is gone. The one timer is that of this waiting.
async fn nothing_is_left(page: &Page, listeners: u32) {
    assert_eq!((live_tracks(), open_peers(), open_sockets()), (0, 0, 0), "released at once");
    assert_eq!((page.place.child_node_count(), Page::layers().len()), (0, 0));
    until("the requests that are under way", || running_timers() <= 1).await;
    assert_eq!(page_listeners(), listeners);
}

trait Children {
    fn child_node_count(&self) -> u32;
}

impl Children for web_sys::HtmlElement {
    fn child_node_count(&self) -> u32 {
        js_sys::Reflect::get(self, &"childNodes".into())
            .and_then(|nodes| js_sys::Reflect::get(&nodes, &"length".into()))
            .ok()
            .and_then(|length| length.as_f64())
            .unwrap_or_default() as u32
    }
}

async fn calling() -> (Page, u32) {
    let listeners = page_listeners();
    let page = Page::open().await;
    page.call("video");
    until("the ring", || page.heard() == ["ringing"]).await;
    // The ring does not wait for the camera.
    until("microphone and camera", || live_tracks() == 2).await;
    assert_eq!((open_peers(), open_sockets()), (1, 1));
    assert!(page_listeners() > listeners);
    (page, listeners)
}

#[wasm_bindgen_test]
async fn destroying_it_during_a_call_hangs_up_and_leaves_nothing_behind() {
    let (page, listeners) = calling().await;
    page.widget.destroy();
    assert_eq!(page.heard(), ["ringing", "ended"]);
    until("the request", || page.asked("/api/calls/c1/end") == 1).await;
    nothing_is_left(&page, listeners).await;
    page.widget.destroy();
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "destroyed");
    page.end().await;
}

#[wasm_bindgen_test]
async fn removing_its_element_does_the_same() {
    let (page, listeners) = calling().await;
    page.place.remove();
    until("the end", || page.heard() == ["ringing", "ended"]).await;
    nothing_is_left(&page, listeners).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn removing_what_holds_its_element_does_the_same() {
    serve();
    let (outer, inner) = (place(), place());
    outer.append_child(&inner).unwrap();
    let page = Page::open_at(inner).await;
    assert_eq!(open_sockets(), 1);
    outer.remove();
    until("silence", || open_sockets() == 0).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn it_notices_its_end_inside_of_somebody_elses_shadow_root() {
    serve();
    let (holder, inner) = (place(), place());
    let root = holder.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Closed)).unwrap();
    root.append_child(&inner).unwrap();
    let page = Page::open_at(inner).await;
    assert_eq!(open_sockets(), 1);
    holder.remove();
    until("silence", || open_sockets() == 0).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn an_element_that_is_only_moved_keeps_its_widget() {
    let page = Page::open().await;
    let elsewhere = place();
    elsewhere.append_child(&page.place).unwrap();
    sleep(Duration::from_millis(30)).await;
    assert_eq!((open_sockets(), page.place.child_element_count()), (1, 1));
    elsewhere.remove();
    until("silence", || open_sockets() == 0).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn mounting_twice_on_one_element_destroys_the_first() {
    let (page, _) = calling().await;
    let second = mount(page.place.clone().into(), &options()).unwrap();
    assert_eq!((live_tracks(), open_peers(), open_sockets()), (0, 0, 0));
    assert_eq!(page.place.child_element_count(), 1);
    until("the second socket", || open_sockets() == 1).await;
    assert_eq!(page.place_call("audio").await.unwrap_err().0, "destroyed", "the first handle is harmless");
    second.destroy();
    assert_eq!((page.place.child_element_count(), open_sockets()), (0, 0));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_may_destroy_it_while_it_is_told_something() {
    let page = Page::open().await;
    let handle = std::rc::Rc::new(mount(page.place.clone().into(), &options()).unwrap());
    let own = handle.clone();
    let ear = Closure::<dyn Fn()>::new(move || own.destroy());
    page.place
        .add_event_listener_with_callback("messenger-calls:ringing", ear.as_ref().unchecked_ref())
        .unwrap();
    until("the socket", || open_sockets() == 1).await;
    sleep(Duration::from_millis(50)).await;
    let ringing = live("c2", "callee", "ringing");
    page.server_says(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..]));
    assert_eq!((page.place.child_element_count(), open_sockets(), open_peers()), (0, 0, 0));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_session_that_is_over_is_told_to_the_page() {
    let page = Page::open().await;
    let sockets = seen_sockets();
    shut(&sockets.get(sockets.length() - 1), call_protocol::close_code::REPLACED);
    assert_eq!(
        (page.heard(), page.detail("error", "code").as_deref()),
        (vec!["error".to_owned()], Some("replaced"))
    );
    page.end().await;
    restore();
}

#[wasm_bindgen_test]
async fn an_element_that_is_not_in_the_page_is_no_phone() {
    serve();
    let place = place();
    place.remove();
    let page = Page::begin_at(place.clone());
    sleep(Duration::from_millis(300)).await;
    assert_eq!((open_sockets(), Page::layers().len()), (0, 0), "nobody is online, and it rings nowhere");
    document().body().unwrap().append_child(&place).unwrap();
    until("the buttons", || page.widget_works()).await;
    place.remove();
    until("silence", || open_sockets() == 0).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn an_element_that_is_put_into_somebody_elses_shadow_root_is_found() {
    serve();
    let (holder, inner) = (place(), place());
    inner.remove();
    let root = holder.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
    let page = Page::begin_at(inner.clone());
    root.append_child(&inner).unwrap();
    until("the buttons", || page.widget_works()).await;
    holder.remove();
    until("silence", || open_sockets() == 0).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_widget_that_goes_before_it_is_signed_in_never_comes() {
    for wait in [0, 1, 5, 30] {
        let listeners = page_listeners();
        serve();
        let page = Page::begin_at(place());
        if wait > 0 {
            sleep(Duration::from_millis(wait)).await;
        }
        page.widget.destroy();
        sleep(Duration::from_millis(200)).await;
        nothing_is_left(&page, listeners).await;
        page.end().await;
    }
}
