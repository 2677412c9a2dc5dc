//! One widget in one element of a page: its buttons, its history, and whom they are about. The calls are shared with
//! other widgets of the same person. Owns what is mounted in this page; never leaves anything behind when it goes.

mod calling;

use super::announcements;
use super::interface::{self, Interface, Missing, Place};
use super::mistake::Mistake;
use super::options::{Options, Target, Theme, Wish};
use super::tokens::{Sources, TokenFunction, person_of};
use crate::platform::host::{Host, Presence};
use crate::platform::listener::Listener;
use crate::platform::session::{Session, signed_in};
use crate::widget::kit::signal::ArcRwSignal;
use call_client::ConnectionStatus;
use call_core::{Party, RequestError};
use call_protocol::{ChangeSettings, Contact, ConversationId, User};
use calling::Calling;
use core::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

thread_local! {
    /// What is mounted in this page. A page need not keep the handle: the garbage collector ends no call.
    static MOUNTED: RefCell<Vec<Rc<Mounted>>> = const { RefCell::new(Vec::new()) };
}

/// A widget in a page.
pub(super) struct Mounted {
    // In the order in which they go.
    interface: RefCell<Option<Interface>>,
    calling: RefCell<Rc<Calling>>,
    pub(super) source: Option<TokenFunction>,
    pub(super) options: Options,
    target: ArcRwSignal<Option<Target>>,
    missing: ArcRwSignal<Option<Missing>>,
    /// The page was told that the buttons work, or why they do not, since it chose whom they call.
    told: Cell<bool>,
    /// Counts what the page wants: a call that waits for its contact is overtaken by the next wish.
    wishes: Cell<u32>,
    abort: RefCell<Option<Listener>>,
    pub(super) host: Host,
}

/// Everybody's calls in this page, the oldest first.
pub(super) fn callings() -> Vec<Rc<Calling>> {
    MOUNTED.with_borrow(|all| all.iter().map(|mounted| mounted.calling()).collect())
}

/// Mounts what a page asked for.
pub(super) fn mount_wish(element: &HtmlElement, wish: Wish) -> Result<Weak<Mounted>, JsValue> {
    let Wish { server, source, hide_address, options, remarks } = wish;
    let sources = Sources::new();
    let session = signed_in(&server, sources.as_one());
    if hide_address.is_some() {
        session.wish(ChangeSettings { hide_address, ..ChangeSettings::default() });
    }
    let calling = Calling::new(session, Some(sources), &options.assets);
    let mounted = mount(element, calling, Some(source), options)?;
    if !remarks.is_empty() {
        // When the page has had the chance to listen.
        let weak = Rc::downgrade(&mounted);
        spawn_local(async move {
            for remark in remarks {
                let Some(mounted) = present(&weak) else { return };
                announcements::trouble(&mounted.host, &remark);
            }
        });
    }
    Ok(Rc::downgrade(&mounted))
}

/// Mounts the calls of a session that belongs to somebody else.
pub(super) fn mount_session(
    element: &HtmlElement,
    session: &Session,
    options: Options,
) -> Result<Weak<Mounted>, JsValue> {
    let calling = Calling::new(session.clone(), None, &options.assets);
    mount(element, calling, None, options).map(|mounted| Rc::downgrade(&mounted))
}

fn mount(
    element: &HtmlElement,
    calling: Rc<Calling>,
    source: Option<TokenFunction>,
    options: Options,
) -> Result<Rc<Mounted>, JsValue> {
    unmount(|mounted| mounted.host.element() == element);
    let host = Host::new(element, interface::STYLES)?;
    if let Theme::Properties(properties) = &options.theme {
        for (name, value) in properties {
            host.set_property(name, value);
        }
    }
    let mounted = Rc::new(Mounted {
        interface: RefCell::default(),
        calling: RefCell::new(calling.clone()),
        source,
        target: ArcRwSignal::new(options.target.clone()),
        missing: ArcRwSignal::new(None),
        told: Cell::default(),
        wishes: Cell::default(),
        abort: RefCell::default(),
        host,
        options,
    });
    let weak = Rc::downgrade(&mounted);
    if let Some(signal) = &mounted.options.signal {
        let aborted = weak.clone();
        mounted.abort.replace(Some(Listener::new(signal, "abort", move |_| destroy(&aborted))));
    }
    MOUNTED.with_borrow_mut(|all| all.push(mounted.clone()));
    calling.enter(&mounted);
    mounted.draw();
    if let Some(target) = &mounted.options.target {
        calling.directory.want(target);
    }
    mounted.host.on_presence(move |presence| match presence {
        // Whoever is nowhere in the page is not online, and rings nowhere.
        Presence::Arrived => spawn_local(settle(weak.clone())),
        Presence::Gone => destroy(&weak),
    });
    Ok(mounted)
}

/// Finds out whose widget it is: it joins the calls of that person in this page, or begins its own.
async fn settle(weak: Weak<Mounted>) {
    let Some(calling) = present(&weak).map(|mounted| mounted.calling()) else { return };
    let is_ours = present(&weak).is_some_and(|mounted| mounted.source.is_some());
    let token = if is_ours { calling.session.token().await } else { None };
    let Some(mounted) = present(&weak) else { return };
    if let Some(person) = token.as_deref().map(person_of) {
        let same = callings().into_iter().find(|other| other.is_of(calling.session.server(), &person));
        match same {
            Some(same) => return mounted.join(&same),
            None => calling.belongs_to(person),
        }
    }
    calling.begin();
}

/// A widget, unless it was destroyed.
fn present(weak: &Weak<Mounted>) -> Option<Rc<Mounted>> {
    weak.upgrade()
        .filter(|mounted| MOUNTED.with_borrow(|all| all.iter().any(|other| Rc::ptr_eq(other, mounted))))
}

/// Takes a widget out of the page, at once.
pub(super) fn destroy(mounted: &Weak<Mounted>) {
    unmount(|candidate| core::ptr::eq(candidate, mounted.as_ptr()));
}

fn unmount(which: impl Fn(&Mounted) -> bool) {
    let found = MOUNTED.with_borrow_mut(|all| {
        let index = all.iter().position(|mounted| which(mounted))?;
        Some(all.remove(index))
    });
    if let Some(mounted) = found {
        mounted.tear_down();
    }
}

impl Mounted {
    pub(super) fn calling(&self) -> Rc<Calling> {
        self.calling.borrow().clone()
    }

    /// The page calls: somebody who is not known may have become a contact since.
    pub(super) fn look_up(&self) {
        if let Some(target) = self.target.get_untracked() {
            self.calling().directory.want(&target);
        }
    }

    /// The page wants something; whatever it wanted before and still waits for is overtaken.
    pub(super) fn wish(&self) -> u32 {
        self.wishes.set(self.wishes.get() + 1);
        self.wishes.get()
    }

    /// What the page wanted last.
    pub(super) fn last_wish(&self) -> u32 {
        self.wishes.get()
    }

    /// Takes part in the calls of others in this page, instead of its own.
    pub(super) fn join(self: &Rc<Self>, calling: &Rc<Calling>) {
        let left = self.calling.replace(calling.clone());
        calling.enter(self);
        self.draw();
        left.leave(self);
        if let Some(target) = self.target.get_untracked() {
            calling.directory.want(&target);
        }
        self.look();
    }

    /// Chooses whom the buttons call.
    pub(super) fn aim(self: &Rc<Self>, target: Option<Target>) {
        self.told.set(false);
        self.wish();
        self.missing.set(None);
        self.target.set(target.clone());
        if let Some(target) = &target {
            self.calling().directory.want(target);
        }
        self.look();
    }

    /// Whom the buttons call, and where; or why nobody, if that is known already.
    pub(super) fn callee(&self) -> Result<(ConversationId, User), Option<Mistake>> {
        let calling = self.calling();
        if let Some(mistake) = calling.is_over() {
            return Err(Some(mistake));
        }
        let target = self.target.get_untracked().ok_or(Some(Mistake::Nobody))?;
        match calling.directory.find(&target) {
            Some(Contact { conversation_id: Some(conversation_id), user, .. }) => Ok((conversation_id, user)),
            Some(_) | None if calling.directory.is_complete() => Err(Some(self.stranger(&target))),
            Some(_) | None => Err(None),
        }
    }

    /// Whether a call is with whom this widget is about.
    pub(super) fn is_about(&self, party: &Party) -> bool {
        self.target.with_untracked(|target| match target {
            Some(Target::Conversation(id)) => id == &party.conversation_id,
            Some(Target::Contact(id)) => id == &party.peer.id,
            None => false,
        })
    }

    /// Something has changed: tells the page, once, that the buttons work or why they do not.
    pub(super) fn look(self: &Rc<Self>) {
        let calling = self.calling();
        if let Some(mistake) = calling.is_over() {
            let missing = if mistake == Mistake::UnknownUser {
                Missing::Unknown
            } else if mistake == Mistake::Outdated {
                Missing::Outdated
            } else {
                Missing::SignedOut
            };
            return self.missing.set(Some(missing));
        }
        if calling.session.status() != ConnectionStatus::Connected {
            return;
        }
        let target = self.target.get_untracked();
        let contact = target.as_ref().and_then(|target| calling.directory.find(target));
        let is_stranger = target.is_some() && contact.is_none();
        if is_stranger && !calling.directory.is_complete() {
            return self.missing.set(None);
        }
        self.missing.set(is_stranger.then_some(Missing::Stranger));
        if self.told.replace(true) {
            return;
        }
        match target.filter(|_| is_stranger) {
            None => announcements::ready(&self.host, contact.as_ref().map(|contact| &contact.user)),
            Some(target) => {
                // When they become a contact after all, the buttons work.
                let mistake = self.stranger(&target);
                match target {
                    Target::Conversation(id) => spawn_local(look_closer(Rc::downgrade(self), id, mistake)),
                    Target::Contact(_) => announcements::trouble(&self.host, &mistake),
                }
            }
        }
    }

    /// The server was never there.
    pub(super) fn miss_server(&self) {
        self.missing.set(Some(Missing::Server));
    }

    fn stranger(&self, target: &Target) -> Mistake {
        let is_pending = |id| {
            let contacts = &self.calling().directory.contacts;
            contacts.with_untracked(|all| all.iter().any(|contact| &contact.user.id == id))
        };
        match target {
            Target::Conversation(id) => Mistake::UnknownConversation(id.as_str().to_owned()),
            Target::Contact(id) if is_pending(id) => Mistake::PendingContact(id.as_str().to_owned()),
            Target::Contact(id) => Mistake::UnknownContact(id.as_str().to_owned()),
        }
    }

    fn draw(&self) {
        let calling = self.calling();
        let place = Place {
            target: self.target.clone(),
            missing: self.missing.clone(),
            buttons: self.options.buttons,
            history: self.options.history,
        };
        self.interface.take();
        let interface = interface::mount_place(self.host.root(), &calling.calls, calling.ground(), place);
        self.interface.replace(Some(interface));
    }

    /// At once, even while somebody up the stack still holds this widget.
    fn tear_down(&self) {
        self.calling().leave(self);
        self.abort.take();
        self.interface.take();
        self.host.clear();
    }
}

/// Whoever may read a conversation that is nobody's alone is in it with more people than one.
async fn look_closer(weak: Weak<Mounted>, id: ConversationId, mistake: Mistake) {
    let Some(api) = present(&weak).map(|mounted| mounted.calling().session.api().clone()) else { return };
    let larger = match api.messages(&id, None).await {
        Ok(_) => true,
        Err(RequestError::Refused(_) | RequestError::Unreachable) => false,
    };
    if let Some(mounted) = present(&weak) {
        let larger = larger.then(|| Mistake::LargerConversation(id.as_str().to_owned()));
        announcements::trouble(&mounted.host, &larger.unwrap_or(mistake));
    }
}
