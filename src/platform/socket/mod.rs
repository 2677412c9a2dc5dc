//! The WebSocket: hello, frames, and coming back after every loss.
//! Never interprets a frame beyond reading it, and keeps nothing that was to be sent while it was down: the
//! machine sends again what matters. An open socket is believed in only as long as its server proves that it lives.
//!
//! - `frame`: frames, read · `life`: whether the other end lives

mod frame;
mod life;

pub use frame::parse;

use super::identity::{Identity, NoToken};
use super::js::{self, get_text};
use super::listener::Listener;
use super::timer::Timeout;
use call_client::{ConnectionStatus, SessionEnd, SessionEvent};
use call_protocol::{ClientFrame, Hello, PROTOCOL_VERSION, ServerFrame, close_code};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use life::{Life, Need};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CloseEvent, Event, EventTarget, VisibilityState, WebSocket};

const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// From opening to the welcome.
const WELCOME_TIME: Duration = Duration::from_secs(10);

/// A connection that comes back by itself until it is dropped.
pub struct Socket {
    inner: Rc<Inner>,
    _page: Vec<Listener>,
}

struct Inner {
    url: String,
    identity: Rc<Identity>,
    tell: Box<dyn Fn(SessionEvent)>,
    connection: RefCell<Option<Connection>>,
    retry: RefCell<Option<Timeout>>,
    /// Counts the attempts: what an overtaken one brings is ignored.
    attempt: Cell<u32>,
    wait: Cell<Duration>,
    /// The last token was refused by the server.
    refused: Cell<bool>,
    stopped: Cell<bool>,
    /// The code by which the server said that the session was ended.
    ended_by: Cell<Option<u16>>,
}

/// One WebSocket with its listeners.
struct Connection {
    // Before the socket: they go first.
    _listeners: [Listener; 3],
    _welcome_time: Timeout,
    socket: WebSocket,
    token: RefCell<String>,
    welcomed: Cell<bool>,
    life: Life,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _closed = self.socket.close();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.say_left();
        self.inner.stop();
    }
}

impl Socket {
    /// Connects to the server at this origin.
    pub fn open(server: &str, identity: Rc<Identity>, tell: impl Fn(SessionEvent) + 'static) -> Self {
        // http: -> ws:, https: -> wss:
        let url = [&server.replacen("http", "ws", 1), "/api/socket"].concat();
        let inner = Rc::new(Inner {
            url,
            identity,
            tell: Box::new(tell),
            connection: RefCell::default(),
            retry: RefCell::default(),
            attempt: Cell::default(),
            wait: Cell::new(FIRST_WAIT),
            refused: Cell::default(),
            stopped: Cell::default(),
            ended_by: Cell::default(),
        });
        inner.connect();
        let (window, document) = (js::window(), js::document());
        let when = |target: &EventTarget, kind, act: fn(&Rc<Inner>)| {
            let inner = Rc::downgrade(&inner);
            Listener::new(target, kind, move |_| with(&inner, act))
        };
        let mut page = vec![
            // The network changed: whatever is open may be dead.
            when(&window, "online", Inner::connect),
            when(&window, "offline", Inner::check),
            when(&window, "focus", Inner::check),
            when(&document, "visibilitychange", Inner::check),
            // A page that was frozen goes on.
            when(&document, "resume", Inner::check),
            // The browser may keep a page that was left, frozen, with its socket open: nobody would be behind it.
            // When the person comes back to it, the next attempt is due.
            when(&window, "pagehide", Inner::leave),
        ];
        // Where the browser tells that another network is used.
        let network = js::get_as::<EventTarget>(&window.navigator(), "connection");
        page.extend(network.map(|network| when(&network, "change", Inner::check)));
        Self { inner, _page: page }
    }

    /// Sends a frame if the socket is up.
    pub fn send(&self, frame: &ClientFrame) {
        if let Some(connection) = self.inner.connection.borrow().as_ref()
            && connection.welcomed.get()
        {
            transmit(&connection.socket, frame);
        }
    }

    /// Asks the server for a proof that it lives; connects at once if that is waited for.
    pub fn check(&self) {
        self.inner.check();
    }

    /// The code by which the server said that the session was ended, if it did.
    pub fn ended_by(&self) -> Option<u16> {
        self.inner.ended_by.get()
    }

    /// Connects anew at once, for a fresh snapshot.
    pub fn renew(&self) {
        self.inner.connect();
    }
}

fn with(inner: &Weak<Inner>, act: impl Fn(&Rc<Inner>)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl Inner {
    /// Starts an attempt that overtakes every earlier one.
    fn connect(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        self.drop_connection();
        let attempt = self.attempt.get() + 1;
        self.attempt.set(attempt);
        let inner = Rc::downgrade(self);
        let identity = self.identity.clone();
        spawn_local(async move {
            let token = identity.token().await;
            let device = identity.device().await;
            let Some(inner) = inner.upgrade().filter(|inner| inner.attempt.get() == attempt) else { return };
            let token = match token {
                Ok(token) => token,
                Err(NoToken::SignedOut) => return inner.finish(SessionEnd::SignedOut),
                Err(NoToken::NotNow) => return inner.lose(),
            };
            let Some(device) = device else { return inner.lose() };
            let hello = Hello {
                token,
                protocol: PROTOCOL_VERSION,
                device_id: device.id.clone(),
                device_label: Some(device.label.clone()),
                proofs: true,
            };
            inner.open(attempt, hello);
        });
    }

    fn open(self: &Rc<Self>, attempt: u32, hello: Hello) {
        let Ok(socket) = WebSocket::new(&self.url) else { return self.lose() };
        let guard = |act: fn(&Rc<Self>, Event)| {
            let inner = Rc::downgrade(self);
            move |event| {
                if let Some(inner) = inner.upgrade().filter(|inner| inner.attempt.get() == attempt) {
                    act(&inner, event);
                }
            }
        };
        let (token, greeting, own) = (hello.token.clone(), ClientFrame::Hello(hello), socket.clone());
        let connection = Connection {
            _listeners: [
                Listener::new(&socket, "open", move |_| transmit(&own, &greeting)),
                Listener::new(&socket, "message", guard(Self::received)),
                Listener::new(&socket, "close", guard(Self::closed)),
            ],
            _welcome_time: Timeout::new(WELCOME_TIME, {
                let inner = Rc::downgrade(self);
                move || {
                    let waiting = |inner: &Rc<Self>| inner.attempt.get() == attempt && !inner.is_welcomed();
                    if let Some(inner) = inner.upgrade().filter(waiting) {
                        inner.lose();
                    }
                }
            }),
            socket,
            token: RefCell::new(token),
            welcomed: Cell::new(false),
            life: Life::new({
                let inner = Rc::downgrade(self);
                move |need| {
                    if let Some(inner) = inner.upgrade().filter(|inner| inner.attempt.get() == attempt) {
                        inner.need(need);
                    }
                }
            }),
        };
        self.connection.replace(Some(connection));
    }

    fn received(self: &Rc<Self>, event: Event) {
        let Some(text) = get_text(&event, "data") else { return };
        let frame = parse(&text);
        let answers = match &frame {
            Some(ServerFrame::Alive { answers }) => *answers,
            Some(_) | None => None,
        };
        self.with_life(|life| life.heard(answers));
        match frame {
            Some(ServerFrame::Welcome(welcome)) => {
                if let Some(connection) = self.connection.borrow().as_ref() {
                    connection.welcomed.set(true);
                }
                if let Some(seconds) = welcome.proof_seconds {
                    self.with_life(|life| life.promised(seconds));
                }
                self.wait.set(FIRST_WAIT);
                self.refused.set(false);
                (self.tell)(SessionEvent::Welcome(Box::new(welcome)));
            }
            Some(ServerFrame::TokenExpiring { .. }) => self.renew_token(),
            Some(ServerFrame::Alive { .. }) => {}
            Some(frame) => (self.tell)(SessionEvent::Frame(Box::new(frame))),
            None => {}
        }
    }

    /// Asks the source for a newer token and gives it to the server. Without one, the server closes the socket when the
    /// old one has expired, and the next attempt asks again.
    fn renew_token(self: &Rc<Self>) {
        let attempt = self.attempt.get();
        let inner = Rc::downgrade(self);
        let identity = self.identity.clone();
        if let Some(connection) = self.connection.borrow().as_ref() {
            identity.refuse(&connection.token.borrow());
        }
        spawn_local(async move {
            let Ok(token) = identity.token().await else { return };
            let Some(inner) = inner.upgrade().filter(|inner| inner.attempt.get() == attempt) else { return };
            if let Some(connection) = inner.connection.borrow().as_ref() {
                transmit(&connection.socket, &ClientFrame::Token { token: token.clone() });
                connection.token.replace(token);
            }
        });
    }

    fn closed(self: &Rc<Self>, event: Event) {
        let code = event.dyn_ref::<CloseEvent>().map_or(0, CloseEvent::code);
        match code {
            close_code::REPLACED => self.finish(SessionEnd::Replaced),
            close_code::UNKNOWN_USER => self.finish(SessionEnd::UnknownUser),
            close_code::UNSUPPORTED_VERSION => self.finish(SessionEnd::Outdated),
            close_code::SIGNED_OUT
            | close_code::PASSWORD_CHANGED
            | close_code::TOKEN_REUSED
            | close_code::SESSION_ENDED => {
                self.ended_by.set(Some(code));
                self.finish(SessionEnd::SignedOut);
            }
            close_code::UNAUTHORIZED if self.refused.replace(true) => self.finish(SessionEnd::SignedOut),
            close_code::UNAUTHORIZED => {
                if let Some(connection) = self.connection.borrow().as_ref() {
                    self.identity.refuse(&connection.token.borrow());
                }
                self.connect();
            }
            _ => self.lose(),
        }
    }

    /// The page is closed, left, or kept by the browser for later.
    fn leave(self: &Rc<Self>) {
        self.say_left();
        self.lose();
    }

    /// Tells the server that nobody is here any more, as a browser does by itself (with 1001, which no script may use).
    fn say_left(&self) {
        let socket = self.connection.borrow().as_ref().map(|connection| connection.socket.clone());
        let _closed = socket.map(|socket| socket.close_with_code(close_code::LEFT));
    }

    /// The socket is gone: says so and tries again, later each time.
    fn lose(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        self.drop_connection();
        self.attempt.set(self.attempt.get() + 1);
        let wait = self.wait.get();
        self.wait.set((wait * 2).min(LONGEST_WAIT));
        let inner = Rc::downgrade(self);
        let retry =
            Timeout::new(wait.mul_f64(0.5 + js_sys::Math::random()), move || with(&inner, Self::connect));
        self.retry.replace(Some(retry));
        self.report(ConnectionStatus::Lost);
    }

    /// The person looks at the page again, or the network or the page is not what it was: no reason to wait any longer, and
    /// none to believe in what is open.
    fn check(self: &Rc<Self>) {
        let waiting = self.retry.borrow().is_some();
        if !waiting {
            self.with_life(Life::check);
        } else if js::document().visibility_state() == VisibilityState::Visible {
            self.connect();
        }
    }

    fn need(self: &Rc<Self>, need: Need) {
        match need {
            Need::Ask(number) => {
                if let Some(connection) = self.connection.borrow().as_ref() {
                    transmit(&connection.socket, &ClientFrame::Probe { number: Some(number) });
                }
            }
            Need::Doubt => self.report(ConnectionStatus::Doubted),
            Need::Trust => self.report(ConnectionStatus::Connected),
            Need::GiveUp => self.lose(),
        }
    }

    /// What is done with the life may end the connection.
    fn with_life(&self, act: impl FnOnce(&Life)) {
        let life = self.connection.borrow().as_ref().map(|connection| connection.life.clone());
        if let Some(life) = life {
            act(&life);
        }
    }

    fn finish(&self, end: SessionEnd) {
        self.stop();
        self.report(ConnectionStatus::Over(end));
    }

    fn report(&self, status: ConnectionStatus) {
        (self.tell)(SessionEvent::Status(status));
    }

    fn stop(&self) {
        self.stopped.set(true);
        self.attempt.set(self.attempt.get() + 1);
        self.drop_connection();
    }

    fn drop_connection(&self) {
        // Taken out first: closing and removing may call back.
        let _connection = self.connection.take();
        let _retry = self.retry.take();
    }

    fn is_welcomed(&self) -> bool {
        self.connection.borrow().as_ref().is_some_and(|connection| connection.welcomed.get())
    }
}

fn transmit(socket: &WebSocket, frame: &ClientFrame) {
    if let Some(text) = js::to_json(frame) {
        // Fails on a closing socket only, whose loss is about to be told.
        let _sent = socket.send_with_str(&text);
    }
}
