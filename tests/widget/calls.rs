//! Calls through the widget's methods and events, and what a page may do wrong.

use crate::page::{Page, call, live, options, place, serve, serve_after};
use js_sys::Reflect;
use kit_browser::fake::{live_tracks, open_peers, parse, relay_user, restore, until};
use messenger_calls::platform::js::document;
use messenger_calls::widget::mount;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_call_is_placed_rings_and_is_cancelled() {
    let page = Page::open().await;
    page.call("video");
    until("the ring", || page.heard() == ["ringing"]).await;
    for (key, value) in
        [("role", "caller"), ("call_id", "c1"), ("conversation_id", "k1"), ("call_type", "video")]
    {
        assert_eq!(page.detail("ringing", key).as_deref(), Some(value));
    }
    // The ring does not wait for the camera.
    until("microphone and camera", || live_tracks() == 2).await;
    assert_eq!(open_peers(), 1);
    page.widget.hang_up();
    assert_eq!((live_tracks(), open_peers()), (0, 0), "released at once");
    until("the end", || page.heard() == ["ringing", "ended"]).await;
    assert_eq!(page.detail("ended", "outcome").as_deref(), Some("cancelled"));
    until("the request", || page.asked("/api/calls/c1/end") == 1).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_is_asked_for_with_one_key_until_there_is_an_answer_and_with_another_after_that() {
    let page = Page::open().await;
    serve_after(2);
    page.call("audio");
    until("the ring", || page.heard() == ["ringing"]).await;
    let keys = page.keys();
    assert_eq!(keys.len(), 3, "two answers were lost");
    assert!(!keys[0].is_empty() && keys.iter().all(|key| key == &keys[0]), "it rings once: {keys:?}");
    page.widget.hang_up();
    until("the end", || page.heard() == ["ringing", "ended"]).await;
    // The server still knows the call that was just left, and is asked again until it has gone.
    page.call("audio");
    until("two more answers", || page.keys().len() > 5).await;
    let mut keys = page.keys().split_off(2);
    keys.truncate(4);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "an answer to an old question would tell of the old call for ever: {keys:?}");
    page.widget.hang_up();
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_that_comes_in_is_announced_and_can_be_declined() {
    let page = Page::open().await;
    let ringing = live("c2", "callee", "ringing");
    page.server_says(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..]));
    assert_eq!(page.heard(), ["ringing"]);
    assert_eq!(page.detail("ringing", "role").as_deref(), Some("callee"));
    assert_eq!(live_tracks(), 0, "nothing of the microphone before the answer");
    page.widget.decline();
    until("the end", || page.heard() == ["ringing", "ended"]).await;
    assert_eq!(page.detail("ended", "outcome").as_deref(), Some("declined_by_me"));
    until("the request", || page.asked("/api/calls/c2/decline") == 1).await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_that_the_caller_gives_up_stops_ringing() {
    let page = Page::open().await;
    let ringing = live("c2", "callee", "ringing");
    page.server_says(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..]));
    page.server_says(&format!(r#"{{"type":"call_ended","call":{}}}"#, call("c2", "u2", "missed")));
    assert_eq!(page.heard(), ["ringing", "ended"]);
    assert_eq!(page.detail("ended", "outcome").as_deref(), Some("missed"));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_uses_the_newest_credentials_that_the_open_socket_brought() {
    let page = Page::open().await;
    for user in ["noon", "evening"] {
        page.server_says(&format!(
            r#"{{"type":"ice_servers","ice_servers":[{{"urls":["stun:calls.test"]}},{{"urls":["turn:calls.test"],"username":"{user}","credential":"c"}}]}}"#
        ));
    }
    assert_eq!((page.heard().len(), open_peers()), (0, 0), "no reason to do anything yet");
    page.call("audio");
    until("the ring", || page.heard() == ["ringing"]).await;
    assert_eq!(relay_user().as_deref(), Some("evening"));
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_call_to_somebody_offline_ends_with_an_error_that_says_so() {
    let page = Page::open().await;
    let reply = r#"{"error":{"code":"peer_offline","message":"not there"}}"#;
    let refuse =
        kit_browser::fake::function(move |_| parse(&format!(r#"{{"status":409,"body":{reply:?}}}"#)));
    kit_browser::fake::install(&refuse, &JsValue::UNDEFINED);
    page.call("audio");
    until("the error", || page.heard() == ["ended", "error"]).await;
    assert_eq!(page.detail("error", "code").as_deref(), Some("peer_offline"));
    assert_eq!((live_tracks(), open_peers()), (0, 0));
    page.end().await;
}

#[wasm_bindgen_test]
async fn the_theme_changes_our_properties_and_no_others() {
    serve();
    let options = options();
    Reflect::set(&options, &"theme".into(), &parse(r#"{"--mc-ink":"red","color":"blue","--page":"1"}"#))
        .unwrap();
    let place = place();
    let widget = mount(place.clone().into(), &options).unwrap();
    let frame = place.first_element_child().unwrap();
    assert_eq!(frame.get_attribute("style").unwrap_or_default().trim_end_matches(';'), "--mc-ink: red");
    widget.destroy();
    place.remove();
    restore();
}

#[wasm_bindgen_test]
async fn nothing_of_ours_is_outside_of_our_shadow_root() {
    let page = Page::open().await;
    let sheets: js_sys::Array =
        Reflect::get(&document(), &"adoptedStyleSheets".into()).unwrap().unchecked_into();
    assert_eq!((sheets.length(), document().query_selector("head style").unwrap().is_some()), (0, false));
    assert_eq!(page.place.child_element_count(), 1);
    let sheets: js_sys::Array =
        Reflect::get(&page.shadow().unwrap(), &"adoptedStyleSheets".into()).unwrap().unchecked_into();
    assert_eq!(sheets.length(), 1);
    page.end().await;
}
