//! The way from a session to a server that somebody else plays: requests are answered and frames are heard by callbacks.
//! Nothing arrives before a moment has passed. Never decides anything: without a callback a request has no reply.

use super::{LATENCY, World};
use crate::network::{Device, Hint, HttpRequest, Network, Reply, SocketReport, WebSocket};
use crate::platform::Platform;
use call_protocol::{ClientFrame, Json, ServerFrame};
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::time::Duration;
use serde::Serialize;
use serde_json::Value;
use std::rc::{Rc, Weak};

/// What plays the server of a world.
#[derive(Default)]
pub(super) struct Wire {
    answers: RefCell<Option<Rc<Answers>>>,
    hears: RefCell<Option<Rc<Hears>>>,
    requests: RefCell<Vec<HttpRequest>>,
    sockets: RefCell<Vec<FarEnd>>,
    watches: RefCell<Vec<Weak<Watches>>>,
    asleep: Cell<Duration>,
}

type Answers = dyn Fn(&HttpRequest) -> Option<(u16, Value)>;
type Hears = dyn Fn(&FarEnd, &ClientFrame);
type Watches = dyn Fn(Hint);

/// The server's end of a socket; clones are the same one.
#[derive(Clone)]
pub struct FarEnd(Rc<End>);

struct End {
    world: World,
    url: String,
    tell: Box<dyn Fn(SocketReport)>,
    sent: RefCell<Vec<ClientFrame>>,
    open: Cell<bool>,
    /// The code by which the client closed it.
    code: Cell<Option<u16>>,
}

impl FarEnd {
    /// Where the client connected to.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// What the client sent.
    pub fn sent(&self) -> Vec<ClientFrame> {
        self.0.sent.borrow().clone()
    }

    /// Whether neither end has closed it.
    pub fn is_open(&self) -> bool {
        self.0.open.get()
    }

    /// The code by which the client closed it, if it gave one.
    pub fn code(&self) -> Option<u16> {
        self.0.code.get()
    }

    /// Sends a frame to the client.
    pub fn say(&self, frame: ServerFrame) {
        self.report(SocketReport::Frame(Some(Box::new(frame))));
    }

    /// Closes it, or loses it (1006).
    pub fn shut(&self, code: u16) {
        self.report(SocketReport::Closed(code));
    }

    fn report(&self, report: SocketReport) {
        let end = self.clone();
        // A socket takes two round trips to open.
        let wait = if matches!(report, SocketReport::Opened) { LATENCY * 4 } else { LATENCY };
        self.0.world.later(wait, move || {
            if end.is_open() {
                end.0.open.set(!matches!(report, SocketReport::Closed(_)));
                (end.0.tell)(report);
            }
        });
    }
}

/// The client's end of a socket.
pub struct MemorySocket(FarEnd);

impl WebSocket for MemorySocket {
    fn send(&self, frame: &ClientFrame) {
        let (end, frame) = (self.0.clone(), frame.clone());
        if !end.is_open() {
            return;
        }
        end.0.sent.borrow_mut().push(frame.clone());
        let world = end.0.world.clone();
        world.clone().later(LATENCY, move || {
            let hears = world.0.wire.hears.borrow().clone();
            if let Some(hears) = hears {
                hears(&end, &frame);
            }
        });
    }

    fn close(&self, code: u16) {
        if self.0.0.open.replace(false) {
            self.0.0.code.set(Some(code));
        }
    }
}

impl Drop for MemorySocket {
    fn drop(&mut self) {
        self.0.0.open.set(false);
    }
}

/// Hears of hints for as long as it lives.
pub struct MemoryWatch(#[expect(dead_code, reason = "holds the listener alive")] Rc<Watches>);

/// JSON as `serde_json` parses it.
pub struct MemoryJson(Value);

impl Json for MemoryJson {
    fn text(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn is_missing(&self) -> bool {
        self.0.is_null()
    }

    fn elements(&self) -> Option<impl Iterator<Item = Self>> {
        Some(self.0.as_array()?.iter().cloned().map(Self))
    }

    fn field(&self, name: &str) -> Self {
        Self(self.0.get(name).cloned().unwrap_or_default())
    }

    fn left_out(_type_name: &'static str) {}
}

impl World {
    /// From now on requests are answered like this: by status and body, or, without a network, not at all.
    pub fn answers(&self, answer: impl Fn(&HttpRequest) -> Option<(u16, Value)> + 'static) {
        self.0.wire.answers.replace(Some(Rc::new(answer)));
    }

    /// From now on frames are heard like this.
    pub fn hears(&self, hear: impl Fn(&FarEnd, &ClientFrame) + 'static) {
        self.0.wire.hears.replace(Some(Rc::new(hear)));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.0.wire.requests.borrow().clone()
    }

    /// Every socket so far.
    pub fn sockets(&self) -> Vec<FarEnd> {
        self.0.wire.sockets.borrow().clone()
    }

    /// Something happens around the programs of this world.
    pub fn happens(&self, hint: Hint) {
        let watches: Vec<_> = self.0.wire.watches.borrow().iter().filter_map(Weak::upgrade).collect();
        for tell in watches {
            tell(hint);
        }
    }

    /// The machine sleeps: timers stand still, the clock on the wall does not.
    pub fn sleep_through(&self, time: Duration) {
        self.0.wire.asleep.set(self.0.wire.asleep.get() + time);
    }

    /// For how long the machine has slept.
    pub(super) fn asleep(&self) -> Duration {
        self.0.wire.asleep.get()
    }
}

impl Network for World {
    type Socket = MemorySocket;
    type Json = MemoryJson;
    type Watch = MemoryWatch;

    fn open_socket(&self, url: &str, tell: impl Fn(SocketReport) + 'static) -> Option<MemorySocket> {
        let end = FarEnd(Rc::new(End {
            world: self.clone(),
            url: url.to_owned(),
            tell: Box::new(tell),
            sent: RefCell::default(),
            open: Cell::new(true),
            code: Cell::default(),
        }));
        self.0.wire.sockets.borrow_mut().push(end.clone());
        end.report(SocketReport::Opened);
        Some(MemorySocket(end))
    }

    fn fetch(&self, request: HttpRequest) -> impl Future<Output = Option<Reply<MemoryJson>>> + 'static {
        self.0.wire.requests.borrow_mut().push(request.clone());
        let (world, travel) = (self.clone(), self.sleep(LATENCY));
        async move {
            travel.await;
            let answers = world.0.wire.answers.borrow().clone();
            let (status, body) = (answers?)(&request)?;
            Some(Reply { status, body: Some(MemoryJson(body)) })
        }
    }

    fn to_json<T: Serialize>(&self, value: &T) -> Option<String> {
        serde_json::to_string(value).ok()
    }

    fn claim_device(&self) -> impl Future<Output = Device> + 'static {
        let id = call_protocol::DeviceId(self.random_id());
        async move { Device { id, page: 0, label: "a program in memory".to_owned(), claim: Box::new(()) } }
    }

    fn watch(&self, tell: impl Fn(Hint) + 'static) -> MemoryWatch {
        let tell: Rc<Watches> = Rc::new(tell);
        self.0.wire.watches.borrow_mut().push(Rc::downgrade(&tell));
        MemoryWatch(tell)
    }

    fn is_visible(&self) -> bool {
        true
    }

    fn random(&self) -> f64 {
        0.5
    }
}
