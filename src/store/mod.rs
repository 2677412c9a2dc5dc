//! Holds the machine: feeds it events one after the other, has its effects carried out, wakes it at its
//! deadlines and shows its view. The one place that joins the machine, the shell and the interface.
//! Never decides anything about a call.
//!
//! - `effects`: one line per effect
//! - `clerk`: requests, and what becomes of their replies when nobody waits for them any more
//! - `left`: the call that ended with the page before this one
//! - `frames`: what the socket brings, as events
//! - `log`: names of events and effects for the console

mod clerk;
mod effects;
mod frames;
mod left;
mod log;

pub use crate::ui::Calls;

use crate::session::{Session, SessionEvent, Subscription};
use crate::shell::attention::Attention;
use crate::shell::listener::Listener;
use crate::shell::media::Media;
use crate::shell::peer::Peers;
use crate::shell::sound::{Audible, Sounds};
use crate::shell::timer::Timeout;
use crate::shell::{Emit, clock, js};
use crate::signal::ArcRwSignal;
use crate::ui::{Later, SoundState, StreamOf};
use call_core::{CallView, Event, IncomingStage, IncomingView, Machine, SocketEvent, UserEvent};
use call_protocol::{ServerFrame, UserId};
use clerk::Clerk;
use core::cell::{Cell, OnceCell, RefCell};
use core::time::Duration;
use leptos::prelude::*;
use std::any::Any;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use web_sys::MediaStream;

/// The running time on the screen is never further behind than this.
const TICK: Duration = Duration::from_millis(500);

/// For so long what has just appeared cannot be pressed: longer than a double click lasts as a rule, and than a finger rests.
const GUARD: Duration = Duration::from_millis(450);

/// What the store tells its owner.
#[derive(Clone, Debug)]
pub enum News {
    /// The picture changed.
    View {
        /// What was shown so far.
        before: Box<CallView>,
        /// What is shown now.
        after: Box<CallView>,
    },
    /// It rings, and the page cannot play it.
    RingFailed,
    /// The session is over: no valid token.
    SignedOut,
    /// The session is over: a token of nobody here.
    UnknownUser,
    /// The session is over: another page took the device.
    Replaced,
}

/// The calls of one session; dropping it closes it and releases everything.
pub struct CallStore {
    inner: Rc<Inner>,
    _subscription: Subscription,
    _page: [Listener; 3],
}

struct Inner {
    session: Session,
    clerk: Rc<Clerk>,
    me: OnceCell<UserId>,
    queue: RefCell<VecDeque<Event>>,
    working: Cell<bool>,
    closed: Cell<bool>,
    timer: RefCell<Option<Timeout>>,
    media: Media,
    peers: Peers,
    sounds: Sounds,
    attention: RefCell<Option<Attention>>,
    /// The window cannot be seen: the title has to say it.
    out_of_sight: Cell<bool>,
    /// The page's title is the page's affair.
    keeps_title: Cell<bool>,
    view: ArcRwSignal<CallView>,
    shown: RefCell<CallView>,
    sound: ArcRwSignal<SoundState>,
    tell: Box<dyn Fn(News)>,
}

impl CallStore {
    /// No call yet. The session has to be started afterwards.
    pub fn new(session: &Session, assets: &str, tell: impl Fn(News) + 'static) -> Self {
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let (events, sound) = (weak.clone(), weak.clone());
            let emit: Emit = Rc::new(move |event| with(&events, |inner| inner.dispatch(event)));
            Inner {
                session: session.clone(),
                clerk: Clerk::new(session.api().clone(), weak.clone()),
                me: OnceCell::new(),
                queue: RefCell::default(),
                working: Cell::default(),
                closed: Cell::default(),
                timer: RefCell::default(),
                media: Media::new(emit.clone()),
                peers: Peers::new(emit),
                sounds: Sounds::new(assets, Rc::new(move || with(&sound, |inner| inner.show_sound()))),
                attention: RefCell::default(),
                out_of_sight: Cell::default(),
                keeps_title: Cell::default(),
                view: ArcRwSignal::new(CallView::Idle),
                shown: RefCell::new(CallView::Idle),
                sound: ArcRwSignal::new(SoundState::Silent),
                tell: Box::new(tell),
            }
        });
        let weak = Rc::downgrade(&inner);
        let subscription = session.subscribe(move |event| with(&weak, |inner| inner.hear(event)));
        let on = |act: fn(&Rc<Inner>)| {
            let weak = Rc::downgrade(&inner);
            move |_| with(&weak, act)
        };
        let page = [
            Listener::new(&js::document(), "visibilitychange", on(|inner| inner.show_sound())),
            // Closed, left or loaded anew; or kept by the browser, which may show it again.
            Listener::new(&js::window(), "pagehide", on(Inner::leave)),
            Listener::new(&js::window(), "pageshow", on(|inner| inner.dispatch(Event::Timer))),
        ];
        Self { inner, _subscription: subscription, _page: page }
    }

    /// The person did something, by a button of the page instead of one of ours.
    pub fn act(&self, event: UserEvent) {
        self.inner.dispatch(Event::User(event));
    }

    /// From now on the title of the page stays as it is, also while it rings.
    pub fn keep_title(&self) {
        self.inner.keeps_title.set(true);
    }

    /// Nobody can get at the window: the title says who calls, as it does for a page in the background.
    pub fn lose_sight(&self) {
        self.inner.out_of_sight.set(true);
        self.inner.show_sound();
    }

    /// The window can be seen again.
    pub fn regain_sight(&self) {
        self.inner.out_of_sight.set(false);
        self.inner.show_sound();
    }

    /// What is shown now.
    pub fn view(&self) -> CallView {
        self.inner.shown.borrow().clone()
    }

    /// Makes what the interface may see and ask for, within the Leptos owner in which the function is called.
    pub fn bind(&self) -> impl FnOnce() -> Calls + use<> {
        let (view, sound, weak) =
            (self.inner.view.clone(), self.inner.sound.clone(), Rc::downgrade(&self.inner));
        move || {
            let (act, stream, unlock) = (weak.clone(), weak.clone(), weak);
            Calls {
                view: view.into(),
                sound: sound.into(),
                act: UnsyncCallback::new(move |event| with(&act, |inner| inner.dispatch(Event::User(event)))),
                stream: UnsyncCallback::new(move |of| stream.upgrade().and_then(|inner| inner.stream(of))),
                unlock_sound: UnsyncCallback::new(move |()| with(&unlock, |inner| inner.sounds.unlock())),
                later: UnsyncCallback::new(|act: Later| -> Box<dyn Any> {
                    Box::new(Timeout::new(GUARD, act))
                }),
            }
        }
    }

    /// Leaves the call if need be and is silent from then on, at once, even while somebody up the stack uses the store.
    /// What the server was asked and has not answered yet is undone when it answers.
    pub fn close(&self) {
        if self.inner.closed.get() {
            return;
        }
        self.inner.dispatch(Event::User(UserEvent::Leave));
        self.inner.closed.set(true);
        self.inner.clerk.conclude(Event::User(UserEvent::Dismiss));
        self.inner.timer.take();
        self.inner.attention.take();
        self.inner.sounds.silence();
    }
}

impl Drop for CallStore {
    fn drop(&mut self) {
        self.close();
    }
}

fn with(inner: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl Inner {
    fn hear(self: &Rc<Self>, event: &SessionEvent) {
        match event {
            SessionEvent::Connected(welcome) => {
                let first = self.me.get().is_none();
                self.prepare(welcome);
                self.dispatch(Event::Socket(frames::snapshot(welcome)));
                if first && let Some(returned) = self.me.get().and_then(left::take) {
                    self.dispatch(Event::User(returned));
                }
            }
            // A connection that is only doubted may still bring everything.
            SessionEvent::Doubted | SessionEvent::Trusted => {}
            SessionEvent::Disconnected => self.dispatch(Event::Socket(SocketEvent::Lost)),
            SessionEvent::Frame(frame) => {
                if let ServerFrame::IceServers { ice_servers } = &**frame {
                    self.peers.set_ice_servers(ice_servers);
                } else if let Some(event) = frames::event(frame) {
                    self.dispatch(Event::Socket(event));
                }
            }
            SessionEvent::SignedOut => self.over(News::SignedOut),
            SessionEvent::UnknownUser => self.over(News::UnknownUser),
            SessionEvent::Replaced => {
                // The other page knows nothing of this one's call.
                self.dispatch(Event::User(UserEvent::Leave));
                self.over(News::Replaced);
            }
        }
    }

    /// The machine is made when it is known who is signed in.
    fn prepare(&self, welcome: &call_protocol::Welcome) {
        // Whoever has signed in may be told of more servers than everybody: relays, with credentials that do not last.
        if !welcome.ice_servers.is_empty() {
            self.peers.set_ice_servers(&welcome.ice_servers);
        } else if let Some(config) = self.session.config() {
            self.peers.set_ice_servers(&config.ice_servers);
        }
        if self.me.get().is_none()
            && let Some(device) = self.session.device()
        {
            let me = self.me.get_or_init(|| welcome.user.id.clone());
            self.clerk.employ(Machine::new(me.clone(), device.id.clone()));
            self.media.watch();
        }
    }

    /// The page goes, and the call with it; the page that takes its place will say so.
    fn leave(self: &Rc<Self>) {
        let busy = self.shown.borrow().is_busy();
        self.dispatch(Event::User(UserEvent::Leave));
        if let (true, Some(me), CallView::Ended(ended)) = (busy, self.me.get(), &*self.shown.borrow()) {
            left::keep(me, &ended.party, ended.seconds);
        }
    }

    fn over(self: &Rc<Self>, news: News) {
        self.dispatch(Event::Socket(SocketEvent::Lost));
        (self.tell)(news);
    }

    /// Feeds the machine. What happens while its effects are carried out waits for its turn.
    fn dispatch(self: &Rc<Self>, event: Event) {
        if self.closed.get() {
            return;
        }
        self.queue.borrow_mut().push_back(event);
        if self.working.replace(true) {
            return;
        }
        while let Some(event) = self.next() {
            let name = log::event(&event);
            let effects = self.clerk.with_machine(|machine| machine.handle(event, clock::now()));
            let effects = effects.unwrap_or_default();
            log::step(self.shown.borrow().party(), name, &effects);
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.working.set(false);
        if !self.closed.get() {
            self.refresh();
        }
    }

    fn next(&self) -> Option<Event> {
        self.queue.borrow_mut().pop_front()
    }

    /// Shows the picture, plays what belongs to it, and sets the alarm clock.
    fn refresh(self: &Rc<Self>) {
        let now = clock::now();
        let seen = self.clerk.with_machine(|machine| (machine.view(now), machine.next_deadline()));
        let Some((view, deadline)) = seen else { return };
        let remote = match &view {
            CallView::InCall(call) => call.remote,
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::Ended(_) => None,
        };
        self.sounds.set_loop(view.sound());
        self.sounds.set_voice(remote, |key| self.peers.voice(key));
        let tick = matches!(view, CallView::InCall(_)).then_some(TICK);
        let wait = deadline.map(|deadline| deadline.since(now)).into_iter().chain(tick).min();
        let weak = Rc::downgrade(self);
        let alarm = |wait| Timeout::new(wait, move || with(&weak, |inner| inner.dispatch(Event::Timer)));
        self.timer.replace(wait.map(alarm));
        if *self.shown.borrow() != view {
            let before = self.shown.replace(view.clone());
            self.view.set(view.clone());
            (self.tell)(News::View { before: Box::new(before), after: Box::new(view) });
        }
        self.show_sound();
    }

    fn show_sound(&self) {
        let state = match self.sounds.audible() {
            None => SoundState::Silent,
            Some(Audible::Yes) => SoundState::Playing,
            Some(Audible::Blocked) => SoundState::Blocked,
            Some(Audible::Failed) => SoundState::Failed,
        };
        let news = self.sound.get_untracked() != state;
        let caller = match &*self.shown.borrow() {
            CallView::Incoming(IncomingView { stage: IncomingStage::Ringing, party, .. }) => {
                Some(crate::ui::words::name(party))
            }
            CallView::Incoming(_)
            | CallView::Idle
            | CallView::Outgoing(_)
            | CallView::InCall(_)
            | CallView::Ended(_) => None,
        };
        if news {
            self.sound.set(state);
            if state == SoundState::Failed && caller.is_some() {
                (self.tell)(News::RingFailed);
            }
        }
        let unheard = matches!(state, SoundState::Blocked | SoundState::Failed);
        let unnoticed = unheard || js::document().hidden() || self.out_of_sight.get();
        let caller = caller.filter(|_| unnoticed && !self.keeps_title.get());
        if caller.is_some() != self.attention.borrow().is_some() {
            self.attention.replace(caller.map(|caller| Attention::new(&format!("{caller} is calling"))));
        }
    }

    fn stream(&self, of: StreamOf) -> Option<MediaStream> {
        match of {
            StreamOf::Local(key) => self.media.picture(key),
            StreamOf::Remote(key) => self.peers.picture(key),
        }
    }
}
