//! The session in a page: its socket, its clock, and what the page learns of its network. What a session decides is tested
//! with `call-client`.

use call_client::{ConnectionStatus, SessionEnd, SessionEvent, Subscription};
use call_protocol::{ClientFrame, ServerFrame, SessionDescription, SignalBody, close_code};
use core::cell::RefCell;
use js_sys::{Array, Reflect};
use kit_browser::fake::{
    self, function, install, open_sockets, parse, pass, replace_time, restore, restore_time, say,
    seen_sockets, shut, sleep_through, until,
};
use messenger_calls::platform::session::{Session, TokenSource, signed_in};
use messenger_calls::platform::socket;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

const CONFIG: &str = r#"{"calls_enabled":true,"ring_seconds":45,"ice_servers":[]}"#;
const WELCOME: &str = r#"{"type":"welcome","user":{"id":"u1","username":"anna","display_name":"Anna"}}"#;
const PROVING: &str =
    r#"{"type":"welcome","user":{"id":"u1","username":"anna","display_name":"Anna"},"proof_seconds":20}"#;

struct Line {
    session: Session,
    news: Rc<RefCell<Vec<&'static str>>>,
    _subscription: Subscription,
}

/// A line to a server that answers nothing but the hello.
async fn open(welcome: &'static str) -> Line {
    let welcomes = fake::function2(move |socket, frame| {
        if Reflect::get(&frame, &"type".into()).unwrap() == "hello" {
            say(&socket, &parse(welcome));
        }
    });
    let configured = function(|_| {
        let reply = parse(r#"{"status":200}"#);
        Reflect::set(&reply, &"body".into(), &CONFIG.into()).unwrap();
        reply
    });
    install(&configured, &welcomes);
    let session = signed_in("https://calls.test", TokenSource::new(|| async { Some("token".to_owned()) }));
    let news: Rc<RefCell<Vec<_>>> = Rc::default();
    let own = news.clone();
    let subscription = session.subscribe(move |said| {
        own.borrow_mut().push(match said {
            SessionEvent::Welcome(_) => "welcome",
            SessionEvent::Frame(_) => "frame",
            SessionEvent::Status(ConnectionStatus::Doubted) => "doubted",
            SessionEvent::Status(ConnectionStatus::Lost) => "lost",
            SessionEvent::Status(ConnectionStatus::Over(SessionEnd::Replaced)) => "replaced",
            SessionEvent::Status(_) => "something else",
        });
    });
    session.start();
    let line = Line { session, news, _subscription: subscription };
    line.hears("welcome", 1).await;
    line
}

impl Line {
    async fn hears(&self, word: &str, times: usize) {
        until(word, || self.news.borrow().iter().filter(|said| **said == word).count() == times).await;
    }

    fn news(&self) -> Vec<&'static str> {
        self.news.borrow().clone()
    }
}

fn newest() -> JsValue {
    let sockets = seen_sockets();
    sockets.get(sockets.length() - 1)
}

fn sent(socket: &JsValue) -> Vec<String> {
    let sent: Array = Reflect::get(socket, &"sent".into()).unwrap().unchecked_into();
    sent.iter().filter_map(|text| text.as_string()).collect()
}

fn happens(kind: &str) {
    web_sys::window().unwrap().dispatch_event(&Event::new(kind).unwrap()).unwrap();
}

#[wasm_bindgen_test]
fn frames_are_read_and_what_is_not_a_known_frame_is_ignored() {
    let presence = r#"{"type":"presence","user_id":"u2","online":true,"mood":"tea"}"#;
    assert!(matches!(socket::parse(presence), Some(ServerFrame::Presence { online: true, .. })));
    assert!(
        matches!(socket::parse(WELCOME), Some(ServerFrame::Welcome(welcome)) if welcome.live_calls.is_empty())
    );
    let servers =
        r#"{"type":"ice_servers","ice_servers":[{"urls":["turn:a"],"username":"u","credential":"c"}]}"#;
    let Some(ServerFrame::IceServers { ice_servers }) = socket::parse(servers) else { panic!("relays") };
    assert_eq!(ice_servers[0].username.as_deref(), Some("u"));
    let signal = r#"{"type":"signal","call_id":"c1","sender_id":"u2","signal_data":{"type":"offer","data":{"type":"offer","sdp":"v=0"},"generation":1,"seq":2}}"#;
    let Some(ServerFrame::Signal { signal_data, .. }) = socket::parse(signal) else { panic!("a signal") };
    let offer = SignalBody::Offer(SessionDescription { sdp: "v=0".to_owned() });
    assert_eq!((signal_data.seq, signal_data.body), (Some(2), offer));
    let long = format!(r#"{{"type":"presence","user_id":"{}","online":true}}"#, "x".repeat(300_000));
    for bad in ["", "{", "[]", "null", r#"{"type":"teapot"}"#, r#"{"type":"presence"}"#, &long] {
        assert_eq!(socket::parse(bad), None, "{:.40}", bad);
    }
}

#[wasm_bindgen_test]
async fn the_first_frame_says_who_connects() {
    let line = open(WELCOME).await;
    let hello = parse(&sent(&newest())[0]);
    let text = |key: &str| Reflect::get(&hello, &key.into()).unwrap().as_string().unwrap_or_default();
    assert_eq!((text("type"), text("token")), ("hello".into(), "token".into()));
    assert_eq!(text("device_id").len(), 36);
    assert!(text("device_label").ends_with("on Linux"), "{}", text("device_label"));
    let version = Reflect::get(&hello, &"protocol".into()).unwrap().as_f64();
    assert_eq!(version, Some(f64::from(call_protocol::PROTOCOL_VERSION)), "a server cannot choose otherwise");
    let url = Reflect::get(&newest(), &"url".into()).unwrap();
    assert_eq!(url, "wss://calls.test/api/socket");
    drop(line);
    assert_eq!(open_sockets(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn a_lost_socket_comes_back_and_sends_frames_as_the_protocol_writes_them() {
    let line = open(WELCOME).await;
    shut(&newest(), 1006);
    line.hears("welcome", 2).await;
    assert_eq!(line.news(), ["welcome", "lost", "welcome"]);
    line.session.send(&ClientFrame::MediaFlowing { call_id: "c1".into() });
    assert_eq!(sent(&newest())[1], r#"{"type":"media_flowing","call_id":"c1"}"#);
    restore();
}

#[wasm_bindgen_test]
async fn a_network_that_came_back_is_tried_at_once_even_with_an_open_socket() {
    let line = open(WELCOME).await;
    happens("online");
    line.hears("welcome", 2).await;
    assert_eq!((seen_sockets().length(), open_sockets()), (2, 1));
    restore();
}

#[wasm_bindgen_test]
async fn the_code_of_a_closed_socket_is_heard() {
    let line = open(WELCOME).await;
    shut(&newest(), close_code::REPLACED);
    line.hears("replaced", 1).await;
    assert_eq!((seen_sockets().length(), open_sockets()), (1, 0));
    restore();
}

#[wasm_bindgen_test]
async fn a_page_that_is_looked_at_again_or_changes_its_network_asks_at_once_and_gives_up_within_five_seconds()
{
    for hint in ["focus", "offline"] {
        replace_time();
        let line = open_in_time().await;
        happens(hint);
        assert_eq!(sent(&newest()).last().map(String::as_str), Some(r#"{"type":"probe","number":1}"#));
        pass(5.0).await;
        assert_eq!(line.news(), ["welcome", "doubted", "lost", "welcome"], "{hint}");
        drop(line);
        restore_time();
        restore();
    }
}

#[wasm_bindgen_test]
async fn a_page_that_was_asleep_asks_at_once() {
    replace_time();
    let line = open_in_time().await;
    sleep_through(3_600_000.0);
    pass(5.0).await;
    assert_eq!(line.news(), ["welcome", "doubted"], "nothing was heard for an hour");
    pass(4.5).await;
    assert_eq!(line.news(), ["welcome", "doubted", "lost", "welcome"]);
    drop(line);
    restore_time();
    restore();
}

async fn open_in_time() -> Line {
    let line = open(PROVING).await;
    pass(2.0).await;
    line
}
