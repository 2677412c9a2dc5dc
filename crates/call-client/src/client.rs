//! The driver: holds the machine, feeds it events one after the other, has its effects carried out, wakes it at its
//! deadlines and reports its view. A reply that arrives after the client was closed still reaches the machine, which
//! undoes what nobody waits for any more.
//! Never decides anything about a call.

use crate::connection::{ConnectionStatus, SessionEnd, SessionEvent};
use crate::milestones::{CallNews, Reported};
use crate::platform::{Departure, Emit, LeftCall, MediaEngine, Platform, Signaling};
use crate::{frames, log};
use call_core::{CallView, Event, Machine, Party, Rejoin, ReplyEvent, SocketEvent, UserEvent};
use call_protocol::{ServerFrame, UserId, Welcome};
use core::cell::{Cell, OnceCell, RefCell};
use core::future::Future;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// A running time that is shown is never further behind than this.
const TICK: Duration = Duration::from_millis(500);

/// In milliseconds; for how long a call that was left with the page before this one is remembered.
const LEFT_CALL_AGE: f64 = 120_000.0;

/// In milliseconds; what was left longer ago was left by a clock that has been set since.
const LONGEST_CALL: f64 = 86_400_000.0;

/// What a client reports to its owner.
#[derive(Clone, Debug)]
pub enum News {
    /// The view changed.
    View {
        /// What was shown so far.
        before: Box<CallView>,
        /// What is shown now.
        after: Box<CallView>,
    },
    /// Something happened to a call; reported after the view that shows it.
    Call(Box<CallNews>),
    /// The session is over, and with it what could be done with this client.
    Over(SessionEnd),
}

/// The calls of one signed-in device. Dropping it closes it.
pub struct Client<P: Platform>(Rc<Inner<P>>);

pub(crate) struct Inner<P: Platform> {
    pub(crate) platform: P,
    pub(crate) signaling: P::Signaling,
    pub(crate) engine: RefCell<Option<Rc<P::Engine>>>,
    /// What the idempotency keys of this client begin with.
    pub(crate) key: String,
    machine: RefCell<Option<Machine>>,
    me: OnceCell<UserId>,
    queue: RefCell<VecDeque<Event>>,
    working: Cell<bool>,
    closed: Cell<bool>,
    timer: RefCell<Option<P::Timer>>,
    /// What the machine wants kept for the program that takes the place of this one, which is going.
    pub(crate) rejoin: Cell<Option<Rejoin>>,
    /// What is kept in case that this program ends without a word.
    kept: Cell<Option<Rejoin>>,
    shown: RefCell<CallView>,
    reported: RefCell<Reported>,
    tell: Box<dyn Fn(News)>,
}

impl<P: Platform> Client<P> {
    /// A client without a call. The engine is made with the callback to which it reports.
    pub fn new(
        platform: P,
        signaling: P::Signaling,
        engine: impl FnOnce(Emit) -> P::Engine,
        tell: impl Fn(News) + 'static,
    ) -> Self {
        Self(Rc::new_cyclic(|weak: &Weak<Inner<P>>| {
            let events = weak.clone();
            let emit: Emit = Rc::new(move |event| with(&events, |inner| inner.dispatch_while_open(event)));
            Inner {
                key: platform.random_id(),
                platform,
                signaling,
                engine: RefCell::new(Some(Rc::new(engine(emit)))),
                machine: RefCell::default(),
                me: OnceCell::new(),
                queue: RefCell::default(),
                working: Cell::default(),
                closed: Cell::default(),
                timer: RefCell::default(),
                rejoin: Cell::default(),
                kept: Cell::default(),
                shown: RefCell::new(CallView::Idle),
                reported: RefCell::default(),
                tell: Box::new(tell),
            }
        }))
    }

    /// The person did something.
    pub fn act(&self, event: UserEvent) {
        self.0.dispatch_while_open(Event::User(event));
    }

    /// The session reported something.
    pub fn hear(&self, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(welcome) => self.welcome(welcome),
            SessionEvent::Frame(frame) => self.frame(frame),
            // A connection that is only doubted may still bring everything.
            SessionEvent::Status(
                ConnectionStatus::Connecting | ConnectionStatus::Connected | ConnectionStatus::Doubted,
            ) => {}
            SessionEvent::Status(ConnectionStatus::Lost) => self.lose(),
            SessionEvent::Status(ConnectionStatus::Over(end)) => {
                if *end == SessionEnd::Replaced {
                    // The other page knows nothing of this one's call.
                    self.act(UserEvent::Leave);
                }
                self.lose();
                (self.0.tell)(News::Over(*end));
            }
        }
    }

    fn welcome(&self, welcome: &Welcome) {
        let inner = &self.0;
        let Some(device) = inner.signaling.device() else { return };
        let first = inner.me.get().is_none();
        if let Some(engine) = self.engine() {
            // People who have signed in may be told of more servers than everybody: relays, with credentials that expire.
            if welcome.ice_servers.is_empty() {
                engine.set_ice_servers(&inner.signaling.default_ice_servers());
            } else {
                engine.set_ice_servers(&welcome.ice_servers);
            }
            if first {
                engine.watch();
            }
        }
        if first {
            let me = inner.me.get_or_init(|| welcome.user.id.clone());
            inner.machine.replace(Some(Machine::new(me.clone(), device, inner.signaling.page())));
        }
        // Before the snapshot, by which the call is taken up again.
        if first && let Some(returned) = inner.take_left_call() {
            self.act(returned);
        }
        inner.dispatch_while_open(Event::Socket(frames::snapshot(welcome)));
    }

    fn lose(&self) {
        self.0.dispatch_while_open(Event::Socket(SocketEvent::Lost));
    }

    fn frame(&self, frame: &ServerFrame) {
        if let ServerFrame::IceServers { ice_servers } = frame {
            if let Some(engine) = self.engine() {
                engine.set_ice_servers(ice_servers);
            }
        } else if let Some(event) = frames::event(frame) {
            self.0.dispatch_while_open(Event::Socket(event));
        }
    }

    /// The program ends. Where it may be started again, the next one rejoins the call; otherwise the call ends, and the next
    /// program says so.
    pub fn depart(&self, why: Departure) {
        let event = match why {
            Departure::Unknown => UserEvent::Unload,
            // A page from the back/forward cache comes back without its person having meant to stay in the call.
            Departure::Navigation | Departure::Cached => UserEvent::Leave,
        };
        let inner = &self.0;
        let busy = inner.shown.borrow().is_busy();
        self.act(event);
        let rejoin = inner.rejoin.take();
        if (busy || rejoin.is_some())
            && let CallView::Ended(ended) = &*inner.shown.borrow()
        {
            inner.keep_left_call(&ended.party, ended.seconds, rejoin);
        }
    }

    /// Timers may have stood still, as in a page that the browser had frozen.
    pub fn wake(&self) {
        self.0.dispatch_while_open(Event::Timer);
    }

    /// What is shown now.
    pub fn view(&self) -> CallView {
        self.0.shown.borrow().clone()
    }

    /// The media engine, until the client is closed.
    pub fn engine(&self) -> Option<Rc<P::Engine>> {
        self.0.engine.borrow().clone()
    }

    /// Leaves the call if need be, releases everything and reports nothing from then on, also when called from inside a
    /// report. What the server was asked and has not answered yet is undone when it answers.
    pub fn close(&self) {
        if self.0.closed.get() {
            return;
        }
        self.0.dispatch(Event::User(UserEvent::Leave));
        self.0.closed.set(true);
        self.0.dispatch(Event::User(UserEvent::Dismiss));
    }
}

impl<P: Platform> Drop for Client<P> {
    fn drop(&mut self) {
        self.close();
    }
}

fn with<P: Platform>(inner: &Weak<Inner<P>>, act: impl FnOnce(&Rc<Inner<P>>)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl<P: Platform> Inner<P> {
    fn dispatch_while_open(self: &Rc<Self>, event: Event) {
        if !self.closed.get() {
            self.dispatch(event);
        }
    }

    /// Feeds the machine. What happens while its effects are carried out waits for its turn.
    fn dispatch(self: &Rc<Self>, event: Event) {
        self.queue.borrow_mut().push_back(event);
        if self.working.replace(true) {
            return;
        }
        while let Some(event) = self.next() {
            let name = log::event(&event);
            let now = self.platform.now();
            let effects = self.with_machine(|machine| machine.handle(event, now)).unwrap_or_default();
            if let Some(line) = log::step(self.shown.borrow().party(), name, &effects) {
                self.platform.debug(&line);
            }
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.working.set(false);
        if self.closed.get() {
            self.conclude();
        } else {
            self.refresh();
        }
    }

    fn next(&self) -> Option<Event> {
        self.queue.borrow_mut().pop_front()
    }

    /// What the machine says, if it is known by now who is signed in.
    fn with_machine<T>(&self, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.machine.borrow_mut().as_mut().map(act)
    }

    /// Sets loop, voice and timer by what the machine says, and reports a view that has changed.
    fn refresh(self: &Rc<Self>) {
        let now = self.platform.now();
        let seen =
            self.with_machine(|machine| (machine.view(now), machine.next_deadline(), machine.rejoin()));
        let Some((view, deadline, kept)) = seen else { return };
        self.keep(kept, &view);
        let remote = match &view {
            CallView::InCall(call) => call.peer,
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::Ended(_) => None,
        };
        if let Some(engine) = self.engine.borrow().clone() {
            engine.set_loop(view.sound());
            engine.set_voice(remote);
        }
        let tick = matches!(view, CallView::InCall(_)).then_some(TICK);
        let wait = deadline.map(|deadline| deadline.since(now)).into_iter().chain(tick).min();
        let weak = Rc::downgrade(self);
        let alarm = |wait| {
            self.platform.after(wait, move || with(&weak, |inner| inner.dispatch_while_open(Event::Timer)))
        };
        self.timer.replace(wait.map(alarm));
        if *self.shown.borrow() != view {
            let before = self.shown.replace(view.clone());
            let news = self.reported.borrow_mut().news(&before, &view);
            (self.tell)(News::View { before: Box::new(before), after: Box::new(view) });
            if let Some(news) = news {
                (self.tell)(News::Call(Box::new(news)));
            }
        }
    }

    /// Keeps what the next program has to know, should this one end without a word, for as long as there is a call.
    fn keep(&self, rejoin: Option<Rejoin>, view: &CallView) {
        let changed = self.kept.replace(rejoin) != rejoin;
        let Some(me) = self.me.get().filter(|_| changed) else { return };
        if let (Some(_), CallView::InCall(call)) = (rejoin, view) {
            self.keep_left_call(&call.party, call.seconds, rejoin);
        } else {
            let _forgotten = self.platform.take_left_call(&name_of_left_call(me));
        }
    }

    fn keep_left_call(&self, party: &Party, seconds: Option<u32>, rejoin: Option<Rejoin>) {
        let Some(me) = self.me.get() else { return };
        let left = LeftCall { at: self.platform.wall_clock(), party: party.clone(), seconds, rejoin };
        self.platform.keep_left_call(&name_of_left_call(me), &left);
    }

    /// After closing, only the farewells are left: they are repeated until the server has heard them.
    fn conclude(self: &Rc<Self>) {
        self.timer.take();
        self.keep(None, &CallView::Idle);
        let engine = self.engine.take();
        drop(engine);
        let Some(deadline) = self.with_machine(|machine| machine.next_deadline()).flatten() else { return };
        let sleep = self.platform.sleep(deadline.since(self.platform.now()));
        let inner = self.clone();
        self.platform.spawn(async move {
            sleep.await;
            inner.dispatch(Event::Timer);
        });
    }

    /// Has a request carried out; its reply comes back as an event, also after the client was closed.
    pub(crate) fn ask(self: &Rc<Self>, request: impl Future<Output = ReplyEvent> + 'static) {
        let inner = self.clone();
        self.platform.spawn(async move {
            let reply = request.await;
            inner.dispatch(Event::Reply(reply));
        });
    }

    /// The call that was left with the program before this one, if that was a moment ago.
    fn take_left_call(&self) -> Option<UserEvent> {
        let LeftCall { at, party, seconds, rejoin } =
            self.platform.take_left_call(&name_of_left_call(self.me.get()?))?;
        let age = self.platform.wall_clock() - at;
        let Some(rejoin) = rejoin else {
            let returned = UserEvent::Returned { party: Box::new(party), seconds, rejoin };
            return (0.0..LEFT_CALL_AGE).contains(&age).then_some(returned);
        };
        if !self.platform.is_reloaded() {
            return None; // the machine leaves what this device does not hold
        }
        // What is taken up again has gone on meanwhile; whether it still does, the server tells.
        let age = if (0.0..LONGEST_CALL).contains(&age) { age } else { 0.0 };
        let passed = Duration::from_secs_f64(age / 1000.0 + 0.5).as_secs();
        let seconds = seconds.map(|seconds| seconds.saturating_add(u32::try_from(passed).unwrap_or(0)));
        let (party, rejoin) = (Box::new(party), Some(rejoin));
        Some(UserEvent::Returned { party, seconds, rejoin })
    }
}

fn name_of_left_call(me: &UserId) -> String {
    ["left:", me.as_str()].concat()
}
