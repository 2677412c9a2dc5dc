//! The calls of one person at one server in this page, shared by all widgets of that person: one session, one window,
//! one sound. Begins when the first of them is in the page, and ends with the last.
//! Never knows what a widget shows in its own place.

use super::Mounted;
use crate::platform::host::{Layer, Sight};
use crate::platform::session::{Session, SessionEvent, Subscription, is_there};
use crate::platform::timer::Timeout;
use crate::widget::announcements;
use crate::widget::calls::{News, PageCalls};
use crate::widget::directory::Directory;
use crate::widget::interface::{self, Ground, Interface};
use crate::widget::kit::signal::ArcRwSignal;
use crate::widget::mistake::Mistake;
use crate::widget::options::Title;
use crate::widget::placing::{Placing, Pledge};
use crate::widget::tokens::Sources;
use call_client::{ConnectionStatus, SessionEnd};
use call_core::{CallView, Party, UserEvent};
use call_protocol::{CallType, ConversationId, User, UserId};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;

/// How long the server may be away before the page's developer is told; the person is told at once.
const PATIENCE: Duration = Duration::from_secs(6);

/// What the widgets of one person share.
pub(in crate::widget) struct Calling {
    stage: RefCell<Option<Rc<Stage>>>,
    pub(in crate::widget) calls: PageCalls,
    pub(in crate::widget) directory: Rc<Directory>,
    pub(in crate::widget) session: Session,
    /// None if the session is somebody else's, who then ends it, too.
    sources: Option<Rc<Sources>>,
    /// Whose calls they are, once there was a token.
    person: RefCell<Option<String>>,
    user: RefCell<Option<UserId>>,
    mounted: RefCell<Vec<Weak<Mounted>>>,
    /// Whose element hears of the present call.
    addressee: RefCell<Weak<Mounted>>,
    placing: Placing,
    /// Why nobody can call, if the session is over.
    over: RefCell<Option<Mistake>>,
    impatience: RefCell<Option<Timeout>>,
    subscription: RefCell<Option<Subscription>>,
    begun: Cell<bool>,
    /// Whether one of the widgets lets keys answer and decline.
    shortcuts: ArcRwSignal<bool>,
}

/// What is drawn above the page, in the order in which it goes.
struct Stage {
    _interface: Interface,
    layer: Layer,
}

impl Calling {
    /// Nothing is asked and nothing is drawn before `begin`.
    pub(in crate::widget) fn new(session: Session, sources: Option<Rc<Sources>>, assets: &str) -> Rc<Self> {
        let calling = Rc::new_cyclic(|weak: &Weak<Self>| {
            let (news, changed) = (weak.clone(), weak.clone());
            if let Some(sources) = &sources {
                let wrong = weak.clone();
                sources.on_mistake(move |mistake| with(&wrong, |calling| calling.complain(&mistake)));
            }
            Self {
                stage: RefCell::default(),
                calls: PageCalls::new(&session, assets, move |event| {
                    with(&news, |calling| calling.hear(&event));
                }),
                directory: Directory::new(&session, move || with(&changed, |calling| calling.look())),
                session,
                sources,
                person: RefCell::default(),
                user: RefCell::default(),
                mounted: RefCell::default(),
                addressee: RefCell::default(),
                placing: Placing::default(),
                over: RefCell::default(),
                impatience: RefCell::default(),
                subscription: RefCell::default(),
                begun: Cell::default(),
                shortcuts: ArcRwSignal::new(false),
            }
        });
        let weak = Rc::downgrade(&calling);
        let subscription =
            calling.session.subscribe(move |event| with(&weak, |calling| calling.follow(event)));
        calling.subscription.replace(Some(subscription));
        calling
    }

    /// Connects, once.
    pub(in crate::widget) fn begin(self: &Rc<Self>) {
        if self.begun.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        let layer = Layer::new(interface::STYLES, move |sight| with(&weak, |calling| calling.seen(sight)));
        if let Ok(layer) = layer {
            let interface = interface::mount_windows(layer.root(), &self.calls, self.ground());
            self.stage.replace(Some(Rc::new(Stage { _interface: interface, layer })));
        }
        self.wait();
        self.session.start();
    }

    pub(in crate::widget) fn is_of(&self, server: &str, person: &str) -> bool {
        let goes_on = !self.session.status().is_over();
        goes_on && self.session.server() == server && self.person.borrow().as_deref() == Some(person)
    }

    pub(in crate::widget) fn belongs_to(&self, person: String) {
        self.person.replace(Some(person));
    }

    /// Why nobody can call any more, if so.
    pub(in crate::widget) fn is_over(&self) -> Option<Mistake> {
        self.over.borrow().clone()
    }

    /// What components stand on.
    pub(in crate::widget) fn ground(self: &Rc<Self>) -> Ground {
        let weak = Rc::downgrade(self);
        let sign_in = Rc::new(move || with(&weak, |calling| calling.sign_in()));
        Ground { directory: self.directory.clone(), sign_in, shortcuts: self.shortcuts.clone() }
    }

    /// One more widget.
    pub(in crate::widget) fn enter(&self, mounted: &Rc<Mounted>) {
        self.mounted.borrow_mut().push(Rc::downgrade(mounted));
        if mounted.options.title == Title::Kept {
            self.calls.keep_title();
        }
        if mounted.options.shortcuts {
            self.shortcuts.set(true);
        }
        self.recount();
    }

    /// One widget less; with the last one everything ends.
    pub(in crate::widget) fn leave(&self, mounted: &Mounted) {
        let is_other = |other: &Weak<Mounted>| !core::ptr::eq(other.as_ptr(), mounted);
        let is_last = !self.mounted.borrow().iter().any(|other| is_other(other) && other.strong_count() > 0);
        if is_last {
            // The page hears how the call ended before the interface goes.
            self.close();
        }
        self.mounted.borrow_mut().retain(is_other);
        self.recount();
    }

    /// Calls somebody on behalf of a page.
    pub(in crate::widget) fn place(
        &self,
        conversation_id: ConversationId,
        peer: User,
        call_type: CallType,
        pledge: Pledge,
    ) {
        match self.calls.view() {
            // Calling somebody who is calling means talking to them, with what this names.
            CallView::Incoming(ring) if ring.party.conversation_id == conversation_id => {
                pledge.keep(&ring.party.call_id.as_ref().map(|id| id.as_str()).into());
                return self.calls.act(UserEvent::Call { conversation_id, peer, call_type });
            }
            view if view.is_busy() => return pledge.refuse(Mistake::AlreadyInCall),
            CallView::Idle
            | CallView::Ended(_)
            | CallView::Outgoing(_)
            | CallView::Incoming(_)
            | CallView::InCall(_) => {}
        }
        self.placing.begin(pledge);
        self.calls.act(UserEvent::Call { conversation_id, peer, call_type });
        // A refusal that the machine knows without asking anybody.
        self.placing.view(&self.calls.view());
    }

    /// Something is wrong that a developer has to know.
    pub(in crate::widget) fn complain(&self, mistake: &Mistake) {
        if let Some(mounted) = self.first() {
            announcements::trouble(&mounted.host, mistake);
        }
    }

    fn hear(&self, news: &News) {
        match news {
            News::Client(call_client::News::View { before, after }) => self.show(before, after),
            News::Client(call_client::News::Call(news)) => {
                if let Some(mounted) = self.listener(&news.party) {
                    announcements::call(&mounted.host, news);
                }
            }
            News::RingFailed => self.complain(&Mistake::RingFailed),
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
        // Showing it tells the page, which may take the widget away.
        let stage = self.stage.borrow().clone();
        if (!before.is_busy() && after.is_busy() || *before == CallView::Idle)
            && let Some(party) = after.party()
        {
            let addressee = self.of(party);
            if let (Some(stage), Some(addressee)) = (&stage, &addressee) {
                stage.layer.dress(&addressee.host.frame(), interface::properties());
            }
            self.addressee.replace(addressee.map(|mounted| Rc::downgrade(&mounted)).unwrap_or_default());
        }
        match (stage, after) {
            (None, _) => {}
            (Some(stage), CallView::Idle) => {
                self.calls.regain_sight();
                stage.layer.lower();
            }
            (
                Some(stage),
                CallView::Incoming(_) | CallView::Outgoing(_) | CallView::InCall(_) | CallView::Ended(_),
            ) => stage.layer.raise(),
        }
        // First: when the page hears of the end of a call, it may place the next one.
        self.placing.view(after);
    }

    /// Whose element hears of a call: the same one as before, if it is still there.
    fn listener(&self, party: &Party) -> Option<Rc<Mounted>> {
        let addressee = self.addressee.borrow().upgrade().filter(|mounted| self.has(mounted));
        addressee.or_else(|| self.of(party)).or_else(|| self.first())
    }

    /// The widget whose contact it is.
    fn of(&self, party: &Party) -> Option<Rc<Mounted>> {
        let all = self.all();
        let theirs = all.iter().find(|mounted| mounted.is_about(party)).cloned();
        theirs.or_else(|| all.into_iter().next())
    }

    fn seen(&self, sight: Sight) {
        match sight {
            Sight::Clear => self.calls.regain_sight(),
            Sight::Hidden => {
                if matches!(self.calls.view(), CallView::Incoming(_)) {
                    self.calls.lose_sight();
                    self.complain(&Mistake::RingHidden);
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

    fn follow(self: &Rc<Self>, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(welcome) => {
                self.impatience.take();
                self.user.replace(Some(welcome.user.id.clone()));
                self.give_way();
            }
            SessionEvent::Status(ConnectionStatus::Lost) => self.wait(),
            SessionEvent::Status(ConnectionStatus::Over(_)) => {
                self.impatience.take();
            }
            SessionEvent::Status(
                ConnectionStatus::Connecting | ConnectionStatus::Connected | ConnectionStatus::Doubted,
            )
            | SessionEvent::Frame(_) => {}
        }
    }

    /// Two tokens that did not look alike may still be one person's: the widgets that came later join the others.
    fn give_way(self: &Rc<Self>) {
        if self.sources.is_none() || self.calls.view().is_busy() {
            return;
        }
        let same = |other: &Rc<Self>| {
            other.sources.is_some()
                && other.session.server() == self.session.server()
                && other.session.status() == ConnectionStatus::Connected
                && *other.user.borrow() == *self.user.borrow()
        };
        let first = super::callings().into_iter().find(same);
        if let Some(first) = first.filter(|first| !Rc::ptr_eq(first, self)) {
            for mounted in self.all() {
                mounted.join(&first);
            }
        }
    }

    /// If the server does not come, the developer hears why, once.
    fn wait(self: &Rc<Self>) {
        if self.impatience.borrow().is_none() {
            let weak = Rc::downgrade(self);
            let late = Timeout::new(PATIENCE, move || spawn_local(find_out(weak)));
            self.impatience.replace(Some(late));
        }
    }

    fn end(&self, mistake: Mistake) {
        self.over.replace(Some(mistake.clone()));
        self.complain(&mistake);
        self.look();
    }

    fn look(&self) {
        for mounted in self.all() {
            mounted.look();
        }
    }

    fn close(&self) {
        self.calls.close();
        self.impatience.take();
        self.subscription.take();
        if let Some(stage) = self.stage.take() {
            stage.layer.clear();
        }
        if self.sources.is_some() {
            self.session.close();
        }
    }

    fn recount(&self) {
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

fn with(calling: &Weak<Calling>, act: impl FnOnce(&Rc<Calling>)) {
    if let Some(calling) = calling.upgrade() {
        act(&calling);
    }
}

/// Why there is no connection.
async fn find_out(calling: Weak<Calling>) {
    let Some(held) = calling.upgrade() else { return };
    let missing_token = held.sources.as_ref().is_some_and(|sources| sources.is_wrong());
    let (server, known) = (held.session.server().to_owned(), held.session.config().is_some());
    drop(held);
    let there = is_there(&server).await;
    let Some(held) = calling.upgrade() else { return };
    if !held.session.status().is_connecting() || missing_token {
        return;
    }
    held.complain(&match (there, known) {
        (false, _) => Mistake::Unreachable(server),
        (true, false) => Mistake::OriginRefused(server),
        (true, true) => Mistake::SocketRefused(server),
    });
    for mounted in held.all() {
        mounted.miss_server();
    }
}
