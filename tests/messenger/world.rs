//! A page with the messenger in it, a server whose answers a test chooses, and eyes and hands of a person.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use js_sys::{Function, Reflect};
use kit_browser::fake::{
    function, function2, install, parse, refuse_playing, restore, say, seen_requests, seen_sockets, shut,
    until,
};
use kit_browser::screen::{self, name};
use leptos::mount::mount_to;
use messenger_calls::messenger::app;
use messenger_calls::platform::js::{self, get_text, open_promise};
use messenger_calls::platform::storage;
use messenger_calls::platform::timer::sleep;
use std::any::Any;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlButtonElement, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

pub(crate) const ANNA: &str = r#"{"id":"u1","username":"anna","display_name":"Anna"}"#;
pub(crate) const BEN: &str = r#"{"id":"u2","username":"ben","display_name":"Ben"}"#;
pub(crate) const CARLA: &str = r#"{"id":"u3","username":"carla","display_name":"Carla"}"#;

/// An answer: status and body; nothing stands for "no network".
type Answer = Option<(u16, String)>;
type Rule = (String, String, Box<dyn Fn(&str) -> Answer>);

/// Replies that the network keeps back: to what, and, in the order of their requests, each with what delivers it.
#[derive(Default)]
struct Late {
    path: Option<&'static str>,
    replies: Vec<(Function, JsValue)>,
}

/// The page and the server of one test.
pub(crate) struct World {
    place: HtmlElement,
    mounted: Option<Box<dyn Any>>,
    rules: Rc<RefCell<Vec<Rule>>>,
    late: Rc<RefCell<Late>>,
    /// Nothing gets through to the server, nor from it.
    cut: Rc<Cell<bool>>,
}

/// The reply to a sign-in.
pub(crate) fn session(token: &str) -> String {
    format!(r#"{{"user":{ANNA},"access_token":"{token}","expires_in":900,"refresh_token":"r-{token}"}}"#)
}

pub(crate) fn refusal(code: &str, message: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#)
}

pub(crate) fn contact(user: &str, state: &str, online: bool) -> String {
    let conversation = if state == "accepted" { r#","conversation_id":"k1""# } else { "" };
    format!(r#"{{"user":{user},"state":"{state}"{conversation},"online":{online}}}"#)
}

pub(crate) fn message(number: u32, sender: &str, text: &str) -> String {
    format!(
        r#"{{"id":"m{number}","conversation_id":"k1","sender_id":"{sender}","content":"{text}","message_type":"text","created_at":"2025-11-25T10:{number:02}:00Z"}}"#
    )
}

impl World {
    /// Somebody opens the page; `kept` is what the tab remembers of an earlier sign-in.
    pub(crate) async fn open(kept: Option<&str>) -> Self {
        match kept {
            Some(token) => Self::remember(token),
            None => storage::remove("account"),
        }
        storage::remove("outbox");
        let rules: Rc<RefCell<Vec<Rule>>> = Rc::default();
        let late: Rc<RefCell<Late>> = Rc::default();
        let cut = Rc::new(Cell::new(false));
        let (own, slow, no_way, no_hello) = (rules.clone(), late.clone(), cut.clone(), cut.clone());
        let answers = function(move |request| {
            let url = get_text(&request, "url").unwrap_or_default();
            let path = &url[url.find("/api").unwrap_or_default()..];
            let token = Reflect::get(&request, &"headers".into())
                .ok()
                .and_then(|headers| get_text(&headers, "authorization"))
                .unwrap_or_default();
            if no_way.get() {
                return JsValue::NULL;
            }
            let rules = own.borrow();
            let method = get_text(&request, "method").unwrap_or_default();
            let fits = |(wanted, prefix, _): &&Rule| {
                method.starts_with(wanted.as_str()) && path.starts_with(prefix.as_str())
            };
            let rule = rules.iter().rev().find(fits);
            let answer = rule.map_or_else(|| ordinary(path), |(_, _, answer)| answer(&token));
            let reply = answer.map_or(JsValue::NULL, |(status, body)| {
                let reply = js_sys::Object::new();
                Reflect::set(&reply, &"status".into(), &status.into()).unwrap();
                if !body.is_empty() {
                    Reflect::set(&reply, &"body".into(), &body.into()).unwrap();
                }
                reply.into()
            });
            let mut slow = slow.borrow_mut();
            if slow.path != Some(path) {
                return reply;
            }
            let (promise, deliver) = open_promise();
            slow.replies.push((deliver, reply));
            promise.into()
        });
        let welcomes = function2(move |socket, frame| {
            if get_text(&frame, "type").as_deref() == Some("hello") && !no_hello.get() {
                let welcome =
                    format!(r#"{{"type":"welcome","user":{ANNA},"live_calls":[],"ended_calls":[]}}"#);
                say(&socket, &parse(&welcome));
            }
        });
        install(&answers, &welcomes);
        refuse_playing(false);

        let mut world = Self { place: screen::place(), mounted: None, rules, late, cut };
        world.load();
        sleep(Duration::from_millis(50)).await;
        world
    }

    /// The tab was signed in before it was loaded.
    pub(crate) fn remember(token: &str) {
        storage::write("account", &session(token));
    }

    /// From now on nothing gets through to the server, nor from it.
    pub(crate) fn cut_off(&self) {
        self.cut.set(true);
    }

    /// Loads the page, anew if it was there.
    pub(crate) fn load(&mut self) {
        self.mounted.take();
        self.mounted = Some(Box::new(mount_to(self.place.clone(), app)));
    }

    /// From now on the server answers requests below a path like this; the token is given to choose by.
    pub(crate) fn answers(&self, path: &str, answer: impl Fn(&str) -> Answer + 'static) {
        self.answers_to("", path, answer);
    }

    /// The same, for one method only.
    pub(crate) fn answers_to(&self, method: &str, path: &str, answer: impl Fn(&str) -> Answer + 'static) {
        self.rules.borrow_mut().push((method.to_owned(), path.to_owned(), Box::new(answer)));
    }

    /// The network is gone, and the page knows.
    pub(crate) async fn loses_the_network(&self) {
        self.cut.set(true);
        let sockets = seen_sockets();
        shut(&sockets.get(sockets.length() - 1), 1006);
        self.sees("Not connected").await;
    }

    /// It is back.
    pub(crate) async fn finds_the_network(&self) {
        self.cut.set(false);
        js::window().dispatch_event(&Event::new("online").unwrap()).unwrap();
        self.is_back().await;
    }

    /// The page is connected again.
    pub(crate) async fn is_back(&self) {
        until("the connection", || !self.text().contains("Not connected")).await;
    }

    /// From now on the server answers requests at this path at once, but its replies wait in the network.
    pub(crate) fn keeps_back(&self, path: &'static str) {
        self.late.replace(Late { path: Some(path), replies: Vec::new() });
    }

    /// The reply to one of the requests that wait arrives; the first is 0.
    pub(crate) async fn delivers(&self, request: usize) {
        until("the request", || self.late.borrow().replies.len() > request).await;
        let (deliver, reply) = self.late.borrow().replies[request].clone();
        deliver.call1(&JsValue::NULL, &reply).unwrap();
        sleep(Duration::from_millis(30)).await;
    }

    /// What was sent with this method to a path that ends like this: each time its key and its body.
    pub(crate) fn sent(&self, method: &str, path: &str) -> Vec<(String, String)> {
        let requests = seen_requests();
        let sent = requests.iter().filter(|request| {
            get_text(request, "method").as_deref() == Some(method)
                && get_text(request, "url").is_some_and(|url| url.ends_with(path))
        });
        let part = |request: &JsValue, name| get_text(request, name).unwrap_or_default();
        sent.map(|request| {
            let headers = Reflect::get(&request, &"headers".into()).unwrap();
            (part(&headers, "idempotency-key"), part(&request, "body"))
        })
        .collect()
    }

    /// The server says a frame.
    pub(crate) async fn server_says(&self, frame: &str) {
        self.says(frame);
        sleep(Duration::from_millis(30)).await;
    }

    /// The same, in one go with what is said next.
    pub(crate) fn says(&self, frame: &str) {
        let sockets = seen_sockets();
        say(&sockets.get(sockets.length() - 1), &parse(frame));
    }

    /// How often the server was asked at a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        seen_requests()
            .iter()
            .filter(|request| get_text(request, "url").is_some_and(|url| url.ends_with(path)))
            .count()
    }

    pub(crate) async fn signed_in(&self) {
        self.sees("Online").await;
        until("the contacts", || !self.text().contains("Loading")).await;
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        screen::all_within(&self.place, selector)
    }

    pub(crate) fn text(&self) -> String {
        screen::text_within(&self.place)
    }

    pub(crate) async fn sees(&self, text: &str) {
        until(&format!("{text:?} in {:?}", self.text()), || self.text().contains(text)).await;
    }

    pub(crate) fn button(&self, named: &str) -> HtmlButtonElement {
        let found = self.all("button").into_iter().find(|button| name(button) == named);
        found.unwrap_or_else(|| panic!("no button {named} in {:?}", self.text())).unchecked_into()
    }

    /// Presses a button as soon as it can be pressed.
    pub(crate) async fn click(&self, named: &str) {
        let guarded = || self.button(named).closest("[data-fresh]").unwrap().is_some();
        until(&format!("{named:?} can be pressed"), || !guarded()).await;
        self.button(named).click();
        sleep(Duration::from_millis(30)).await;
    }

    /// Types into the field with this name or label.
    pub(crate) async fn fill(&self, field: &str, text: &str) {
        let field = self.all(&format!("[name={field:?}], [aria-label={field:?}]")).remove(0);
        match field.dyn_ref::<HtmlTextAreaElement>() {
            Some(area) => area.set_value(text),
            None => field.unchecked_ref::<HtmlInputElement>().set_value(text),
        }
        let event = Event::new("input").unwrap();
        field.dispatch_event(&event).unwrap();
        sleep(Duration::from_millis(20)).await;
    }

    /// Closes the page and gives the browser its own functions back.
    pub(crate) async fn end(mut self) {
        self.mounted.take();
        self.place.remove();
        sleep(Duration::from_millis(50)).await;
        restore();
    }
}

/// What the server answers unless a test says otherwise: Ben is a friend and online, Carla asks.
fn ordinary(path: &str) -> Answer {
    let body = match path {
        "/api/config" => r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[],"demo":true}"#.into(),
        "/api/auth/login" | "/api/auth/register" => session("fresh"),
        "/api/auth/refresh" => session("refreshed"),
        "/api/auth/logout" => String::new(),
        "/api/contacts" => {
            format!("[{},{}]", contact(BEN, "accepted", true), contact(CARLA, "incoming", false))
        }
        "/api/contacts/u3/accept" => contact(CARLA, "accepted", false),
        "/api/conversations/k1/messages" => {
            format!(r#"{{"messages":[{}]}}"#, message(1, "u2", "hello"))
        }
        "/api/blocks" => "[]".into(),
        "/api/settings" => r#"{"silence_unknown_callers":false}"#.into(),
        "/api/calls/history" => r#"{"calls":[]}"#.into(),
        _ => panic!("nobody answers {path}"),
    };
    Some((200, body))
}
