//! One widget in one element of a page: its buttons, its history, and the contact that they are about. The calls are shared
//! with other widgets of the same person. Owns the list of what is mounted in this page; leaves nothing behind when destroyed.

mod shared_calls;
mod unreachable;

use super::announcements;
use super::interface::{self, Circumstances, InlineProps, Interface, Unavailable, cannot_call};
use super::mistake::Mistake;
use super::options::{MountRequest, Options, Target, Theme};
use super::state::{NoCall, WidgetState};
use super::tokens::{TokenFunction, TokenFunctions, person_of};
use crate::platform::host::{Host, Presence};
use crate::platform::listener::Listener;
use crate::platform::session::{Session, signed_in};
use crate::widget::kit::signal::ArcRwSignal;
use call_client::ConnectionStatus;
use call_core::{Party, RequestError};
use call_protocol::{ChangeSettings, Contact, ConversationId, User};
use core::cell::{Cell, RefCell};
use shared_calls::SharedCalls;
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
    // Field order: the interface is unmounted first.
    interface: RefCell<Option<Interface>>,
    shared: RefCell<Rc<SharedCalls>>,
    pub(super) source: Option<TokenFunction>,
    pub(super) options: Options,
    target: ArcRwSignal<Option<Target>>,
    unavailable: ArcRwSignal<Option<Unavailable>>,
    /// Whether `ready`, or why there is nobody to call, was dispatched for the current target.
    announced: Cell<bool>,
    /// The state that the page heard last.
    state: Cell<Option<WidgetState>>,
    /// Counts the page's commands: a `call()` that waits for its contact is cancelled by the next command.
    commands: Cell<u32>,
    abort: RefCell<Option<Listener>>,
    pub(super) host: Host,
}

/// All that is mounted in this page, the oldest first.
pub(super) fn all_shared_calls() -> Vec<Rc<SharedCalls>> {
    MOUNTED.with_borrow(|all| all.iter().map(|mounted| mounted.shared()).collect())
}

/// Mounts a widget with a session of its own, from a page's options.
pub(super) fn mount_request(element: &HtmlElement, request: MountRequest) -> Result<Weak<Mounted>, JsValue> {
    let MountRequest { server, source, hide_address, options, warnings } = request;
    let sources = TokenFunctions::new();
    let session = signed_in(&server, sources.as_token_source());
    if hide_address.is_some() {
        session.wish(ChangeSettings { hide_address, ..ChangeSettings::default() });
    }
    let shared = SharedCalls::new(session, Some(sources), &options.assets);
    let mounted = mount(element, shared, Some(source), options)?;
    if !warnings.is_empty() {
        // In a later task, so that the page can add listeners first.
        let weak = Rc::downgrade(&mounted);
        spawn_local(async move {
            for warning in warnings {
                let Some(mounted) = still_mounted(&weak) else { return };
                announcements::mistake(&mounted.host, &warning);
            }
        });
    }
    Ok(Rc::downgrade(&mounted))
}

/// Mounts a widget on an existing session, which its owner closes.
pub(super) fn mount_session(
    element: &HtmlElement,
    session: &Session,
    options: Options,
) -> Result<Weak<Mounted>, JsValue> {
    unmount(|mounted| mounted.host.element() == element);
    let known = all_shared_calls().into_iter().find(|shared| shared.session.is_same(session));
    let shared = known.unwrap_or_else(|| SharedCalls::new(session.clone(), None, &options.assets));
    mount(element, shared, None, options).map(|mounted| Rc::downgrade(&mounted))
}

fn mount(
    element: &HtmlElement,
    shared: Rc<SharedCalls>,
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
        shared: RefCell::new(shared.clone()),
        source,
        target: ArcRwSignal::new(options.target.clone()),
        unavailable: ArcRwSignal::new(None),
        announced: Cell::default(),
        state: Cell::default(),
        commands: Cell::default(),
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
    shared.add(&mounted);
    mounted.show_interface();
    if let Some(target) = &mounted.options.target {
        shared.directory.want(target);
    }
    mounted.host.on_presence(move |presence| match presence {
        // Connects only then: nobody could see a window before.
        Presence::Arrived => spawn_local(join_or_start(weak.clone())),
        Presence::Gone => destroy(&weak),
    });
    Ok(mounted)
}

/// Asks for a token to learn whose widget it is; joins that person's calls in this page, or starts its own.
async fn join_or_start(weak: Weak<Mounted>) {
    let Some(shared) = still_mounted(&weak).map(|mounted| mounted.shared()) else { return };
    let is_ours = still_mounted(&weak).is_some_and(|mounted| mounted.source.is_some());
    let token = if is_ours { shared.session.token().await } else { None };
    let Some(mounted) = still_mounted(&weak) else { return };
    if let Some(person) = token.as_deref().map(person_of) {
        let same = all_shared_calls().into_iter().find(|other| other.is_of(shared.session.server(), &person));
        match same {
            Some(same) => return mounted.join(&same),
            None => shared.set_person(person),
        }
    }
    shared.start();
}

/// The widget, unless it was destroyed.
fn still_mounted(weak: &Weak<Mounted>) -> Option<Rc<Mounted>> {
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
    pub(super) fn shared(&self) -> Rc<SharedCalls> {
        self.shared.borrow().clone()
    }

    /// Reads the contacts again if the target is not among them: it may have become one since.
    pub(super) fn request_contact(&self) {
        if let Some(target) = self.target.get_untracked() {
            self.shared().directory.want(&target);
        }
    }

    /// Numbers a command of the page; cancels an earlier one that still waits.
    pub(super) fn next_command(&self) -> u32 {
        self.commands.set(self.commands.get() + 1);
        self.commands.get()
    }

    /// The number of the newest command.
    pub(super) fn last_command(&self) -> u32 {
        self.commands.get()
    }

    /// Leaves its own shared calls for those of the same person.
    pub(super) fn join(self: &Rc<Self>, shared: &Rc<SharedCalls>) {
        let left = self.shared.replace(shared.clone());
        shared.add(self);
        self.show_interface();
        left.remove(self);
        if let Some(target) = self.target.get_untracked() {
            shared.directory.want(&target);
        }
        self.refresh();
        self.announce_state();
    }

    /// Chooses whom the buttons call.
    pub(super) fn set_target(self: &Rc<Self>, target: Option<Target>) {
        self.announced.set(false);
        self.next_command();
        self.unavailable.set(None);
        self.target.set(target.clone());
        if let Some(target) = &target {
            self.shared().directory.want(target);
        }
        self.refresh();
        self.announce_state();
    }

    /// Whom the buttons call, and where; or why nobody, if that is known already.
    pub(super) fn callee(&self) -> Result<(ConversationId, User), Option<Mistake>> {
        let shared = self.shared();
        if let Some(mistake) = shared.ended_by() {
            return Err(Some(mistake));
        }
        let target = self.target.get_untracked().ok_or(Some(Mistake::Nobody))?;
        match shared.directory.find(&target) {
            Some(Contact { user, .. }) if shared.blocked.with_untracked(|all| all.contains(&user.id)) => {
                Err(Some(Mistake::Blocked))
            }
            Some(Contact { conversation_id: Some(conversation_id), user, .. }) => Ok((conversation_id, user)),
            Some(_) | None if shared.directory.is_complete() => Err(Some(self.stranger(&target))),
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

    /// Updates what the buttons show, and dispatches once per target that they work or why they do not.
    pub(super) fn refresh(self: &Rc<Self>) {
        let shared = self.shared();
        if let Some(mistake) = shared.ended_by() {
            let unavailable = if mistake == Mistake::UnknownUser {
                Unavailable::Unknown
            } else if mistake == Mistake::Outdated {
                Unavailable::Outdated
            } else {
                Unavailable::SignedOut
            };
            return self.unavailable.set(Some(unavailable));
        }
        if shared.session.status() != ConnectionStatus::Connected {
            return;
        }
        let target = self.target.get_untracked();
        let contact = target.as_ref().and_then(|target| shared.directory.find(target));
        let is_stranger = target.is_some() && contact.is_none();
        if is_stranger && !shared.directory.is_complete() {
            return self.unavailable.set(None);
        }
        self.unavailable.set(is_stranger.then_some(Unavailable::Stranger));
        if self.announced.replace(true) {
            return;
        }
        match target.filter(|_| is_stranger) {
            None => announcements::ready(&self.host, contact.as_ref().map(|contact| &contact.user)),
            Some(target) => {
                let mistake = self.stranger(&target);
                match target {
                    Target::Conversation(id) => {
                        spawn_local(report_stranger(Rc::downgrade(self), id, mistake))
                    }
                    Target::Contact(_) => announcements::mistake(&self.host, &mistake),
                }
            }
        }
    }

    /// Whether the person is busy, and whether the contact can be called.
    pub(super) fn state(&self) -> WidgetState {
        let shared = self.shared();
        let (view, directory) = (shared.calls.view(), &shared.directory);
        let contact = self.target.get_untracked().and_then(|target| directory.find(&target));
        let reason = |contact: Contact| {
            let circumstances = Circumstances {
                blocked: shared.blocked.with_untracked(|all| all.contains(&contact.user.id)),
                calls_enabled: directory.calls_enabled.get_untracked(),
                connected: directory.status.get_untracked() == ConnectionStatus::Connected,
                online: Some(contact.online),
            };
            cannot_call(&view, circumstances).map(NoCall::Contact)
        };
        WidgetState { busy: view.is_busy(), reason: contact.map_or(Some(NoCall::Nobody), reason) }
    }

    /// Tells the page the state, if it has changed.
    pub(super) fn announce_state(&self) {
        let state = self.state();
        if self.state.replace(Some(state)) != Some(state) {
            announcements::state(&self.host, state);
        }
    }

    /// Tells the page's developer.
    pub(super) fn report(&self, mistake: &Mistake) {
        announcements::mistake(&self.host, mistake);
    }

    /// Shows that the server cannot be reached.
    pub(super) fn show_unreachable(&self) {
        self.unavailable.set(Some(Unavailable::Server));
    }

    fn stranger(&self, target: &Target) -> Mistake {
        let is_pending = |id| {
            let contacts = &self.shared().directory.contacts;
            contacts.with_untracked(|all| all.iter().any(|contact| &contact.user.id == id))
        };
        match target {
            Target::Conversation(id) => Mistake::UnknownConversation(id.as_str().to_owned()),
            Target::Contact(id) if is_pending(id) => Mistake::PendingContact(id.as_str().to_owned()),
            Target::Contact(id) => Mistake::UnknownContact(id.as_str().to_owned()),
        }
    }

    fn show_interface(&self) {
        let shared = self.shared();
        let inline = InlineProps {
            target: self.target.clone(),
            unavailable: self.unavailable.clone(),
            buttons: self.options.buttons,
            history: self.options.history,
        };
        self.interface.take();
        let interface =
            interface::mount_inline(self.host.root(), &shared.calls, shared.shared_props(), inline);
        self.interface.replace(Some(interface));
    }

    /// Removes everything now, even if a caller still holds a reference.
    fn tear_down(&self) {
        self.shared().remove(self);
        self.abort.take();
        self.interface.take();
        self.host.clear();
    }
}

/// Tells a conversation with more than two members from an unknown one: only members may read its messages.
async fn report_stranger(weak: Weak<Mounted>, id: ConversationId, mistake: Mistake) {
    let Some(api) = still_mounted(&weak).map(|mounted| mounted.shared().session.api().clone()) else {
        return;
    };
    let larger = match api.messages(&id, None).await {
        Ok(_) => true,
        Err(RequestError::Refused(_) | RequestError::Unreachable) => false,
    };
    if let Some(mounted) = still_mounted(&weak) {
        let larger = larger.then(|| Mistake::LargerConversation(id.as_str().to_owned()));
        announcements::mistake(&mounted.host, &larger.unwrap_or(mistake));
    }
}
