//! A chat page with the widget in it, and a server that knows Anna (who is signed in), Ben and their conversation.

use crate::fake::{
    self, function, function2, install, open_sockets, parse, restore, say, seen_requests, seen_sockets, until,
};
use core::cell::RefCell;
use js_sys::Reflect;
use messenger_calls::shell::js::{document, get_text};
use messenger_calls::widget::{Widget, mount};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, Element, HtmlElement, ShadowRoot};

const ANNA: &str = r#"{"id":"u1","username":"anna","display_name":"Anna"}"#;
const BEN: &str = r#"{"id":"u2","username":"ben","display_name":"Ben"}"#;
const KINDS: [&str; 4] = ["ringing", "started", "ended", "error"];

/// A page with one place for calls; everything it heard is kept.
pub(crate) struct Page {
    pub(crate) place: HtmlElement,
    pub(crate) widget: Widget,
    heard: Rc<RefCell<Vec<(String, JsValue)>>>,
    _ears: Vec<Closure<dyn Fn(CustomEvent)>>,
}

/// A row of the calls table.
pub(crate) fn call(id: &str, initiator: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","conversation_id":"k1","initiator_id":"{initiator}","call_type":"video","status":"{status}","created_at":"t","updated_at":"t"}}"#
    )
}

/// A call as Anna's device sees it.
pub(crate) fn live(id: &str, role: &str, status: &str) -> String {
    let initiator = if role == "caller" { "u1" } else { "u2" };
    let seat = format!(
        r#"{{"user_id":"{initiator}","device_id":"{}"}}"#,
        if role == "caller" { device() } else { "d2".into() }
    );
    format!(
        r#"{{"call":{},"peer":{BEN},"role":"{role}","seats":[{seat}],"ring_ms_left":45000}}"#,
        call(id, initiator, status)
    )
}

fn device() -> String {
    messenger_calls::shell::storage::read("device:0").unwrap_or_default()
}

fn answer(request: &JsValue) -> String {
    let text = |key| get_text(request, key).unwrap_or_default();
    let path = text("url").replace("https://calls.test", "");
    match path.as_str() {
        "/api/config" => r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[]}"#.into(),
        "/api/contacts" => {
            format!(r#"[{{"user":{BEN},"state":"accepted","conversation_id":"k1","online":true}}]"#)
        }
        "/api/calls/initiate" => live("c1", "caller", "ringing"),
        "/api/calls/c1/end" => call("c1", "u1", "missed"),
        "/api/calls/c2/decline" => call("c2", "u2", "declined"),
        _ => panic!("nobody answers {path}"),
    }
}

/// The fake server, for one test.
pub(crate) fn serve() {
    serve_after(0);
}

/// The same on a network that loses the answers to so many requests first.
pub(crate) fn serve_after(lost: usize) {
    let answers = function(move |request| {
        if (seen_requests().length() as usize) <= lost {
            return JsValue::NULL;
        }
        let reply = js_sys::Object::new();
        Reflect::set(&reply, &"status".into(), &200.into()).unwrap();
        Reflect::set(&reply, &"body".into(), &answer(&request).into()).unwrap();
        reply.into()
    });
    let welcomes = function2(|socket, frame| {
        if get_text(&frame, "type").as_deref() == Some("hello") {
            say(
                &socket,
                &parse(&format!(r#"{{"type":"welcome","user":{ANNA},"live_calls":[],"ended_calls":[]}}"#)),
            );
        }
    });
    install(&answers, &welcomes);
    fake::refuse_playing(false);
}

/// The options of a page that talks with Ben.
pub(crate) fn options() -> js_sys::Object {
    let options: js_sys::Object =
        parse(r#"{"server":"https://calls.test","conversation":"k1"}"#).unchecked_into();
    let token = function(|_| "token".into());
    Reflect::set(&options, &"getToken".into(), &token).unwrap();
    options
}

/// An empty element in the page.
pub(crate) fn place() -> HtmlElement {
    let place: HtmlElement = document().create_element("section").unwrap().unchecked_into();
    document().body().unwrap().append_child(&place).unwrap();
    place
}

impl Page {
    /// Mounts the widget and waits until it knows whom to call.
    pub(crate) async fn open() -> Self {
        serve();
        Self::open_at(place()).await
    }

    /// The same in an element that is there already, with the server that is there already.
    pub(crate) async fn open_at(place: HtmlElement) -> Self {
        let heard: Rc<RefCell<Vec<(String, JsValue)>>> = Rc::default();
        let ears: Vec<_> = KINDS
            .map(|kind| {
                let heard = heard.clone();
                let ear = Closure::<dyn Fn(CustomEvent)>::new(move |event: CustomEvent| {
                    heard.borrow_mut().push((kind.to_owned(), event.detail()));
                });
                let name = format!("messenger-calls:{kind}");
                place.add_event_listener_with_callback(&name, ear.as_ref().unchecked_ref()).unwrap();
                ear
            })
            .into();
        let widget = mount(place.clone(), &options()).unwrap();
        let page = Self { place, widget, heard, _ears: ears };
        until("the contact", || page.widget.call("nonsense").is_err() && page.asked("/api/contacts") > 0)
            .await;
        until("a frame", || open_sockets() > 0).await;
        messenger_calls::shell::timer::sleep(core::time::Duration::from_millis(50)).await;
        page
    }

    /// The server says a frame.
    pub(crate) fn server_says(&self, frame: &str) {
        let sockets = seen_sockets();
        say(&sockets.get(sockets.length() - 1), &parse(frame));
    }

    /// How often the server was asked at a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let at = |request: &JsValue| get_text(request, "url").is_some_and(|url| url.ends_with(path));
        seen_requests().iter().filter(at).count()
    }

    /// The key of each request to call.
    pub(crate) fn keys(&self) -> Vec<String> {
        let placed =
            |request: &JsValue| get_text(request, "url").is_some_and(|url| url.ends_with("/initiate"));
        let key = |request: JsValue| {
            let headers = Reflect::get(&request, &"headers".into()).unwrap();
            get_text(&headers, "idempotency-key").unwrap_or_default()
        };
        seen_requests().iter().filter(placed).map(key).collect()
    }

    /// What the page heard so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.borrow().iter().map(|(kind, _)| kind.clone()).collect()
    }

    /// A word of the detail of the last event of a kind.
    pub(crate) fn detail(&self, kind: &str, key: &str) -> Option<String> {
        let heard = self.heard.borrow();
        let (_, detail) = heard.iter().rev().find(|(heard, _)| heard == kind)?;
        get_text(detail, key)
    }

    /// Our shadow root in the page's element.
    pub(crate) fn shadow(&self) -> Option<ShadowRoot> {
        self.place.first_element_child().and_then(|frame: Element| frame.shadow_root())
    }

    /// Takes the page's element away and gives the browser its own functions back.
    pub(crate) async fn end(self) {
        self.widget.destroy();
        self.place.remove();
        restore();
        // Let go of the device before the next test claims it.
        messenger_calls::shell::timer::sleep(core::time::Duration::from_millis(20)).await;
    }
}
