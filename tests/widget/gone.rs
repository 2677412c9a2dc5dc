//! Pages and widgets that go while something is under way: what they asked for is undone, and what they were in is over.

use crate::page::{Page, live, place, serve, serve_calls_after};
use core::time::Duration;
use js_sys::Reflect;
use kit_browser::fake::{
    live_tracks, open_peers, open_sockets, restore, running_timers, seen_requests, until,
};
use messenger_calls::platform::js::{get_text, window};
use messenger_calls::platform::storage;
use messenger_calls::platform::timer::sleep;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

/// How long a slow server takes.
const SLOW: Duration = Duration::from_millis(400);

fn page_goes() {
    window().dispatch_event(&Event::new("pagehide").unwrap()).unwrap();
}

/// The last request at a path: its body, and whether it outlives the page.
fn request(path: &str) -> (String, bool) {
    let at =
        |request: &wasm_bindgen::JsValue| get_text(request, "url").is_some_and(|url| url.ends_with(path));
    let request = seen_requests().iter().rfind(at).unwrap();
    let keepalive = Reflect::get(&request, &"keepalive".into()).unwrap().as_bool();
    (get_text(&request, "body").unwrap_or_default(), keepalive == Some(true))
}

/// What stands in our windows.
fn text() -> String {
    let roots = Page::layers_anywhere().into_iter().filter_map(|layer| layer.shadow_root());
    roots.filter_map(|root| root.text_content()).collect()
}

#[wasm_bindgen_test]
async fn a_widget_that_goes_before_the_server_answered_takes_its_call_back() {
    serve_calls_after(SLOW);
    let page = Page::open_at(place()).await;
    page.call("audio");
    until("the wish", || page.asked("/api/calls/initiate") == 1).await;
    page.widget.destroy();
    assert_eq!((live_tracks(), open_peers(), open_sockets()), (0, 0, 0), "released at once");
    until("the call taken back", || page.asked("/api/calls/c1/end") == 1).await;
    until("the requests that are under way", || running_timers() <= 1).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_that_goes_while_it_calls_cancels_by_a_request_that_outlives_it() {
    let page = Page::open().await;
    page.call("video");
    until("the ring", || page.heard().contains(&"ringing".to_owned())).await;
    page_goes();
    assert_eq!((live_tracks(), open_peers(), open_sockets()), (0, 0, 0), "released at once");
    until("the request", || page.asked("/api/calls/c1/end") == 1).await;
    assert_eq!(request("/api/calls/c1/end"), ("{}".to_owned(), true));
    assert_eq!(page.detail("ended", "outcome").as_deref(), Some("left_by_me"));
    storage::remove("left:u1");
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_that_goes_while_it_only_rings_decides_nothing() {
    let page = Page::open().await;
    let ringing = live("c2", "callee", "ringing");
    page.server_says(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..]));
    until("the ring", || page.heard().contains(&"ringing".to_owned())).await;
    let asked = seen_requests().length();
    page_goes();
    sleep(Duration::from_millis(100)).await;
    assert_eq!(seen_requests().length(), asked, "other devices ring on");
    assert!(!text().contains("is calling you"), "nothing stale, should the page come back");
    assert_eq!(storage::read("left:u1"), None);
    page.end().await;
}

#[wasm_bindgen_test]
async fn the_page_that_takes_its_place_says_why_the_call_is_over_and_once() {
    let page = Page::open().await;
    page.call("video");
    until("the ring", || page.heard().contains(&"ringing".to_owned())).await;
    page_goes();
    until("the request", || page.asked("/api/calls/c1/end") == 1).await;
    sleep(Duration::from_millis(50)).await;
    page.end().await;
    serve();
    let next = Page::open_at(place()).await;
    until("the reason", || text().contains("closed, left or reloaded")).await;
    assert!(text().contains("Call again"), "{}", text());
    next.end().await;
    serve();
    let third = Page::open_at(place()).await;
    assert!(!text().contains("closed, left or reloaded"));
    third.end().await;
    restore();
}
