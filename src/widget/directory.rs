//! What the widget knows of its surroundings: who is signed in, whom the buttons call, whether they are online.
//! Never knows a call.

use super::options::Target;
use crate::session::{Session, SessionEvent, Standing, Subscription};
use crate::shell::timer::sleep;
use crate::signal::ArcRwSignal;
use call_protocol::{Contact, ConversationId, ServerFrame, User};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};

/// Between two attempts to read the contacts.
const PAUSE: Duration = Duration::from_secs(2);

/// The surroundings of one widget, kept up to date by its session.
pub(super) struct Directory {
    pub(super) session: Session,
    pub(super) me: ArcRwSignal<Option<User>>,
    pub(super) contact: ArcRwSignal<Option<Contact>>,
    pub(super) connected: ArcRwSignal<bool>,
    pub(super) calls_enabled: ArcRwSignal<bool>,
    target: RefCell<Option<Target>>,
    contacts: RefCell<Vec<Contact>>,
    /// Counts what the frames changed, so that a list read meanwhile is known to be old.
    changes: Cell<u32>,
    reading: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
}

impl Directory {
    pub(super) fn new(session: &Session, target: Option<Target>) -> Rc<Self> {
        let directory = Rc::new(Self {
            session: session.clone(),
            me: ArcRwSignal::new(None),
            contact: ArcRwSignal::new(None),
            connected: ArcRwSignal::new(session.standing() == Standing::Connected),
            calls_enabled: ArcRwSignal::new(true),
            target: RefCell::new(target),
            contacts: RefCell::default(),
            changes: Cell::default(),
            reading: Cell::default(),
            subscription: RefCell::default(),
        });
        let weak = Rc::downgrade(&directory);
        let subscription = session.subscribe(move |event| {
            if let Some(directory) = weak.upgrade() {
                directory.hear(event);
            }
        });
        directory.subscription.replace(Some(subscription));
        directory
    }

    /// Chooses whom the buttons call.
    pub(super) fn aim(self: &Rc<Self>, target: Option<Target>) {
        self.target.replace(target);
        self.show();
        if self.session.standing() == Standing::Connected && self.contact.get_untracked().is_none() {
            self.read();
        }
    }

    /// Whom the buttons call, and where.
    pub(super) fn callee(&self) -> Option<(ConversationId, User)> {
        let contact = self.contact.get_untracked()?;
        Some((contact.conversation_id?, contact.user))
    }

    fn hear(self: &Rc<Self>, event: &SessionEvent) {
        match event {
            SessionEvent::Connected(welcome) => {
                self.me.set(Some(welcome.user.clone()));
                self.calls_enabled.set(self.session.config().is_none_or(|config| config.calls_enabled));
                self.connected.set(true);
                self.read();
            }
            SessionEvent::Doubted
            | SessionEvent::Disconnected
            | SessionEvent::SignedOut
            | SessionEvent::Replaced => self.connected.set(false),
            SessionEvent::Trusted => self.connected.set(true),
            SessionEvent::Frame(frame) => self.frame(frame),
        }
    }

    fn frame(&self, frame: &ServerFrame) {
        let mut contacts = self.contacts.borrow_mut();
        match frame {
            ServerFrame::Presence { user_id, online } => {
                for contact in contacts.iter_mut().filter(|contact| &contact.user.id == user_id) {
                    contact.online = *online;
                }
            }
            ServerFrame::Contact { contact } => {
                contacts.retain(|known| known.user.id != contact.user.id);
                contacts.push(contact.clone());
            }
            ServerFrame::ContactRemoved { user_id } => contacts.retain(|known| &known.user.id != user_id),
            ServerFrame::Welcome(_)
            | ServerFrame::CallRinging(_)
            | ServerFrame::CallAnswered(_)
            | ServerFrame::CallDeclined { .. }
            | ServerFrame::CallEnded { .. }
            | ServerFrame::Signal { .. }
            | ServerFrame::DeviceRinging { .. }
            | ServerFrame::Message { .. }
            | ServerFrame::TokenExpiring { .. }
            | ServerFrame::IceServers { .. }
            | ServerFrame::Alive { .. }
            | ServerFrame::Error { .. } => return,
        }
        drop(contacts);
        self.changes.set(self.changes.get().wrapping_add(1));
        self.show();
    }

    /// Reads the contacts, if anybody is to be called.
    fn read(self: &Rc<Self>) {
        if self.target.borrow().is_some() && !self.reading.replace(true) {
            leptos::task::spawn_local(read(Rc::downgrade(self)));
        }
    }

    fn show(&self) {
        let target = self.target.borrow();
        let fits = |contact: &&Contact| match target.as_ref() {
            Some(Target::Conversation(id)) => contact.conversation_id.as_ref() == Some(id),
            Some(Target::Contact(id)) => &contact.user.id == id && contact.conversation_id.is_some(),
            None => false,
        };
        let found = self.contacts.borrow().iter().find(fits).cloned();
        if self.contact.get_untracked() != found {
            self.contact.set(found);
        }
    }
}

async fn read(directory: Weak<Directory>) {
    while let Some(held) = directory.upgrade() {
        let (changes, api) = (held.changes.get(), held.session.api().clone());
        drop(held);
        let list = api.contacts().await;
        let Some(held) = directory.upgrade() else { return };
        match list {
            Ok(_) if held.changes.get() != changes => continue,
            Ok(list) => {
                held.contacts.replace(list);
                held.reading.set(false);
                return held.show();
            }
            // Reconnecting reads anew.
            Err(_) if held.session.standing() != Standing::Connected => return held.reading.set(false),
            Err(_) => {}
        }
        drop(held);
        sleep(PAUSE).await;
    }
}
