//! The signed-in user, the contacts with their presence and the connection, as signals. Shared by all widgets of one
//! person, each of which looks for its own contact in it. Knows nothing of calls.

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

/// Delay before the contacts are read again after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Kept up to date by the session's events.
pub(super) struct Directory {
    pub(super) session: Session,
    pub(super) me: ArcRwSignal<Option<User>>,
    pub(super) contacts: ArcRwSignal<Vec<Contact>>,
    pub(super) status: ArcRwSignal<ConnectionStatus>,
    pub(super) calls_enabled: ArcRwSignal<bool>,
    /// Whether a widget has a target; the contacts are not read otherwise.
    wanted: Cell<bool>,
    journal: Rc<Journal>,
    /// Number of the newest request for the contacts; replies to older ones are dropped.
    asked: Cell<u32>,
    reading: Cell<bool>,
    /// Whether the owner of the session passes the contacts in, so that they are not read twice.
    given: Cell<bool>,
    /// Whether the contacts were read at least once.
    read: Cell<bool>,
    subscription: RefCell<Option<Subscription>>,
    changed: Box<dyn Fn()>,
}

impl Directory {
    /// Empty; `changed` is called after every change.
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
            given: Cell::default(),
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

    /// A widget has this target: reads the contacts, again if the target is not among them.
    pub(super) fn want(self: &Rc<Self>, target: &Target) {
        self.wanted.set(true);
        if self.session.status() == ConnectionStatus::Connected
            && self.find(target).is_none()
            && !self.reading.get()
        {
            self.read();
        }
    }

    /// The contact behind a target.
    pub(super) fn find(&self, target: &Target) -> Option<Contact> {
        self.contacts.with_untracked(|contacts| target.among(contacts))
    }

    /// Whether the list is complete, so that a target that is not in it is no contact.
    pub(super) fn is_complete(&self) -> bool {
        self.read.get() && !self.reading.get()
    }

    /// Takes the contacts that the owner of the session has read; changes are still followed here.
    pub(super) fn set_contacts(&self, contacts: Vec<Contact>) {
        self.given.set(true);
        self.contacts.set(contacts);
        self.read.set(true);
        (self.changed)();
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

    /// Reads the contacts, if a widget has a target.
    fn read(self: &Rc<Self>) {
        if self.wanted.get() && !self.given.get() {
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
