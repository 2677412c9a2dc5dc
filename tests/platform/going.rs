//! Pages that go: what browsers say about where to, and what the tab keeps for the next page.

use call_client::{Departure, LeftCall, Platform};
use call_core::{Party, Rejoin};
use call_protocol::{CallId, CallType, ConversationId, User, UserId};
use js_sys::{Object, Reflect};
use messenger_calls::platform::browser::Browser;
use messenger_calls::platform::departure::Navigations;
use messenger_calls::platform::js::{get_as, object, window};
use messenger_calls::platform::storage;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventTarget};

/// An event of the Navigation API, as the browser would make it.
fn navigation_says(kind: &str, properties: &Object) {
    let navigation: EventTarget = get_as(&window(), "navigation").expect("the browser has a Navigation API");
    let event = Event::new(kind).unwrap();
    for entry in Object::entries(properties) {
        let entry = js_sys::Array::from(&entry);
        let property = object([("value", entry.get(1))]);
        Reflect::define_property(&event, &entry.get(0), &property).unwrap();
    }
    navigation.dispatch_event(&event).unwrap();
}

fn navigates(how: &str, same_document: bool, download: Option<&str>) {
    navigation_says(
        "navigate",
        &object([
            ("navigationType", how.into()),
            ("destination", object([("sameDocument", same_document.into())]).into()),
            ("downloadRequest", download.map_or(JsValue::NULL, JsValue::from)),
        ]),
    );
}

fn left(navigations: &Navigations) -> Departure {
    navigations.departure(&Event::new("pagehide").unwrap())
}

#[wasm_bindgen_test]
fn a_link_is_told_from_a_page_that_is_closed_or_reloaded() {
    let page = Navigations::watch();
    assert_eq!(left(&page), Departure::Unknown, "nothing is known of a page that is closed");
    navigates("reload", false, None);
    assert_eq!(left(&page), Departure::Unknown);
    navigates("push", true, None);
    assert_eq!(left(&page), Departure::Unknown, "a place in the same page");
    navigates("push", false, Some("picture.png"));
    assert_eq!(left(&page), Departure::Unknown, "a download");
    navigates("push", false, None);
    assert_eq!(left(&page), Departure::Navigation, "another page");
    navigation_says("navigatesuccess", &Object::new());
    assert_eq!(left(&page), Departure::Unknown, "the page has shown it by itself");
}

#[wasm_bindgen_test]
fn a_page_that_the_browser_keeps_is_told_from_one_that_is_gone() {
    let kept = Event::new("pagehide").unwrap();
    Reflect::define_property(&kept, &"persisted".into(), &object([("value", true.into())])).unwrap();
    assert_eq!(Navigations::watch().departure(&kept), Departure::Cached);
}

#[wasm_bindgen_test]
fn what_the_tab_keeps_of_a_call_is_read_once_and_as_it_was() {
    let peer = User {
        id: UserId::from("u2"),
        username: "ben".to_owned(),
        display_name: "Ben".to_owned(),
        display_picture_url: None,
    };
    let party = Party {
        peer,
        conversation_id: ConversationId::from("k1"),
        call_type: CallType::Video,
        call_id: Some(CallId::from("c1")),
    };
    let rejoin = Rejoin { requested_type: CallType::Audio, connection: 65_538, muted: true, camera: false };
    for rejoin in [Some(rejoin), None] {
        let left = LeftCall { at: 1.5, party: party.clone(), seconds: Some(62), rejoin };
        Browser.keep_left_call("left:test", &left);
        assert_eq!(Browser.take_left_call("left:test"), Some(left));
        assert_eq!(Browser.take_left_call("left:test"), None);
    }
    storage::write("left:test", r#"{"at":1,"rejoin":{"connection":"many"}}"#);
    assert_eq!(Browser.take_left_call("left:test"), None);
    assert!(!Browser.is_reloaded(), "nobody has reloaded this page");
}
