//! Whether there is still a server at the other end of an open socket. Browsers show no pings to programs, so the server says
//! it in frames; it is asked when it was silent for too long, and when something happened that may have cost the connection.
//! Never touches the socket: it tells what is to be done. Expects nothing of a server that promised nothing.

use crate::network::Network;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};

/// An answer takes less than this; after that, the person is told that it is not sure.
const USUAL: Duration = Duration::from_secs(1);
/// From then on it is given up: a reply that takes four seconds is of no use to a call either.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often it is looked whether the machine slept: timers stand still meanwhile, the clock on the wall does not.
const LOOK: Duration = Duration::from_secs(5);
/// A look that is this much too late was slept through, or throttled; in milliseconds.
const LATE: f64 = 5_000.0;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Send a probe with this number.
    Ask(u32),
    /// Say that it is not sure any more.
    Doubt,
    /// Say that it is sure again.
    Trust,
    /// Connect anew.
    GiveUp,
}

/// The life of one connection; clones are the same one. All timers end with the last of them.
pub(super) struct Life<N: Network>(Rc<Inner<N>>);

impl<N: Network> Clone for Life<N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Inner<N: Network> {
    network: N,
    tell: Box<dyn Fn(Need)>,
    /// What the server promised, in milliseconds; nothing before the welcome, and from older servers.
    promise: Cell<Option<f64>>,
    /// When anything was heard last, by the clock on the wall.
    heard: Cell<f64>,
    /// When the last probe was answered.
    answered: Cell<f64>,
    /// The probes so far, and whether the last one waits for its answer.
    probes: Cell<u32>,
    asking: Cell<bool>,
    doubted: Cell<bool>,
    /// What comes next if nothing is heard.
    next: RefCell<Option<N::Timer>>,
    look: RefCell<Option<N::Timer>>,
}

impl<N: Network> Life<N> {
    pub(super) fn new(network: N, tell: impl Fn(Need) + 'static) -> Self {
        let now = network.wall_clock();
        Self(Rc::new(Inner {
            network,
            tell: Box::new(tell),
            promise: Cell::default(),
            heard: Cell::new(now),
            answered: Cell::new(now),
            probes: Cell::default(),
            asking: Cell::default(),
            doubted: Cell::default(),
            next: RefCell::default(),
            look: RefCell::default(),
        }))
    }

    /// The server promised to be heard of this often.
    pub(super) fn promised(&self, seconds: u32) {
        self.0.promise.set(Some(f64::from(seconds.max(1)) * 1000.0));
        self.0.look_later();
        self.heard(None);
    }

    /// A frame came; an answer names its probe.
    pub(super) fn heard(&self, answers: Option<u32>) {
        self.0.hear(answers);
    }

    /// The connection may be dead: asks at once, however short a time ago that was done.
    pub(super) fn ask_now(&self) {
        self.0.ask();
    }

    /// Whether a question waits for its answer.
    pub(super) fn is_asking(&self) -> bool {
        self.0.asking.get()
    }

    /// Something happened that may have cost the connection.
    pub(super) fn check(&self) {
        let rest = millis(USUAL) - (self.0.network.wall_clock() - self.0.answered.get()).abs();
        if rest <= 0.0 {
            self.0.ask();
        } else if self.0.promise.get().is_some() && !self.0.asking.get() {
            // Not one question for each of several reasons at once; but it may have died since the last answer.
            self.0.after(rest, Inner::ask);
        }
    }
}

fn with<N: Network>(inner: &Weak<Inner<N>>, act: impl FnOnce(&Rc<Inner<N>>)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl<N: Network> Inner<N> {
    fn hear(self: &Rc<Self>, answers: Option<u32>) {
        self.heard.set(self.network.wall_clock());
        // What was on its way, or waited in a frozen page, is older than the question.
        let waits = self.asking.get() && answers != Some(self.probes.get());
        if waits {
            return;
        }
        if self.asking.replace(false) {
            self.answered.set(self.heard.get());
        }
        // Set up here and not by the timer before it: browsers let chains of timers in hidden pages wait for a minute.
        if let Some(promise) = self.promise.get() {
            self.after(promise * 1.5, Self::ask);
        }
        if self.doubted.replace(false) {
            (self.tell)(Need::Trust);
        }
    }

    /// Looks again and again.
    fn look_later(self: &Rc<Self>) {
        let (weak, last) = (Rc::downgrade(self), self.network.wall_clock());
        let look = self.network.after(LOOK, move || {
            with(&weak, |inner| {
                inner.look_later();
                inner.look(inner.network.wall_clock() - last);
            });
        });
        // The one before may be the one that fires.
        let _before = self.look.replace(Some(look));
    }

    fn look(self: &Rc<Self>, passed: f64) {
        let Some(promise) = self.promise.get() else { return };
        // Hidden pages look once a minute, and are not asleep.
        let slept = passed > millis(LOOK) + LATE && self.network.is_visible();
        if slept || self.silence() > promise * 1.5 {
            self.ask();
        }
    }

    fn ask(self: &Rc<Self>) {
        let Some(promise) = self.promise.get() else { return };
        if self.asking.replace(true) {
            return;
        }
        self.probes.set(self.probes.get().wrapping_add(1));
        let give_up = |inner: &Rc<Self>| (inner.tell)(Need::GiveUp);
        if self.silence() > promise * 1.25 {
            self.after(millis(PATIENCE), give_up);
            self.doubt();
        } else {
            self.after(millis(USUAL), move |inner| {
                inner.after(millis(PATIENCE - USUAL), give_up);
                inner.doubt();
            });
        }
        (self.tell)(Need::Ask(self.probes.get()));
    }

    fn doubt(&self) {
        if !self.doubted.replace(true) {
            (self.tell)(Need::Doubt);
        }
    }

    /// How long nothing was heard, in milliseconds; a clock that was set back knows nothing.
    fn silence(&self) -> f64 {
        self.network.wall_clock() - self.heard.get()
    }

    fn after(self: &Rc<Self>, wait: f64, act: impl FnOnce(&Rc<Self>) + 'static) {
        let weak = Rc::downgrade(self);
        let wait = Duration::from_millis(wait as u64);
        let timer = self.network.after(wait, move || with(&weak, act));
        // The one before may be the one that fires.
        let _before = self.next.replace(Some(timer));
    }
}

fn millis(span: Duration) -> f64 {
    span.as_millis() as f64
}
