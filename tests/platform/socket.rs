//! The socket: frames, coming back, and the close codes that mean something.

use call_client::{ConnectionStatus, SessionEnd, SessionEvent};
use call_protocol::{ClientFrame, ServerFrame, SessionDescription, SignalBody, close_code};
use core::cell::{Cell, RefCell};
use js_sys::{Array, Reflect};
use kit_browser::fake::{self, install, open_sockets, parse, restore, say, seen_sockets, shut, until};
use messenger_calls::platform::device::Device;
use messenger_calls::platform::identity::{Identity, TokenSource};
use messenger_calls::platform::socket::{self, Socket};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

const WELCOME: &str = r#"{"type":"welcome","user":{"id":"u1","username":"anna","display_name":"Anna"}}"#;

pub(crate) struct Line {
    pub(crate) socket: Socket,
    pub(crate) news: Rc<RefCell<Vec<&'static str>>>,
    asked: Rc<Cell<u32>>,
}

async fn open() -> Line {
    let welcomes = fake::function2(|socket, frame| {
        let kind = Reflect::get(&frame, &"type".into()).unwrap();
        if kind == "hello" {
            say(&socket, &parse(WELCOME));
        }
    });
    open_to(&welcomes).await
}

/// A line to a server that a test plays.
pub(crate) async fn open_to(server: &JsValue) -> Line {
    install(&JsValue::UNDEFINED, server);
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let identity = Rc::new(Identity::new(TokenSource::new(move || {
        count.set(count.get() + 1);
        async { Some("token".to_owned()) }
    })));
    identity.set_device(Device::claim().await);
    let news: Rc<RefCell<Vec<_>>> = Rc::default();
    let own = news.clone();
    let socket = Socket::open("https://calls.test", identity, move |said| {
        own.borrow_mut().push(match said {
            SessionEvent::Welcome(_) => "welcome",
            SessionEvent::Frame(_) => "frame",
            SessionEvent::Status(ConnectionStatus::Doubted) => "doubted",
            SessionEvent::Status(ConnectionStatus::Connected) => "trusted",
            SessionEvent::Status(ConnectionStatus::Connecting | ConnectionStatus::Lost) => "lost",
            SessionEvent::Status(ConnectionStatus::Over(SessionEnd::SignedOut | SessionEnd::Closed)) => {
                "signed out"
            }
            SessionEvent::Status(ConnectionStatus::Over(SessionEnd::UnknownUser)) => "unknown",
            SessionEvent::Status(ConnectionStatus::Over(SessionEnd::Replaced)) => "replaced",
            SessionEvent::Status(ConnectionStatus::Over(SessionEnd::Outdated)) => "outdated",
        });
    });
    let line = Line { socket, news, asked };
    line.hears("welcome", 1).await;
    line
}

impl Line {
    pub(crate) async fn hears(&self, word: &str, times: usize) {
        until(word, || self.news.borrow().iter().filter(|said| **said == word).count() == times).await;
    }
}

pub(crate) fn newest() -> JsValue {
    let sockets = seen_sockets();
    sockets.get(sockets.length() - 1)
}

pub(crate) fn sent(socket: &JsValue) -> Vec<String> {
    let sent: Array = Reflect::get(socket, &"sent".into()).unwrap().unchecked_into();
    sent.iter().filter_map(|text| text.as_string()).collect()
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
    let line = open().await;
    let hello = parse(&sent(&newest())[0]);
    let text = |key: &str| Reflect::get(&hello, &key.into()).unwrap().as_string().unwrap_or_default();
    assert_eq!((text("type"), text("token")), ("hello".into(), "token".into()));
    assert_eq!(text("device_id").len(), 36);
    assert!(text("device_label").ends_with("on Linux"), "{}", text("device_label"));
    let url = Reflect::get(&newest(), &"url".into()).unwrap();
    assert_eq!(url, "wss://calls.test/api/socket");
    drop(line);
    assert_eq!(open_sockets(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn a_lost_socket_comes_back_and_what_was_sent_meanwhile_is_not_kept() {
    let line = open().await;
    shut(&newest(), 1006);
    line.socket.send(&ClientFrame::MediaFlowing { call_id: "c1".into() });
    line.hears("welcome", 2).await;
    assert_eq!(*line.news.borrow(), ["welcome", "lost", "welcome"]);
    assert_eq!(sent(&newest()).len(), 1, "only the hello");
    line.socket.send(&ClientFrame::MediaFlowing { call_id: "c1".into() });
    assert_eq!(sent(&newest())[1], r#"{"type":"media_flowing","call_id":"c1"}"#);
    restore();
}

#[wasm_bindgen_test]
async fn a_network_that_came_back_is_tried_at_once_even_with_an_open_socket() {
    let line = open().await;
    web_sys::window().unwrap().dispatch_event(&Event::new("online").unwrap()).unwrap();
    line.hears("welcome", 2).await;
    assert_eq!((seen_sockets().length(), open_sockets()), (2, 1));
    restore();
}

#[wasm_bindgen_test]
async fn a_refused_token_is_replaced_once() {
    let line = open().await;
    shut(&newest(), close_code::UNAUTHORIZED);
    line.hears("welcome", 2).await;
    assert_eq!(line.asked.get(), 2);
    // A fresh token that is refused before any welcome means that the sign-in is over.
    install(&JsValue::UNDEFINED, &fake::function2(|socket, _| shut(&socket, close_code::UNAUTHORIZED)));
    line.socket.renew();
    line.hears("signed out", 1).await;
    assert_eq!(line.asked.get(), 3);
    assert_eq!(open_sockets(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn a_token_that_is_about_to_expire_is_renewed_on_the_open_socket() {
    let line = open().await;
    say(&newest(), &parse(r#"{"type":"token_expiring","seconds":60}"#));
    until("the new token", || sent(&newest()).len() == 2).await;
    assert_eq!(sent(&newest())[1], r#"{"type":"token","token":"token"}"#);
    assert_eq!((line.asked.get(), seen_sockets().length()), (2, 1));
    assert_eq!(*line.news.borrow(), ["welcome"], "nobody else hears of it");
    restore();
}

#[wasm_bindgen_test]
async fn somebody_whom_the_server_does_not_know_is_told_so_at_once() {
    let line = open().await;
    shut(&newest(), close_code::UNKNOWN_USER);
    line.hears("unknown", 1).await;
    assert_eq!((line.asked.get(), open_sockets()), (1, 0));
    restore();
}

#[wasm_bindgen_test]
async fn a_page_whose_version_is_not_served_says_so_and_does_not_come_back() {
    let line = open().await;
    let hello = parse(&sent(&newest())[0]);
    let version = Reflect::get(&hello, &"protocol".into()).unwrap().as_f64();
    assert_eq!(version, Some(f64::from(call_protocol::PROTOCOL_VERSION)), "a server cannot choose otherwise");
    shut(&newest(), close_code::UNSUPPORTED_VERSION);
    line.hears("outdated", 1).await;
    line.socket.renew();
    messenger_calls::platform::timer::sleep(core::time::Duration::from_millis(600)).await;
    assert_eq!((seen_sockets().length(), line.news.borrow().len()), (1, 2));
    restore();
}

#[wasm_bindgen_test]
async fn a_replaced_device_does_not_come_back() {
    let line = open().await;
    shut(&newest(), close_code::REPLACED);
    line.hears("replaced", 1).await;
    line.socket.renew();
    messenger_calls::platform::timer::sleep(core::time::Duration::from_millis(600)).await;
    assert_eq!((seen_sockets().length(), line.news.borrow().len()), (1, 2));
    restore();
}
