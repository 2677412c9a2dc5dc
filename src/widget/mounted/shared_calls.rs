//! What the widgets of one person at one server share in this page: one session, one window, one ringtone. Starts when the
//! first of these widgets is in the page, and closes with the last one.
//! Never knows what a widget shows in its own element.

use super::Mounted;
use super::unreachable::why_unreachable;
use crate::platform::host::{Layer, WindowVisibility};
use crate::platform::session::{Session, SessionEvent, Subscription};
use crate::platform::timer::Timeout;
use crate::widget::announcements;
use crate::widget::calls::{News, PageCalls};
use crate::widget::directory::Directory;
use crate::widget::interface::{self, Interface, SharedProps, busy};
use crate::widget::kit::signal::ArcRwSignal;
use crate::widget::mistake::Mistake;
use crate::widget::options::Title;
use crate::widget::placing::{Deferred, Placing};
use crate::widget::tokens::TokenFunctions;
use call_client::{ConnectionStatus, SessionEnd};
use call_core::{CallView, OnCall, Party, UserEvent};
use call_protocol::{CallType, ConversationId, User, UserId};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;

/// Without a connection for this long, the page's developer is told why; the person sees it at once.
const UNREACHABLE_AFTER: Duration = Duration::from_secs(6);

/// Session, calls and contacts of one person.
pub(in crate::widget) struct SharedCalls {
    windows: RefCell<Option<Rc<WindowLayer>>>,
    pub(in crate::widget) calls: PageCalls,
    pub(in crate::widget) directory: Rc<Directory>,
    pub(in crate::widget) session: Session,
    /// None if the session was passed in; then its owner closes it.
    sources: Option<Rc<TokenFunctions>>,
    /// Issuer and subject of the token, once there was one.
    person: RefCell<Option<String>>,
    user: RefCell<Option<UserId>>,
    mounted: RefCell<Vec<Weak<Mounted>>>,
    /// The widget on whose element the events of the current call are dispatched.
    event_target: RefCell<Weak<Mounted>>,
    placing: Placing,
    /// Why the session ended, if it did.
    ended_by: RefCell<Option<Mistake>>,
    unreachable_timer: RefCell<Option<Timeout>>,
    subscription: RefCell<Option<Subscription>>,
    started: Cell<bool>,
    /// Whether one of the widgets has the option `shortcuts`.
    shortcuts: ArcRwSignal<bool>,
    /// Whom the page calls blocked.
    pub(super) blocked: ArcRwSignal<Vec<UserId>>,
}

/// The windows above the page. Field order: the interface is unmounted before its element is removed.
struct WindowLayer {
    _interface: Interface,
    layer: Layer,
}

impl SharedCalls {
    /// Sends and draws nothing before `start`.
    pub(in crate::widget) fn new(
        session: Session,
        sources: Option<Rc<TokenFunctions>>,
        assets: &str,
    ) -> Rc<Self> {
        let shared = Rc::new_cyclic(|weak: &Weak<Self>| {
            let (news, changed) = (weak.clone(), weak.clone());
            if let Some(sources) = &sources {
                let reporting = weak.clone();
                sources.on_mistake(move |mistake| with(&reporting, |shared| shared.report(&mistake)));
            }
            Self {
                windows: RefCell::default(),
                calls: PageCalls::new(&session, assets, move |event| {
                    with(&news, |shared| shared.on_news(&event));
                }),
                directory: Directory::new(&session, move || with(&changed, |shared| shared.refresh())),
                session,
                sources,
                person: RefCell::default(),
                user: RefCell::default(),
                mounted: RefCell::default(),
                event_target: RefCell::default(),
                placing: Placing::default(),
                ended_by: RefCell::default(),
                unreachable_timer: RefCell::default(),
                subscription: RefCell::default(),
                started: Cell::default(),
                shortcuts: ArcRwSignal::new(false),
                blocked: ArcRwSignal::new(Vec::new()),
            }
        });
        let weak = Rc::downgrade(&shared);
        let subscription =
            shared.session.subscribe(move |event| with(&weak, |shared| shared.on_session_event(event)));
        shared.subscription.replace(Some(subscription));
        shared
    }

    /// Mounts the windows and connects; does nothing the second time.
    pub(in crate::widget) fn start(self: &Rc<Self>) {
        if self.started.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        let layer = Layer::new(interface::STYLES, move |visibility| {
            with(&weak, |shared| shared.visibility_changed(visibility))
        });
        if let Ok(layer) = layer {
            let interface = interface::mount_windows(layer.root(), &self.calls, self.shared_props());
            self.windows.replace(Some(Rc::new(WindowLayer { _interface: interface, layer })));
        }
        self.start_unreachable_timer();
        self.session.start();
    }

    pub(in crate::widget) fn is_of(&self, server: &str, person: &str) -> bool {
        let goes_on = !self.session.status().is_over();
        goes_on && self.session.server() == server && self.person.borrow().as_deref() == Some(person)
    }

    pub(in crate::widget) fn set_person(&self, person: String) {
        self.person.replace(Some(person));
    }

    /// Why the session ended, if it did.
    pub(in crate::widget) fn ended_by(&self) -> Option<Mistake> {
        self.ended_by.borrow().clone()
    }

    /// What the components of all widgets of this person read.
    pub(in crate::widget) fn shared_props(self: &Rc<Self>) -> SharedProps {
        let weak = Rc::downgrade(self);
        let sign_in = Rc::new(move || with(&weak, |shared| shared.sign_in()));
        SharedProps {
            directory: self.directory.clone(),
            sign_in,
            shortcuts: self.shortcuts.clone(),
            blocked: self.blocked.clone(),
        }
    }

    /// Replaces the people whom the page calls blocked.
    pub(in crate::widget) fn set_blocked(&self, people: Vec<UserId>) {
        self.blocked.set(people);
        self.refresh();
    }

    /// Registers a widget.
    pub(in crate::widget) fn add(&self, mounted: &Rc<Mounted>) {
        self.mounted.borrow_mut().push(Rc::downgrade(mounted));
        if mounted.options.title == Title::Kept {
            self.calls.keep_title();
        }
        if mounted.options.shortcuts {
            self.shortcuts.set(true);
        }
        self.update_token_functions();
    }

    /// Unregisters a widget; closes with the last one.
    pub(in crate::widget) fn remove(&self, mounted: &Mounted) {
        let is_other = |other: &Weak<Mounted>| !core::ptr::eq(other.as_ptr(), mounted);
        let is_last = !self.mounted.borrow().iter().any(|other| is_other(other) && other.strong_count() > 0);
        if is_last {
            // While the element still exists, so that the page hears how the call ended.
            self.close();
        }
        self.mounted.borrow_mut().retain(is_other);
        self.update_token_functions();
    }

    /// Places the call that a page asked for with `call()`.
    pub(in crate::widget) fn place(
        &self,
        conversation_id: ConversationId,
        peer: User,
        call_type: CallType,
        deferred: Deferred,
    ) {
        match self.calls.view().on_call(&conversation_id) {
            OnCall::Places => self.placing.begin(deferred),
            OnCall::Answers(id) => deferred.resolve(&id.map(|id| id.as_str()).into()),
            OnCall::Refused => return deferred.reject(Mistake::AlreadyInCall),
        }
        self.calls.act(UserEvent::Call { conversation_id, peer, call_type });
        // The machine may have refused it without a request.
        self.placing.follow(&self.calls.view());
    }

    /// Reports a mistake to the page's developer: an event and a line on the console.
    pub(in crate::widget) fn report(&self, mistake: &Mistake) {
        if let Some(mounted) = self.first() {
            announcements::mistake(&mounted.host, mistake);
        }
    }

    fn on_news(&self, news: &News) {
        match news {
            News::Client(call_client::News::View { before, after }) => self.show(before, after),
            News::Client(call_client::News::Call(news)) => {
                if let Some(mounted) = self.target_of(&news.party) {
                    announcements::call(&mounted.host, news);
                }
            }
            News::RingFailed => self.report(&Mistake::RingFailed),
            News::Client(call_client::News::Over(SessionEnd::SignedOut)) => {
                let refused = self.sources.as_ref().is_some_and(|sources| sources.signed_in());
                self.end(if refused { Mistake::TokenRefused } else { Mistake::SignedOut });
            }
            News::Client(call_client::News::Over(SessionEnd::UnknownUser)) => self.end(Mistake::UnknownUser),
            News::Client(call_client::News::Over(SessionEnd::Replaced)) => self.end(Mistake::Replaced),
            News::Client(call_client::News::Over(SessionEnd::Outdated)) => self.end(Mistake::Outdated),
            News::Client(call_client::News::Over(SessionEnd::Closed)) => {} // by this widget itself
        }
    }

    fn show(&self, before: &CallView, after: &CallView) {
        // Clones, since listeners of the page may destroy the widget meanwhile.
        let windows = self.windows.borrow().clone();
        if (!before.is_busy() && after.is_busy() || *before == CallView::Idle)
            && let Some(party) = after.party()
        {
            let event_target = self.widget_for(party);
            if let (Some(windows), Some(event_target)) = (&windows, &event_target) {
                windows.layer.copy_style(&event_target.host.frame(), interface::properties());
            }
            self.event_target
                .replace(event_target.map(|mounted| Rc::downgrade(&mounted)).unwrap_or_default());
        }
        match (windows, after) {
            (None, _) => {}
            (Some(windows), CallView::Idle) => {
                self.calls.mark_window_visible();
                windows.layer.lower();
            }
            (
                Some(windows),
                CallView::Incoming(_) | CallView::Outgoing(_) | CallView::InCall(_) | CallView::Ended(_),
            ) => windows.layer.raise(),
        }
        // Before the page hears of the end of a call: its listener may place the next one.
        self.placing.follow(after);
        if busy(before) != busy(after) {
            self.announce_states();
        }
    }

    /// The widget on whose element an event is dispatched: the same one during a whole call, if it is still mounted.
    fn target_of(&self, party: &Party) -> Option<Rc<Mounted>> {
        let event_target = self.event_target.borrow().upgrade().filter(|mounted| self.has(mounted));
        event_target.or_else(|| self.widget_for(party)).or_else(|| self.first())
    }

    /// The widget about this contact, else the first one.
    fn widget_for(&self, party: &Party) -> Option<Rc<Mounted>> {
        let all = self.all();
        let theirs = all.iter().find(|mounted| mounted.is_about(party)).cloned();
        theirs.or_else(|| all.into_iter().next())
    }

    fn visibility_changed(&self, visibility: WindowVisibility) {
        match visibility {
            WindowVisibility::Visible => self.calls.mark_window_visible(),
            WindowVisibility::Covered => {
                if matches!(self.calls.view(), CallView::Incoming(_)) {
                    self.calls.mark_window_covered();
                    self.report(&Mistake::RingHidden);
                }
            }
        }
    }

    fn sign_in(&self) {
        let Some(mounted) = self.first() else { return };
        match &mounted.options.sign_in {
            Some(sign_in) => sign_in(),
            None => announcements::sign_in(&mounted.host),
        }
    }

    fn on_session_event(self: &Rc<Self>, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(welcome) => {
                self.unreachable_timer.take();
                self.user.replace(Some(welcome.user.id.clone()));
                self.merge_with_same_user();
            }
            SessionEvent::Status(ConnectionStatus::Lost) => self.start_unreachable_timer(),
            SessionEvent::Status(ConnectionStatus::Over(_)) => {
                self.unreachable_timer.take();
            }
            SessionEvent::Status(
                ConnectionStatus::Connecting | ConnectionStatus::Connected | ConnectionStatus::Doubted,
            )
            | SessionEvent::Frame(_) => {}
        }
    }

    /// Two tokens with different claims may still be one user's, as the server's `welcome` shows: the widgets mounted later
    /// join the earlier ones.
    fn merge_with_same_user(self: &Rc<Self>) {
        if self.sources.is_none() || self.calls.view().is_busy() {
            return;
        }
        let same = |other: &Rc<Self>| {
            other.sources.is_some()
                && other.session.server() == self.session.server()
                && other.session.status() == ConnectionStatus::Connected
                && *other.user.borrow() == *self.user.borrow()
        };
        let first = super::all_shared_calls().into_iter().find(same);
        if let Some(first) = first.filter(|first| !Rc::ptr_eq(first, self)) {
            for mounted in self.all() {
                mounted.join(&first);
            }
        }
    }

    /// Reports why there is no connection if there is none after a while.
    fn start_unreachable_timer(self: &Rc<Self>) {
        if self.unreachable_timer.borrow().is_none() {
            let weak = Rc::downgrade(self);
            let late = Timeout::new(UNREACHABLE_AFTER, move || spawn_local(report_why_unreachable(weak)));
            self.unreachable_timer.replace(Some(late));
        }
    }

    fn end(&self, mistake: Mistake) {
        self.ended_by.replace(Some(mistake.clone()));
        self.report(&mistake);
        self.refresh();
    }

    fn refresh(&self) {
        for mounted in self.all() {
            mounted.refresh();
        }
        self.announce_states();
    }

    /// Tells each page whose widget's state has changed; a listener may destroy widgets.
    fn announce_states(&self) {
        self.all().iter().filter(|mounted| self.has(mounted)).for_each(|mounted| mounted.announce_state());
    }

    fn close(&self) {
        self.calls.close();
        self.unreachable_timer.take();
        self.subscription.take();
        if let Some(windows) = self.windows.take() {
            windows.layer.clear();
        }
        if self.sources.is_some() {
            self.session.close();
        }
    }

    fn update_token_functions(&self) {
        if let Some(sources) = &self.sources {
            sources.replace(self.all().iter().filter_map(|mounted| mounted.source.clone()).collect());
        }
    }

    fn all(&self) -> Vec<Rc<Mounted>> {
        self.mounted.borrow().iter().filter_map(Weak::upgrade).collect()
    }

    fn first(&self) -> Option<Rc<Mounted>> {
        self.all().into_iter().next()
    }

    fn has(&self, mounted: &Rc<Mounted>) -> bool {
        self.mounted.borrow().iter().any(|other| core::ptr::eq(other.as_ptr(), Rc::as_ptr(mounted)))
    }
}

fn with(shared: &Weak<SharedCalls>, act: impl FnOnce(&Rc<SharedCalls>)) {
    if let Some(shared) = shared.upgrade() {
        act(&shared);
    }
}

/// Reports why there is no connection.
async fn report_why_unreachable(shared: Weak<SharedCalls>) {
    let Some(held) = shared.upgrade() else { return };
    let missing_token = held.sources.as_ref().is_some_and(|sources| sources.has_failed());
    let why = why_unreachable(held.session.server().to_owned(), held.session.config().is_some());
    drop(held);
    let why = why.await;
    let Some(held) = shared.upgrade() else { return };
    if held.session.status().is_connecting() && !missing_token {
        held.report(&why);
        held.all().iter().for_each(|mounted| mounted.show_unreachable());
    }
}
