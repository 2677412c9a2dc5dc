//! A chat page with the widget in it, and a server that knows Anna (who is signed in), Ben and their conversation.

use core::cell::RefCell;
use core::time::Duration;
use js_sys::Reflect;
use kit_browser::fake::{
    self, function, function2, install, parse, restore, say, seen_requests, seen_sockets, until,
};
use messenger_calls::platform::js::{document, get_text};
use messenger_calls::platform::timer::sleep;
use messenger_calls::widget::{Widget, mount};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, Element, HtmlElement, ShadowRoot};

const ANNA: &str = r#"{"id":"u1","username":"anna","display_name":"Anna"}"#;
const BEN: &str = r#"{"id":"u2","username":"ben","display_name":"Ben"}"#;
const CARLA: &str = r#"{"id":"u3","username":"carla","display_name":"Carla"}"#;
const KINDS: [&str; 5] = ["ready", "ringing", "started", "ended", "error"];

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
    messenger_calls::platform::storage::read("device:0").unwrap_or_default()
}

fn answer(request: &JsValue) -> Option<String> {
    let text = |key| get_text(request, key).unwrap_or_default();
    let path = text("url").replace("https://calls.test", "");
    Some(match path.as_str() {
        "/api/config" => r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[]}"#.into(),
        "/api/contacts" => {
            format!(
                r#"[{{"user":{BEN},"state":"accepted","conversation_id":"k1","online":true}},{{"user":{CARLA},"state":"accepted","conversation_id":"k2","online":true}}]"#
            )
        }
        "/api/calls/initiate" => {
            let headers = Reflect::get(request, &"headers".into()).unwrap_or_default();
            let asker = get_text(&headers, "x-device-id").unwrap_or_default();
            live("c1", "caller", "ringing").replace(&device(), &asker)
        }
        "/api/calls/c1/end" => call("c1", "u1", "missed"),
        "/api/calls/c2/decline" => call("c2", "u2", "declined"),
        "/api/conversations/k8/messages" => r#"{"messages":[]}"#.into(),
        _ => return None,
    })
}

/// The fake server, for one test.
pub(crate) fn serve() {
    serve_after(0);
}

/// The same on a network that loses the answers to so many requests to call first.
pub(crate) fn serve_after(lost: usize) {
    install(&answers(lost), &welcomes());
    fake::refuse_playing(false);
}

/// A server whose reply to a wish to call takes so long.
pub(crate) fn serve_calls_after(wait: Duration) {
    let answers: js_sys::Function = answers(0).unchecked_into();
    let slowly = function(move |request| {
        let reply = answers.call1(&JsValue::UNDEFINED, &request).unwrap();
        if !get_text(&request, "url").is_some_and(|url| url.ends_with("/initiate")) {
            return reply;
        }
        wasm_bindgen_futures::future_to_promise(async move {
            sleep(wait).await;
            Ok(reply)
        })
        .into()
    });
    install(&slowly, &welcomes());
    fake::refuse_playing(false);
}

/// A server that refuses every token.
pub(crate) fn serve_nobody() {
    let refuses = function2(|socket, _| {
        fake::shut(&socket, call_protocol::close_code::UNAUTHORIZED);
    });
    install(&answers(0), &refuses);
}

fn answers(lost: usize) -> JsValue {
    function(move |request| {
        let is_call =
            |request: &JsValue| get_text(request, "url").is_some_and(|url| url.ends_with("/initiate"));
        if is_call(&request) && seen_requests().iter().filter(is_call).count() <= lost {
            return JsValue::NULL;
        }
        let reply = js_sys::Object::new();
        let (status, body) = answer(&request).map_or((404, String::new()), |body| (200, body));
        Reflect::set(&reply, &"status".into(), &status.into()).unwrap();
        Reflect::set(&reply, &"body".into(), &body.into()).unwrap();
        reply.into()
    })
}

fn welcomes() -> JsValue {
    function2(|socket, frame| {
        if get_text(&frame, "type").as_deref() == Some("hello") {
            let is_ben = get_text(&frame, "token").is_some_and(|token| token.starts_with("ben"));
            let user = if is_ben { BEN } else { ANNA };
            say(
                &socket,
                &parse(&format!(r#"{{"type":"welcome","user":{user},"live_calls":[],"ended_calls":[]}}"#)),
            );
        }
    })
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
        let page = Self::begin_at(place);
        until("the buttons", || page.widget_works()).await;
        page
    }

    /// The same, without waiting for anything.
    pub(crate) fn begin_at(place: HtmlElement) -> Self {
        Self::begin_with(place, &options())
    }

    /// The same with other options.
    pub(crate) fn begin_with(place: HtmlElement, options: &JsValue) -> Self {
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
        let widget = mount(place.clone().into(), options).unwrap();
        Self { place, widget, heard, _ears: ears }
    }

    /// The page calls, and does not wait for what becomes of it.
    pub(crate) fn call(&self, call_type: &str) {
        let _promise = self.widget.call(&call_type.into());
    }

    /// The page calls and waits: the call's id, or the code and the sentence of the error.
    pub(crate) async fn place_call(&self, call_type: &str) -> Result<String, (String, String)> {
        let told = JsFuture::from(self.widget.call(&call_type.into())).await;
        let word = |error: &JsValue, key| get_text(error, key).unwrap_or_default();
        told.map(|id| id.as_string().unwrap())
            .map_err(|error| (word(&error, "code"), word(&error, "message")))
    }

    /// The server says a frame.
    pub(crate) fn server_says(&self, frame: &str) {
        let sockets = seen_sockets();
        say(&sockets.get(sockets.length() - 1), &parse(frame));
    }

    /// It rings: Ben calls Anna.
    pub(crate) fn ben_calls(&self) {
        let ringing = live("c2", "callee", "ringing");
        self.server_says(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..]));
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

    /// What the page heard of calls and errors so far.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.borrow().iter().map(|(kind, _)| kind.clone()).filter(|kind| kind != "ready").collect()
    }

    /// Whether the page heard that the buttons work.
    pub(crate) fn widget_works(&self) -> bool {
        self.heard.borrow().iter().any(|(kind, _)| kind == "ready")
    }

    /// A word of the detail of the last event of a kind.
    pub(crate) fn detail(&self, kind: &str, key: &str) -> Option<String> {
        let heard = self.heard.borrow();
        let (_, detail) = heard.iter().rev().find(|(heard, _)| heard == kind)?;
        get_text(detail, key)
    }

    /// Every place for calls in the page.
    pub(crate) fn places() -> Vec<HtmlElement> {
        let found = document().query_selector_all("section").unwrap();
        (0..found.length()).filter_map(|index| found.get(index)).map(JsCast::unchecked_into).collect()
    }

    /// What is in the layer above the page.
    pub(crate) fn layers() -> Vec<HtmlElement> {
        let anywhere = Self::layers_anywhere().into_iter();
        anywhere.filter(|layer| layer.parent_element() == document().body().map(Element::from)).collect()
    }

    /// The same, wherever in the page it has gone.
    pub(crate) fn layers_anywhere() -> Vec<HtmlElement> {
        fn look(elements: &web_sys::NodeList, found: &mut Vec<HtmlElement>) {
            for element in (0..elements.length()).filter_map(|index| elements.get(index)) {
                let element: HtmlElement = element.unchecked_into();
                match element.shadow_root() {
                    Some(root) if root.query_selector(".mc-layer").unwrap().is_some() => found.push(element),
                    Some(root) => look(&root.query_selector_all("*").unwrap(), found),
                    None => {}
                }
            }
        }
        let mut found = vec![];
        look(&document().query_selector_all("*").unwrap(), &mut found);
        found
    }

    /// Our shadow root in the page's element.
    pub(crate) fn shadow(&self) -> Option<ShadowRoot> {
        self.place.first_element_child().and_then(|frame: Element| frame.shadow_root())
    }

    /// Takes the page's element away and gives the browser its own functions back.
    pub(crate) async fn end(self) {
        self.widget.destroy();
        self.place.remove();
        // What is under way is seen through, also without a widget; it must not be asked of the next test's server.
        sleep(Duration::from_millis(100)).await;
        restore();
        // Let go of the device before the next test claims it.
        sleep(Duration::from_millis(20)).await;
    }
}
