//! The socket: hello, frames, and coming back after every loss.
//! Never interprets a frame beyond what concerns the socket, and keeps nothing that was to be sent while it was down: the
//! machine sends again what matters. An open socket is believed in only as long as its server proves that it lives.

use super::hello::hello;
use super::life::{Life, Need};
use super::spare::Spare;
use crate::connection::{ConnectionStatus, SessionEnd, SessionEvent};
use crate::credentials::{Credentials, NoToken};
use crate::network::{Hint, Network, SocketReport, WebSocket};
use call_protocol::{ClientFrame, Hello, ServerFrame, close_code};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};

const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// From opening to the welcome.
const WELCOME_TIME: Duration = Duration::from_secs(10);

/// A connection that comes back by itself until it is dropped.
pub(super) struct Socket<N: Network> {
    inner: Rc<Inner<N>>,
    _watch: N::Watch,
}

pub(super) struct Inner<N: Network> {
    pub(super) network: N,
    pub(super) url: String,
    pub(super) credentials: Rc<Credentials<N>>,
    tell: Box<dyn Fn(SessionEvent)>,
    connection: RefCell<Option<Connection<N>>>,
    /// Another one, which is opened beside it.
    pub(super) spare: RefCell<Option<Spare<N>>>,
    retry: RefCell<Option<N::Timer>>,
    /// The attempt that counts: what an overtaken one brings is ignored.
    pub(super) attempt: Cell<u32>,
    /// Numbers the attempts.
    pub(super) numbers: Cell<u32>,
    wait: Cell<Duration>,
    /// The last token was refused by the server.
    refused: Cell<bool>,
    stopped: Cell<bool>,
    /// The code by which the server said that the session was ended.
    ended_by: Cell<Option<u16>>,
}

/// One socket.
struct Connection<N: Network> {
    socket: Rc<N::Socket>,
    hello: ClientFrame,
    token: RefCell<String>,
    welcomed: Cell<bool>,
    life: Life<N>,
    _welcome_time: N::Timer,
}

impl<N: Network> Drop for Socket<N> {
    fn drop(&mut self) {
        self.inner.say_left();
        self.inner.stop();
    }
}

impl<N: Network> Socket<N> {
    /// Connects to the server at this origin.
    pub(super) fn open(
        network: N,
        server: &str,
        credentials: Rc<Credentials<N>>,
        tell: impl Fn(SessionEvent) + 'static,
    ) -> Self {
        // http: -> ws:, https: -> wss:
        let url = [&server.replacen("http", "ws", 1), "/api/socket"].concat();
        let inner = Rc::new(Inner {
            network,
            url,
            credentials,
            tell: Box::new(tell),
            connection: RefCell::default(),
            spare: RefCell::default(),
            retry: RefCell::default(),
            attempt: Cell::default(),
            numbers: Cell::default(),
            wait: Cell::new(FIRST_WAIT),
            refused: Cell::default(),
            stopped: Cell::default(),
            ended_by: Cell::default(),
        });
        inner.connect();
        let weak = Rc::downgrade(&inner);
        let watch = inner.network.watch(move |hint| {
            with(&weak, |inner| match hint {
                Hint::NetworkBack => inner.connect(),
                // What is on its way may have left by a network that is gone.
                Hint::NetworkChanged if !inner.is_welcomed() => inner.connect(),
                Hint::NetworkChanged => inner.fail_over(),
                Hint::LookAgain => inner.check(),
                Hint::Left => inner.leave(),
            });
        });
        Self { inner, _watch: watch }
    }

    /// Sends a frame if the socket is up.
    pub(super) fn send(&self, frame: &ClientFrame) {
        if self.inner.is_welcomed() {
            self.inner.transmit(frame);
        }
    }

    /// Asks the server for a proof that it lives; connects at once if that is waited for.
    pub(super) fn check(&self) {
        self.inner.check();
    }

    /// The network may be gone.
    pub(super) fn doubt(&self) {
        self.inner.fail_over();
    }

    /// The code by which the server said that the session was ended, if it did.
    pub(super) fn ended_by(&self) -> Option<u16> {
        self.inner.ended_by.get()
    }

    /// Connects anew at once, for a fresh snapshot.
    pub(super) fn renew(&self) {
        self.inner.connect();
    }
}

pub(super) fn with<N: Network>(inner: &Weak<Inner<N>>, act: impl FnOnce(&Rc<Inner<N>>)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl<N: Network> Inner<N> {
    /// Starts an attempt that overtakes every earlier one.
    fn connect(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        self.drop_connection();
        let attempt = self.next_number();
        self.attempt.set(attempt);
        let (weak, hello) = (Rc::downgrade(self), hello(self.credentials.clone()));
        self.network.spawn(async move {
            let hello = hello.await;
            of_attempt(&weak, attempt, |inner| match hello {
                Ok(hello) => inner.open(hello),
                Err(NoToken::SignedOut) => inner.finish(SessionEnd::SignedOut),
                Err(NoToken::NotNow) => inner.lose(),
            });
        });
    }

    fn open(self: &Rc<Self>, hello: Hello) {
        let attempt = self.attempt.get();
        let reports = Rc::downgrade(self);
        let socket = self.network.open_socket(&self.url, move |report| {
            of_attempt(&reports, attempt, |inner| inner.hear(report));
        });
        let Some(socket) = socket else { return self.lose() };
        let connection = self.connection(attempt, Rc::new(socket), hello);
        self.connection.replace(Some(connection));
    }

    /// A socket that has just been opened takes the place of the one in use, whatever becomes of that.
    pub(super) fn replace_connection(self: &Rc<Self>, attempt: u32, socket: Rc<N::Socket>, hello: Hello) {
        self.drop_connection();
        self.attempt.set(attempt);
        let connection = self.connection(attempt, socket, hello);
        self.connection.replace(Some(connection));
        self.hear(SocketReport::Opened);
    }

    fn connection(self: &Rc<Self>, attempt: u32, socket: Rc<N::Socket>, hello: Hello) -> Connection<N> {
        let (needs, welcome) = (Rc::downgrade(self), Rc::downgrade(self));
        Connection {
            socket,
            token: RefCell::new(hello.token.clone()),
            hello: ClientFrame::Hello(hello),
            welcomed: Cell::new(false),
            life: Life::new(self.network.clone(), move |need| {
                of_attempt(&needs, attempt, |inner| inner.need(need));
            }),
            _welcome_time: self.network.after(WELCOME_TIME, move || {
                of_attempt(&welcome, attempt, |inner| {
                    if !inner.is_welcomed() {
                        inner.lose();
                    }
                });
            }),
        }
    }

    /// Whether the server has been asked for a proof that it lives, and has not answered yet.
    pub(super) fn is_asking(&self) -> bool {
        self.connection.borrow().as_ref().is_some_and(|connection| connection.life.is_asking())
    }

    pub(super) fn hear(self: &Rc<Self>, report: SocketReport) {
        match report {
            SocketReport::Opened => {
                let hello = self.connection.borrow().as_ref().map(|connection| connection.hello.clone());
                if let Some(hello) = hello {
                    self.transmit(&hello);
                }
            }
            SocketReport::Frame(frame) => self.receive(frame),
            SocketReport::Closed(code) => self.closed(code),
        }
    }

    fn receive(self: &Rc<Self>, frame: Option<Box<ServerFrame>>) {
        let answers = match frame.as_deref() {
            Some(ServerFrame::Alive { answers }) => *answers,
            Some(_) | None => None,
        };
        self.with_life(|life| life.heard(answers));
        self.spare_is_unneeded();
        let Some(frame) = frame else { return };
        match *frame {
            ServerFrame::Welcome(welcome) => {
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
            ServerFrame::TokenExpiring { .. } => self.renew_token(),
            ServerFrame::Alive { .. } => {}
            ServerFrame::CallRinging(_)
            | ServerFrame::CallAnswered(_)
            | ServerFrame::CallDeclined { .. }
            | ServerFrame::CallEnded { .. }
            | ServerFrame::Signal { .. }
            | ServerFrame::DeviceRinging { .. }
            | ServerFrame::Presence { .. }
            | ServerFrame::Message { .. }
            | ServerFrame::Contact { .. }
            | ServerFrame::ContactRemoved { .. }
            | ServerFrame::IceServers { .. }
            | ServerFrame::Error { .. } => (self.tell)(SessionEvent::Frame(frame)),
        }
    }

    /// Asks the source for a newer token and gives it to the server. Without one, the server closes the socket when the
    /// old one has expired, and the next attempt asks again.
    fn renew_token(self: &Rc<Self>) {
        let (attempt, weak) = (self.attempt.get(), Rc::downgrade(self));
        let credentials = self.credentials.clone();
        self.refuse_token();
        self.network.spawn(async move {
            let Ok(token) = credentials.token().await else { return };
            of_attempt(&weak, attempt, |inner| {
                if let Some(connection) = inner.connection.borrow().as_ref() {
                    connection.token.replace(token.clone());
                }
                inner.transmit(&ClientFrame::Token { token });
            });
        });
    }

    fn closed(self: &Rc<Self>, code: u16) {
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
                self.refuse_token();
                self.connect();
            }
            _ => self.lose(),
        }
    }

    /// Nobody is here any more; when they come back, the next attempt is due.
    fn leave(self: &Rc<Self>) {
        self.say_left();
        self.lose();
    }

    /// Tells the server that nobody is here any more, as a browser does by itself (with 1001, which no script may use).
    fn say_left(&self) {
        if let Some(socket) = self.socket() {
            socket.close(close_code::LEFT);
        }
    }

    /// The socket is gone: says so and tries again, later each time.
    fn lose(self: &Rc<Self>) {
        if self.stopped.get() {
            return;
        }
        self.drop_connection();
        self.attempt.set(self.next_number());
        let wait = self.wait.get();
        self.wait.set((wait * 2).min(LONGEST_WAIT));
        let weak = Rc::downgrade(self);
        let wait = wait.mul_f64(0.5 + self.network.random());
        let retry = self.network.after(wait, move || with(&weak, Self::connect));
        self.retry.replace(Some(retry));
        self.report(ConnectionStatus::Lost);
    }

    /// Somebody looks at the program again, or the network is not what it was: no reason to wait any longer, and none to
    /// believe in what is open.
    pub(super) fn check(self: &Rc<Self>) {
        let waiting = self.retry.borrow().is_some();
        if !waiting {
            self.with_life(Life::check);
        } else if self.network.is_visible() {
            self.connect();
        }
    }

    fn need(self: &Rc<Self>, need: Need) {
        match need {
            Need::Ask(number) => self.transmit(&ClientFrame::Probe { number: Some(number) }),
            Need::Doubt => self.report(ConnectionStatus::Doubted),
            Need::Trust => self.report(ConnectionStatus::Connected),
            Need::GiveUp => self.lose(),
        }
    }

    /// What is done with the life may end the connection.
    pub(super) fn with_life(&self, act: impl FnOnce(&Life<N>)) {
        let life = self.connection.borrow().as_ref().map(|connection| connection.life.clone());
        if let Some(life) = life {
            act(&life);
        }
    }

    /// A socket may report from inside of what it is told: nothing is borrowed meanwhile.
    fn socket(&self) -> Option<Rc<N::Socket>> {
        self.connection.borrow().as_ref().map(|connection| connection.socket.clone())
    }

    fn transmit(&self, frame: &ClientFrame) {
        if let Some(socket) = self.socket() {
            socket.send(frame);
        }
    }

    fn refuse_token(&self) {
        if let Some(connection) = self.connection.borrow().as_ref() {
            self.credentials.refuse(&connection.token.borrow());
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
        self.attempt.set(self.next_number());
        self.drop_connection();
    }

    fn drop_connection(&self) {
        // Taken out first: closing and removing may call back.
        let _connection = self.connection.take();
        let _spare = self.spare.take();
        let _retry = self.retry.take();
    }

    pub(super) fn is_welcomed(&self) -> bool {
        self.connection.borrow().as_ref().is_some_and(|connection| connection.welcomed.get())
    }
}

/// Acts unless another attempt has overtaken this one.
fn of_attempt<N: Network>(inner: &Weak<Inner<N>>, attempt: u32, act: impl FnOnce(&Rc<Inner<N>>)) {
    with(inner, |inner| {
        if inner.attempt.get() == attempt {
            act(inner);
        }
    });
}
