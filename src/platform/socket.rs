//! A browser's WebSocket with the frames of the protocol, and the page events that hint at the network's state.
//! Never acts on a frame and never decides to connect.

use super::js::{self, get_text};
use super::listener::Listener;
use super::wire::{from_js, unread};
use call_client::{Hint, SocketReport};
use call_protocol::{ClientFrame, ServerFrame, limits};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CloseEvent, EventTarget, WebSocket};

/// Larger than any frame of ours: a snapshot holds offers.
const MOST_BYTES: usize = 4 * limits::FRAME_BYTES;

/// A WebSocket with its listeners.
pub struct Socket {
    // Dropped before the socket.
    _listeners: [Listener; 3],
    socket: WebSocket,
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _closed = self.socket.close();
    }
}

impl Socket {
    /// Begins to open a socket.
    pub(super) fn open(url: &str, tell: Rc<dyn Fn(SocketReport)>) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let (opened, closed) = (tell.clone(), tell.clone());
        let listeners = [
            Listener::new(&socket, "open", move |_| opened(SocketReport::Opened)),
            Listener::new(&socket, "message", move |event| {
                if let Some(text) = get_text(&event, "data") {
                    tell(SocketReport::Frame(parse(&text).map(Box::new)));
                }
            }),
            Listener::new(&socket, "close", move |event| {
                closed(SocketReport::Closed(event.dyn_ref::<CloseEvent>().map_or(0, CloseEvent::code)));
            }),
        ];
        Some(Self { _listeners: listeners, socket })
    }
}

impl call_client::WebSocket for Socket {
    fn send(&self, frame: &ClientFrame) {
        if let Some(text) = js::to_json(frame) {
            // Fails on a closing socket only; its close event follows.
            let _sent = self.socket.send_with_str(&text);
        }
    }

    fn close(&self, code: u16) {
        let _closed = self.socket.close_with_code(code);
    }
}

/// Reads a frame; None if this version does not know it, or if it is no frame.
pub fn parse(text: &str) -> Option<ServerFrame> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let frame = js_sys::JSON::parse(text).ok()?;
    let read = from_js(&frame);
    if read.is_none()
        && let Some(kind) = get_text(&frame, "type")
    {
        unread(&["frame \u{201c}", &kind, "\u{201d}"].concat());
    }
    read
}

/// Listens for events after which the connection may be lost.
pub(super) fn watch(tell: Rc<dyn Fn(Hint)>) -> Vec<Listener> {
    let (window, document) = (js::window(), js::document());
    let when = |target: &EventTarget, kind, hint| {
        let tell = tell.clone();
        Listener::new(target, kind, move |_| tell(hint))
    };
    let mut page = vec![
        when(&window, "online", Hint::NetworkBack),
        when(&window, "offline", Hint::LookAgain),
        when(&window, "focus", Hint::LookAgain),
        when(&document, "visibilitychange", Hint::LookAgain),
        // The end of a freeze (Page Lifecycle).
        when(&document, "resume", Hint::LookAgain),
        // The back/forward cache may keep a page frozen with its socket open, without a person.
        when(&window, "pagehide", Hint::Left),
    ];
    // The Network Information API, where there is one.
    let network = js::get_as::<EventTarget>(&window.navigator(), "connection");
    page.extend(network.map(|network| when(&network, "change", Hint::NetworkChanged)));
    page
}
