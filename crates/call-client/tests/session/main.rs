//! What people may expect of a session, in virtual time: it comes back, its tokens are renewed, and it says "connected" no
//! longer than it knows.
//!
//! - here: a session at a server that a test plays · `connecting`, `fail_over`, `silence`, `requests`: the claims

#![allow(clippy::unwrap_used, reason = "these are tests: what is not expected fails them")]

mod connecting;
mod fail_over;
mod requests;
mod silence;

use call_client::memory::{FarEnd, World};
use call_client::{ConnectionStatus, Session, SessionEnd, SessionEvent, Subscription, TokenSource};
use call_protocol::{ClientFrame, ServerFrame, Welcome};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use serde_json::json;
use std::rc::Rc;

/// A session at a server that a test plays.
struct Line {
    world: World,
    session: Session<World>,
    news: Rc<RefCell<Vec<&'static str>>>,
    /// How often the source was asked for a token.
    asked: Rc<Cell<u32>>,
    /// Whether the server answers probes.
    alive: Rc<Cell<bool>>,
    _subscription: Subscription,
}

fn welcome(world: &World, proof_seconds: Option<u32>) -> ServerFrame {
    ServerFrame::Welcome(Welcome {
        user: world.user("anna"),
        live_calls: Vec::new(),
        ended_calls: Vec::new(),
        ice_servers: Vec::new(),
        proof_seconds,
    })
}

fn word(event: &SessionEvent) -> &'static str {
    match event {
        SessionEvent::Welcome(_) => "welcome",
        SessionEvent::Frame(_) => "frame",
        SessionEvent::Status(status) => match status {
            ConnectionStatus::Connecting => "connecting",
            ConnectionStatus::Connected => "trusted",
            ConnectionStatus::Doubted => "doubted",
            ConnectionStatus::Lost => "lost",
            ConnectionStatus::Over(SessionEnd::Closed) => "closed",
            ConnectionStatus::Over(SessionEnd::SignedOut) => "signed out",
            ConnectionStatus::Over(SessionEnd::UnknownUser) => "unknown",
            ConnectionStatus::Over(SessionEnd::Replaced) => "replaced",
            ConnectionStatus::Over(SessionEnd::Outdated) => "outdated",
        },
    }
}

/// A source that hands out "token 1", "token 2" and so on.
fn counting() -> (Rc<Cell<u32>>, TokenSource) {
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let source = TokenSource::new(move || {
        count.set(count.get() + 1);
        let token = format!("token {}", count.get());
        async move { Some(token) }
    });
    (asked, source)
}

impl Line {
    /// Connected to a server that promises a sign of life every so often.
    fn open(proof_seconds: Option<u32>) -> Self {
        let (asked, source) = counting();
        let line = Self::start(source, asked, move |socket, frame, world, alive| match frame {
            ClientFrame::Hello(_) => {
                // The next connection is another one.
                alive.set(true);
                socket.say(welcome(world, proof_seconds));
            }
            ClientFrame::Probe { number } if alive.get() => {
                socket.say(ServerFrame::Alive { answers: *number })
            }
            ClientFrame::Probe { .. }
            | ClientFrame::Signal { .. }
            | ClientFrame::Token { .. }
            | ClientFrame::MediaFlowing { .. }
            | ClientFrame::MediaSilent { .. } => {}
        });
        line.passes(2.0);
        line.has_heard(&["welcome"]);
        line
    }

    fn start(
        source: TokenSource,
        asked: Rc<Cell<u32>>,
        hear: impl Fn(&FarEnd, &ClientFrame, &World, &Rc<Cell<bool>>) + 'static,
    ) -> Self {
        let world = World::new();
        let config = json!({ "calls_enabled": true, "ring_seconds": 45, "ice_servers": [] });
        world.answers(move |_| Some((200, config.clone())));
        let alive = Rc::new(Cell::new(true));
        let (own, path) = (world.clone(), alive.clone());
        world.hears(move |socket, frame| hear(socket, frame, &own, &path));
        let session = Session::new(world.clone(), "https://calls.test/", source);
        let news: Rc<RefCell<Vec<_>>> = Rc::default();
        let said = news.clone();
        let subscription = session.subscribe(move |event| said.borrow_mut().push(word(event)));
        session.start();
        Self { world, session, news, asked, alive, _subscription: subscription }
    }

    fn passes(&self, seconds: f64) {
        self.world.pass(Duration::from_secs_f64(seconds));
    }

    #[track_caller]
    fn has_heard(&self, news: &[&str]) {
        assert_eq!(*self.news.borrow(), news);
    }

    fn newest(&self) -> FarEnd {
        self.world.sockets().pop().expect("a socket")
    }

    fn probes(&self) -> usize {
        let is_probe = |frame: &ClientFrame| matches!(frame, ClientFrame::Probe { .. });
        self.newest().sent().iter().filter(|frame| is_probe(frame)).count()
    }

    fn open_sockets(&self) -> usize {
        self.world.sockets().iter().filter(|socket| socket.is_open()).count()
    }

    fn dies(&self) {
        self.alive.set(false);
    }
}
