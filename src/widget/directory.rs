//! What the calls of a page know of their surroundings: who is signed in, who is on the list, whether they are online.
//! Shared by all widgets of one person; each looks for its own contact in it. Never knows a call.

use super::options::Target;
use crate::platform::roster::{Change, Journal};
use crate::platform::session::{Session, SessionEvent, Subscription};
use crate::platform::timer::sleep;
use crate::widget::kit::signal::ArcRwSignal;
use call_client::ConnectionStatus;
use call_protocol::{Contact, ServerFrame, User};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};

/// Between two attempts to read the contacts.
const PAUSE: Duration = Duration::from_secs(2);

/// The surroundings, kept up to date by the session.
pub(super) struct Directory {
    pub(super) session: Session,
    pub(super) me: ArcRwSignal<Option<User>>,
    pub(super) contacts: ArcRwSignal<Vec<Contact>>,
    pub(super) status: ArcRwSignal<ConnectionStatus>,
    pub(super) calls_enabled: ArcRwSignal<bool>,
    /// Whether anybody is to be called, so that the contacts matter.
    wanted: Cell<bool>,
    journal: Rc<Journal>,
    /// How often the contacts were asked for: only the newest reading counts.
    asked: Cell<u32>,
    reading: Cell<bool>,
    /// Whether a whole list was read since it was wanted.
    read: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
    changed: Box<dyn Fn()>,
}

impl Directory {
    /// Calls back after every change.
    pub(super) fn new(session: &Session, changed: impl Fn() + 'static) -> Rc<Self> {
        let directory = Rc::new(Self {
            session: session.clone(),
            me: ArcRwSignal::new(None),
            contacts: ArcRwSignal::new(Vec::new()),
            status: ArcRwSignal::new(session.status()),
            calls_enabled: ArcRwSignal::new(true),
            wanted: Cell::default(),
            journal: Rc::default(),
            asked: Cell::default(),
            reading: Cell::default(),
            read: Cell::default(),
            subscription: RefCell::default(),
            changed: Box::new(changed),
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

    /// Somebody is to be called: the contacts are read, and anew if that person is not among them.
    pub(super) fn want(self: &Rc<Self>, target: &Target) {
        self.wanted.set(true);
        if self.session.status() == ConnectionStatus::Connected
            && self.find(target).is_none()
            && !self.reading.get()
        {
            self.read();
        }
    }

    /// The contact that a widget is about.
    pub(super) fn find(&self, target: &Target) -> Option<Contact> {
        self.contacts.with_untracked(|contacts| target.among(contacts))
    }

    /// Whether somebody who is not on the list is nobody's contact, as far as the server has told.
    pub(super) fn is_complete(&self) -> bool {
        self.read.get() && !self.reading.get()
    }

    fn hear(self: &Rc<Self>, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(welcome) => {
                self.me.set(Some(welcome.user.clone()));
                self.calls_enabled.set(self.session.config().is_none_or(|config| config.calls_enabled));
                self.status.set(ConnectionStatus::Connected);
                self.read();
            }
            SessionEvent::Status(status) => self.status.set(*status),
            SessionEvent::Frame(frame) => return self.frame(frame),
        }
        (self.changed)();
    }

    fn frame(&self, frame: &ServerFrame) {
        if let Some(change) = Change::of(frame) {
            self.journal.note(&change);
            self.contacts.update(|contacts| change.apply(contacts));
            (self.changed)();
        }
    }

    /// Reads the contacts, if anybody is to be called.
    fn read(self: &Rc<Self>) {
        if self.wanted.get() {
            let number = self.asked.get().wrapping_add(1);
            self.asked.set(number);
            self.reading.set(true);
            leptos::task::spawn_local(read(Rc::downgrade(self), number));
        }
    }
}

async fn read(directory: Weak<Directory>, number: u32) {
    let newest = || directory.upgrade().filter(|directory| directory.asked.get() == number);
    while let Some(held) = newest() {
        let (waiting, api) = (held.journal.begin(), held.session.api().clone());
        drop(held);
        let list = api.contacts().await;
        let Some(held) = newest() else { return };
        match list {
            Ok(list) => {
                held.contacts.set(waiting.up_to_date(list));
                held.reading.set(false);
                held.read.set(true);
                return (held.changed)();
            }
            Err(_) => match held.session.status() {
                ConnectionStatus::Connected | ConnectionStatus::Doubted => {}
                // Reconnecting reads anew.
                ConnectionStatus::Connecting | ConnectionStatus::Lost | ConnectionStatus::Over(_) => {
                    return held.reading.set(false);
                }
            },
        }
        drop(held);
        sleep(PAUSE).await;
    }
}
