//! The client's calls in a page: the view as a signal, whether sound can be heard, the title while it rings, and the page's
//! lifecycle events. Never decides anything about a call.

use crate::platform::attention::Attention;
use crate::platform::browser::{Browser, BrowserEngine};
use crate::platform::departure::Navigations;
use crate::platform::js;
use crate::platform::listener::Listener;
use crate::platform::session::{Session, Subscription};
use crate::platform::sound::Audible;
use crate::widget::kit::guard::after_guard;
use crate::widget::kit::signal::ArcRwSignal;
use crate::widget::ui::{Calls, SoundState, StreamOf, words};
use call_client::Client;
use call_core::{CallView, IncomingStage, IncomingView, UserEvent};
use core::cell::{Cell, RefCell};
use leptos::prelude::*;
use std::rc::{Rc, Weak};
use web_sys::MediaStream;

/// What the calls report to their owner.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// The client has something to report.
    Client(call_client::News),
    /// A call rings, and the ringtone cannot be played.
    RingFailed,
}

/// The calls of one session; dropping it closes them.
pub(super) struct PageCalls {
    inner: Rc<Inner>,
    _subscription: Subscription,
    _page: [Listener; 3],
}

struct Inner {
    client: Client<Browser>,
    attention: RefCell<Option<Attention>>,
    /// The page covers the window, so the title says who calls.
    window_covered: Cell<bool>,
    /// The option `title: false`: the title stays as it is.
    keeps_title: Cell<bool>,
    view: ArcRwSignal<CallView>,
    sound: ArcRwSignal<SoundState>,
    tell: Box<dyn Fn(News)>,
}

impl PageCalls {
    /// No call yet. The session has to be started afterwards.
    pub(super) fn new(session: &Session, assets: &str, tell: impl Fn(News) + 'static) -> Self {
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let (news, sound) = (weak.clone(), weak.clone());
            let heard = Rc::new(move || with(&sound, Inner::refresh_sound));
            let engine = |emit| BrowserEngine::new(assets, heard, emit);
            Inner {
                client: Client::new(Browser, session.clone(), engine, move |event| {
                    with(&news, |inner| inner.show(event));
                }),
                attention: RefCell::default(),
                window_covered: Cell::default(),
                keeps_title: Cell::default(),
                view: ArcRwSignal::new(CallView::Idle),
                sound: ArcRwSignal::new(SoundState::Silent),
                tell: Box::new(tell),
            }
        });
        let weak = Rc::downgrade(&inner);
        let subscription = session.subscribe(move |event| with(&weak, |inner| inner.client.hear(event)));
        let on = |act: fn(&Inner)| {
            let weak = Rc::downgrade(&inner);
            move |_| with(&weak, act)
        };
        let (leaving, navigations) = (Rc::downgrade(&inner), Navigations::watch());
        let page = [
            Listener::new(&js::document(), "visibilitychange", on(Inner::refresh_sound)),
            Listener::new(&js::window(), "pagehide", move |event| {
                with(&leaving, |inner| inner.client.depart(navigations.departure(&event)));
            }),
            Listener::new(&js::window(), "pageshow", on(|inner| inner.client.wake())),
        ];
        Self { inner, _subscription: subscription, _page: page }
    }

    /// The person did something, by a button of the page instead of one of ours.
    pub(super) fn act(&self, event: UserEvent) {
        self.inner.client.act(event);
    }

    /// From now on the title stays as it is, also while a call rings.
    pub(super) fn keep_title(&self) {
        self.inner.keeps_title.set(true);
    }

    /// The page covers the window: the title says who calls, as it does for a page in the background.
    pub(super) fn mark_window_covered(&self) {
        self.inner.window_covered.set(true);
        self.inner.refresh_sound();
    }

    /// The window is visible again.
    pub(super) fn mark_window_visible(&self) {
        self.inner.window_covered.set(false);
        self.inner.refresh_sound();
    }

    /// The current view.
    pub(super) fn view(&self) -> CallView {
        self.inner.client.view()
    }

    /// What the components get; the function has to be called within their Leptos owner.
    pub(super) fn bind(&self) -> impl FnOnce() -> Calls + use<> {
        let (view, sound, weak) =
            (self.inner.view.clone(), self.inner.sound.clone(), Rc::downgrade(&self.inner));
        move || {
            let (act, stream, unlock) = (weak.clone(), weak.clone(), weak);
            Calls {
                view: view.into(),
                sound: sound.into(),
                act: UnsyncCallback::new(move |event| with(&act, |inner| inner.client.act(event))),
                stream: UnsyncCallback::new(move |of| stream.upgrade().and_then(|inner| inner.stream(of))),
                unlock_sound: UnsyncCallback::new(move |()| {
                    if let Some(engine) = unlock.upgrade().and_then(|inner| inner.client.engine()) {
                        engine.sounds.unlock();
                    }
                }),
                later: after_guard(),
            }
        }
    }

    /// Ends the call, if there is one, and reports nothing from then on, even if a caller still uses it.
    pub(super) fn close(&self) {
        self.inner.client.close();
        self.inner.attention.take();
    }
}

impl Drop for PageCalls {
    fn drop(&mut self) {
        self.close();
    }
}

fn with(inner: &Weak<Inner>, act: impl FnOnce(&Inner)) {
    if let Some(inner) = inner.upgrade() {
        act(&inner);
    }
}

impl Inner {
    fn show(&self, news: call_client::News) {
        let shown = match &news {
            call_client::News::View { after, .. } => Some(CallView::clone(after)),
            call_client::News::Call(_) | call_client::News::Over(_) => None,
        };
        let changed = shown.is_some();
        if let Some(shown) = shown {
            self.view.set(shown);
        }
        (self.tell)(News::Client(news));
        if changed {
            self.refresh_sound();
        }
    }

    fn refresh_sound(&self) {
        let Some(engine) = self.client.engine() else { return };
        let state = match engine.sounds.audible() {
            None => SoundState::Silent,
            Some(Audible::Yes) => SoundState::Playing,
            Some(Audible::Blocked) => SoundState::Blocked,
            Some(Audible::Failed) => SoundState::Failed,
        };
        let news = self.sound.get_untracked() != state;
        let title = match &self.client.view() {
            CallView::Incoming(IncomingView { stage: IncomingStage::Ringing, party, .. }) => {
                Some(words::is_calling(party))
            }
            CallView::Incoming(_)
            | CallView::Idle
            | CallView::Outgoing(_)
            | CallView::InCall(_)
            | CallView::Ended(_) => None,
        };
        if news {
            self.sound.set(state);
            if state == SoundState::Failed && title.is_some() {
                (self.tell)(News::RingFailed);
            }
        }
        let unheard = matches!(state, SoundState::Blocked | SoundState::Failed);
        let unnoticed = unheard || js::document().hidden() || self.window_covered.get();
        let title = title.filter(|_| unnoticed && !self.keeps_title.get());
        if title.is_some() != self.attention.borrow().is_some() {
            self.attention.replace(title.map(|title| Attention::new(&title)));
        }
    }

    fn stream(&self, of: StreamOf) -> Option<MediaStream> {
        let engine = self.client.engine()?;
        match of {
            StreamOf::Local(key) => engine.local_picture(key),
            StreamOf::Remote(key) => engine.remote_picture(key),
        }
    }
}
