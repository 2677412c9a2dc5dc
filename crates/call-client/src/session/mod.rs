//! One signed-in device at one server: its credentials, its API, its socket, and who listens to the frames.
//! Never knows what a call is.
//!
//! - `socket`: connecting, again and again · `life`: whether the other end lives

mod fail_over;
mod hello;
mod life;
mod socket;
mod spare;

use crate::api::{Api, Server};
use crate::connection::{ConnectionStatus, SessionEnd, SessionEvent};
use crate::credentials::{Credentials, TokenSource};
use crate::network::{Device, Network};
use crate::platform::Signaling;
use call_core::RequestError;
use call_protocol::{
    Call, CallId, ChangeSettings, ClientConfig, ClientFrame, DeviceId, EndCall, IceServer, InitiateCall,
    LiveCall,
};
use core::cell::{Cell, OnceCell, RefCell};
use core::future::Future;
use core::time::Duration;
use socket::Socket;
use std::rc::{Rc, Weak};

const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A session; clones are the same one. It ends when the last clone is dropped, or by [`Session::close`].
pub struct Session<N: Network>(Rc<Inner<N>>);

impl<N: Network> Clone for Session<N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type Listener = dyn Fn(&SessionEvent);

struct Inner<N: Network> {
    network: N,
    credentials: Rc<Credentials<N>>,
    api: Api<N>,
    config: OnceCell<ClientConfig>,
    /// What the person's settings are to be before anybody can call.
    wish: Cell<Option<ChangeSettings>>,
    socket: RefCell<Option<Rc<Socket<N>>>>,
    started: Cell<bool>,
    status: Cell<ConnectionStatus>,
    subscribers: RefCell<Vec<Weak<Listener>>>,
}

/// Listens for as long as it lives.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription(#[expect(dead_code, reason = "holds the listener alive")] Rc<Listener>);

impl<N: Network> Session<N> {
    /// A session at the server of this origin ("https://calls.example.org"); nothing is asked before `start`.
    pub fn new(network: N, server: &str, tokens: TokenSource) -> Self {
        let credentials = Rc::new(Credentials::new(network.clone(), tokens));
        Self(Rc::new(Inner {
            api: Api::new(Server::new(network.clone(), server), credentials.clone()),
            network,
            credentials,
            config: OnceCell::new(),
            wish: Cell::default(),
            socket: RefCell::default(),
            started: Cell::default(),
            status: Cell::new(ConnectionStatus::Connecting),
            subscribers: RefCell::default(),
        }))
    }

    /// Whether the other one is a clone of this one.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
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
            let session = prepare(Rc::downgrade(&self.0), self.0.network.clone(), self.0.credentials.clone());
            self.0.network.spawn(session);
        }
    }

    /// The server's origin, without a slash at the end.
    pub fn server(&self) -> &str {
        self.0.api.server().origin()
    }

    /// REST, as this device.
    pub fn api(&self) -> &Api<N> {
        &self.0.api
    }

    /// The client's configuration; known before the first welcome.
    pub fn config(&self) -> Option<&ClientConfig> {
        self.0.config.get()
    }

    /// A token as the session itself would get it; it is not asked for twice. Nothing while there is none.
    pub async fn token(&self) -> Option<String> {
        self.0.credentials.token().await.ok()
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

    /// Says which device this is, instead of having the platform claim one; the first one stays.
    pub fn set_device(&self, device: Device) {
        self.0.credentials.set_device(device);
    }

    /// Which device this is; known before the first welcome.
    pub fn device(&self) -> Option<Rc<Device>> {
        self.0.credentials.known_device()
    }

    /// Sends a frame if the socket is up.
    pub fn send(&self, frame: &ClientFrame) {
        let socket = self.0.socket.borrow().clone();
        if let Some(socket) = socket {
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

impl<N: Network> Inner<N> {
    fn is_over(&self) -> bool {
        self.status.get().is_over()
    }

    fn hear(&self, event: &SessionEvent) {
        if self.is_over() {
            return; // nothing of a session that is over brings it back
        }
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
async fn prepare<N: Network>(session: Weak<Inner<N>>, network: N, credentials: Rc<Credentials<N>>) {
    if credentials.known_device().is_none() {
        credentials.set_device(network.claim_device().await);
    }
    let mut wait = FIRST_WAIT;
    let waiting = || session.upgrade().filter(|inner| !inner.is_over());
    while let Some(inner) = waiting().filter(|inner| inner.config.get().is_none()) {
        let server = inner.api.server().clone();
        drop(inner);
        let config = server.config().await;
        let Some(inner) = session.upgrade() else { return };
        match config {
            Ok(config) => {
                let _first = inner.config.set(config);
            }
            Err(_) => {
                inner.hear(&SessionEvent::Status(ConnectionStatus::Lost));
                drop(inner);
                network.sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
    while let Some(inner) = waiting()
        && let Some(change) = inner.wish.get()
    {
        // A server that refuses it will not do better later; the socket finds out why.
        if inner.api.set_settings(&change).await != Err(RequestError::Unreachable) {
            break;
        }
        inner.hear(&SessionEvent::Status(ConnectionStatus::Lost));
        drop(inner);
        network.sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    let Some(inner) = waiting() else { return };
    let socket = Socket::open(network, inner.api.server().origin(), credentials, move |event| {
        if let Some(session) = session.upgrade() {
            session.hear(&event);
        }
    });
    inner.socket.replace(Some(Rc::new(socket)));
}

impl<N: Network> Signaling for Session<N> {
    fn device(&self) -> Option<DeviceId> {
        Self::device(self).map(|device| device.id.clone())
    }

    fn page(&self) -> u32 {
        Self::device(self).map_or(0, |device| device.page)
    }

    fn default_ice_servers(&self) -> Vec<IceServer> {
        self.config().map(|config| config.ice_servers.clone()).unwrap_or_default()
    }

    fn send(&self, frame: &ClientFrame) {
        Self::send(self, frame);
    }

    fn doubt(&self) {
        let socket = self.0.socket.borrow().clone();
        if let Some(socket) = socket {
            socket.doubt();
        }
    }

    fn initiate(
        &self,
        body: InitiateCall,
        key: String,
    ) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static {
        let api = self.api().clone();
        async move { api.initiate(&body, &key).await }
    }

    fn answer(&self, call: CallId) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static {
        let api = self.api().clone();
        async move { api.answer(&call).await }
    }

    fn decline(&self, call: CallId) -> impl Future<Output = Result<Call, RequestError>> + 'static {
        let api = self.api().clone();
        async move { api.decline(&call).await }
    }

    fn end(&self, call: CallId, body: EndCall) -> impl Future<Output = Result<Call, RequestError>> + 'static {
        let api = self.api().clone();
        async move { api.end(&call, body).await }
    }
}
