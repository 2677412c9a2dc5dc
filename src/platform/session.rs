//! One signed-in device at one server: its credentials, its API, its socket, and who listens to the frames.
//! Shared by the calls and by the messenger around them, which finds here, too, what it needs of the platform: the API,
//! the sign-in and the tab's memory. Never knows what a call is.

pub use crate::platform::api::{Api, Block, config, is_there, login, logout, refresh, register};
pub use crate::platform::identity::TokenSource;
pub use crate::platform::storage;
pub use call_client::SessionEvent;

use crate::platform::device::Device;
use crate::platform::identity::Identity;
use crate::platform::socket::Socket;
use crate::platform::timer::sleep;
use call_client::{ConnectionStatus, SessionEnd};
use call_core::RequestError;
use call_protocol::{ChangeSettings, ClientConfig, ClientFrame};
use core::cell::{Cell, OnceCell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;

/// A session; clones are the same one. It ends when the last clone is dropped, or by [`Session::close`].
#[derive(Clone)]
pub struct Session(Rc<Inner>);

type Listener = dyn Fn(&SessionEvent);

struct Inner {
    server: Rc<str>,
    identity: Rc<Identity>,
    api: Api,
    config: OnceCell<ClientConfig>,
    /// What the person's settings are to be before anybody can call.
    wish: Cell<Option<ChangeSettings>>,
    socket: RefCell<Option<Rc<Socket>>>,
    started: Cell<bool>,
    status: Cell<ConnectionStatus>,
    subscribers: RefCell<Vec<Weak<Listener>>>,
}

/// Listens for as long as it lives.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription(#[expect(dead_code, reason = "holds the listener alive")] Rc<Listener>);

impl Session {
    /// A session at the server of this origin ("https://calls.example.org"); nothing is asked before `start`.
    pub fn new(server: &str, tokens: TokenSource) -> Self {
        let server: Rc<str> = server.trim_end_matches('/').into();
        let identity = Rc::new(Identity::new(tokens));
        Self(Rc::new(Inner {
            api: Api::new(&server, identity.clone()),
            server,
            identity,
            config: OnceCell::new(),
            wish: Cell::default(),
            socket: RefCell::default(),
            started: Cell::default(),
            status: Cell::new(ConnectionStatus::Connecting),
            subscribers: RefCell::default(),
        }))
    }

    /// Spares the session the question when its owner has asked already.
    #[must_use]
    pub fn with_config(self, config: ClientConfig) -> Self {
        let _first = self.0.config.set(config);
        self
    }

    /// Has the server keep these settings before it connects: it holds for the first call, too.
    pub fn wish(&self, change: ChangeSettings) {
        self.0.wish.set(Some(change));
    }

    /// Connects; when connected already, connects anew, so that late subscribers get a snapshot too.
    pub fn start(&self) {
        let socket = self.0.socket.borrow().clone();
        if let Some(socket) = socket {
            socket.renew();
        } else if !self.0.started.replace(true) {
            spawn_local(prepare(Rc::downgrade(&self.0), self.0.identity.clone(), self.0.server.clone()));
        }
    }

    /// The server's origin, without a slash at the end.
    pub fn server(&self) -> &str {
        &self.0.server
    }

    /// REST, as this device.
    pub fn api(&self) -> &Api {
        &self.0.api
    }

    /// The client's configuration; known before the first welcome.
    pub fn config(&self) -> Option<&ClientConfig> {
        self.0.config.get()
    }

    /// A token as the session itself would get it; it is not asked for twice. Nothing while there is none.
    pub async fn token(&self) -> Option<String> {
        self.0.identity.token().await.ok()
    }

    /// Whether the server hears this session.
    pub fn status(&self) -> ConnectionStatus {
        self.0.status.get()
    }

    /// The code by which the server said that the session was ended, if it did (`call_protocol::close_code`).
    pub fn ended_by(&self) -> Option<u16> {
        self.0.socket.borrow().as_ref().and_then(|socket| socket.ended_by())
    }

    /// Asks the server for a proof that it lives; the answer comes as an event.
    pub fn check(&self) {
        let socket = self.0.socket.borrow().clone();
        if let Some(socket) = socket {
            socket.check();
        }
    }

    /// Which device this is; known before the first welcome.
    pub fn device(&self) -> Option<&Device> {
        self.0.identity.known_device()
    }

    /// Sends a frame if the socket is up.
    pub fn send(&self, frame: &ClientFrame) {
        if let Some(socket) = self.0.socket.borrow().as_ref() {
            socket.send(frame);
        }
    }

    /// Hears every event from now on. Subscribing and dropping are allowed while an event is told.
    pub fn subscribe(&self, listener: impl Fn(&SessionEvent) + 'static) -> Subscription {
        let listener: Rc<Listener> = Rc::new(listener);
        self.0.subscribers.borrow_mut().push(Rc::downgrade(&listener));
        Subscription(listener)
    }

    /// Closes the socket for good; requests under way still finish.
    pub fn close(&self) {
        self.0.status.set(ConnectionStatus::Over(SessionEnd::Closed));
        let _socket = self.0.socket.take();
    }
}

impl Inner {
    fn hear(&self, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(_) => self.status.set(ConnectionStatus::Connected),
            SessionEvent::Status(status) => self.status.set(*status),
            SessionEvent::Frame(_) => {}
        }
        self.tell(event);
    }

    fn tell(&self, event: &SessionEvent) {
        let mut listeners = Vec::new();
        self.subscribers.borrow_mut().retain(|listener| {
            let listener = listener.upgrade();
            let alive = listener.is_some();
            listeners.extend(listener);
            alive
        });
        for listener in listeners {
            listener(event);
        }
    }
}

/// Finds out which device this is and how the client is configured, then connects.
async fn prepare(session: Weak<Inner>, identity: Rc<Identity>, server: Rc<str>) {
    identity.set_device(Device::claim().await);
    let mut wait = Duration::from_millis(300);
    while session.upgrade().is_some_and(|session| session.config.get().is_none()) {
        match config(&server).await {
            Ok(config) => {
                let _first = session.upgrade().map(|session| session.config.set(config));
            }
            Err(_) => {
                if let Some(session) = session.upgrade() {
                    session.hear(&SessionEvent::Status(ConnectionStatus::Lost));
                }
                sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(10));
            }
        }
    }
    while let Some(inner) = session.upgrade()
        && let Some(change) = inner.wish.get()
    {
        // A server that refuses it will not do better later; the socket finds out why.
        if inner.api.set_settings(&change).await != Err(RequestError::Unreachable) {
            break;
        }
        inner.hear(&SessionEvent::Status(ConnectionStatus::Lost));
        drop(inner);
        sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(10));
    }
    let Some(inner) = session.upgrade().filter(|inner| !inner.status.get().is_over()) else {
        return;
    };
    let socket = Socket::open(&server, identity, move |event| {
        if let Some(session) = session.upgrade() {
            session.hear(&event);
        }
    });
    inner.socket.replace(Some(Rc::new(socket)));
}
