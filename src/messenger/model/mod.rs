//! The messenger's state, as signals: contacts, conversations, connection.
//! Draws nothing.
//!
//! - here: what the person does · `events`: what the session reports · `preferences`: blocks and settings
//! - `own_account`: sessions and password · `thread`: one conversation · `outbox`: unsent messages
//! - `notices`: unread messages and missed calls

mod events;
mod notices;
pub(super) mod outbox;
mod own_account;
mod preferences;
mod thread;

use notices::Arrival;
pub use notices::Missed;
pub use thread::{Draft, Progress, Thread};

use super::words;
use crate::platform::js;
use crate::platform::listener::Listener;
use crate::platform::roster::{Change, Journal, PendingReply};
use crate::platform::session::{Session, Subscription};
use crate::platform::sound::Sounds;
use crate::platform::timer::sleep;
use crate::widget::kit::signal::RwSignal;
use call_client::ConnectionStatus;
use call_protocol::{Contact, ConversationId, Settings, User, UserId};
use core::time::Duration;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// Delay before reading again after a failure.
const RETRY_DELAY: Duration = Duration::from_secs(3);

/// The state of the messenger of one signed-in person. Copies are the same one; it lives as long as the page after sign-in.
#[derive(Clone, Copy)]
pub struct Messenger {
    session: StoredValue<Session, LocalStorage>,
    /// Who is signed in.
    pub me: RwSignal<User>,
    /// Whether the server hears this page.
    pub status: RwSignal<ConnectionStatus>,
    /// Everybody on the list, by name; nothing before it was read.
    pub contacts: RwSignal<Option<Vec<Contact>>>,
    /// How often the contacts were read: widgets of the page are passed them then.
    pub contacts_read: RwSignal<u32>,
    /// Who was taken off the list while their conversation was open.
    pub removed: RwSignal<Option<Contact>>,
    /// Whose conversation is open.
    pub open: RwSignal<Option<UserId>>,
    /// The conversations that were opened or heard of.
    pub threads: RwSignal<Vec<Thread>>,
    /// The people who are blocked, by name.
    pub blocked: RwSignal<Vec<User>>,
    /// What the person wants of the server; nothing before it was read.
    pub settings: RwSignal<Option<Settings>>,
    /// Whether the account is being deleted, or is gone.
    pub deleted: RwSignal<bool>,
    /// The calls that were missed.
    pub missed: RwSignal<Missed>,
    /// Whether the past calls are shown.
    calls_shown: RwSignal<bool>,
    sounds: StoredValue<Sounds, LocalStorage>,
    /// Changes to contacts that arrived while a request for them was under way.
    journal: StoredValue<Rc<Journal>, LocalStorage>,
    /// Number of the newest request for the contacts.
    contacts_asked: RwSignal<u32>,
    /// Number of the newest request for the blocked people.
    blocked_asked: RwSignal<u32>,
}

impl Messenger {
    /// Empty; follows the session from now on.
    pub fn new(session: &Session, me: User) -> Self {
        let messenger = Self {
            session: StoredValue::new_local(session.clone()),
            me: RwSignal::new(me),
            status: RwSignal::new(ConnectionStatus::Connecting),
            contacts: RwSignal::new(None),
            contacts_read: RwSignal::new(0),
            open: RwSignal::new(None),
            threads: RwSignal::new(Vec::new()),
            blocked: RwSignal::new(Vec::new()),
            settings: RwSignal::new(None),
            deleted: RwSignal::new(false),
            removed: RwSignal::new(None),
            missed: RwSignal::new(Missed::default()),
            calls_shown: RwSignal::new(false),
            sounds: StoredValue::new_local(Sounds::new(&[session.server(), "/"].concat(), Rc::new(|| {}))),
            journal: StoredValue::new_local(Rc::default()),
            contacts_asked: RwSignal::new(0),
            blocked_asked: RwSignal::new(0),
        };
        messenger.restore();
        let subscription: Subscription = session.subscribe(move |event| messenger.on_session_event(event));
        let seen = Listener::new(&js::document(), "visibilitychange", move |_| messenger.mark_visible_seen());
        StoredValue::new_local((subscription, seen));
        messenger
    }

    /// The contact whose conversation is open.
    pub fn open_contact(self) -> Option<Contact> {
        let open = self.open.get()?;
        self.contacts
            .with(|contacts| contacts.as_ref()?.iter().find(|contact| contact.user.id == open).cloned())
    }

    /// Reads a signal of one conversation.
    pub fn with_thread<T>(self, id: &ConversationId, read: impl FnOnce(&Thread) -> T) -> Option<T> {
        self.threads.with(|threads| threads.iter().find(|thread| &thread.id == id).map(read))
    }

    /// Opens somebody's conversation.
    pub fn show(self, contact: &Contact) {
        self.open.set(Some(contact.user.id.clone()));
        if let Some(id) = &contact.conversation_id {
            self.change(id, |thread| thread.unread = 0);
            if self.with_thread_untracked(id, |thread| !thread.read) {
                self.read_newest(id.clone());
            }
        }
    }

    /// Sends a contact request; an error is a sentence.
    pub async fn add(self, username: String) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let waiting = self.begin_request();
        let contact = session.api().add_contact(&username).await.map_err(|error| words::not_added(&error))?;
        self.take_reply(waiting, contact);
        Ok(())
    }

    /// Accepts a contact request.
    pub fn accept(self, user: UserId) {
        let Some(session) = self.session.try_get_value() else { return };
        let waiting = self.begin_request();
        spawn_local(async move {
            if let Ok(contact) = session.api().accept_contact(&user).await {
                self.take_reply(waiting, contact);
            }
        });
    }

    /// Declines a contact request, or cancels an own one.
    pub fn remove(self, user: UserId) {
        spawn_local(async move { drop(self.remove_contact(user).await) });
    }

    /// Removes a contact; an error is a sentence.
    pub async fn remove_contact(self, user: UserId) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let waiting = self.begin_request();
        session.api().remove_contact(&user).await.map_err(|error| words::trouble(&error))?;
        // A new request of theirs may have arrived meanwhile.
        if !waiting.is_some_and(|waiting| waiting.mentions(&user)) {
            self.open.update(|open| *open = open.take().filter(|open| *open != user));
            self.change_contacts(Change::Removed(user));
        }
        Ok(())
    }

    /// Reads the page before the oldest known message.
    pub fn read_older(self, id: ConversationId) {
        let Some(session) = self.session.try_get_value() else { return };
        let Some(before) = self.with_thread_untracked(&id, |thread| thread.earlier.clone()) else { return };
        spawn_local(async move {
            if let Ok(page) = session.api().messages(&id, Some(&before.0)).await {
                // Another request may have been faster.
                self.change(&id, |thread| {
                    if thread.earlier == Some(before) {
                        thread.prepend_older(page);
                    }
                });
            }
        });
    }

    fn read_newest(self, id: ConversationId) {
        let Some(session) = self.session.try_get_value() else { return };
        spawn_local(async move {
            loop {
                match session.api().messages(&id, None).await {
                    Ok(page) => {
                        let mut fresh = Vec::new();
                        self.change(&id, |thread| fresh = thread.merge_newest(page));
                        return self.count_new(fresh.iter(), Arrival::WhileDisconnected);
                    }
                    Err(_) => session.check(),
                }
                sleep(RETRY_DELAY).await;
                // Reconnecting reads again anyway.
                if self.status.try_get_untracked() != Some(ConnectionStatus::Connected) || !self.is_open(&id)
                {
                    return;
                }
            }
        });
    }

    /// Starts recording changes to contacts: whatever arrives from now on is newer than the reply of a request.
    fn begin_request(self) -> Option<PendingReply> {
        self.journal.try_with_value(Journal::begin)
    }

    /// Applies the contact in a reply, unless a newer change has arrived meanwhile.
    fn take_reply(self, waiting: Option<PendingReply>, contact: Contact) {
        let now = waiting.map(|waiting| waiting.up_to_date(vec![contact])).into_iter().flatten().next();
        if let Some(contact) = now {
            self.change_contacts(Change::Updated(contact));
        }
    }

    fn change_contacts(self, change: Change) {
        self.journal.try_with_value(|journal| journal.note(&change));
        let to_read = match &change {
            Change::Updated(contact) => {
                let open = self.open.try_get_untracked().flatten();
                contact.conversation_id.clone().filter(|_| open.as_ref() == Some(&contact.user.id))
            }
            Change::Presence(..) | Change::Removed(_) => None,
        };
        if let Change::Removed(user) = &change
            && self.open.try_get_untracked().flatten().as_ref() == Some(user)
        {
            let contact = self.open_contact();
            self.removed.set(contact);
        }
        self.contacts.update(|contacts| {
            if let Some(contacts) = contacts {
                change.apply(contacts);
            }
        });
        if let Some(id) = to_read {
            self.read_newest(id);
        }
    }

    fn change(self, id: &ConversationId, change: impl FnOnce(&mut Thread)) {
        self.threads.update(|threads| {
            let index = threads.iter().position(|thread| &thread.id == id).unwrap_or_else(|| {
                threads.push(Thread::new(id.clone()));
                threads.len() - 1
            });
            change(&mut threads[index]);
        });
    }

    fn change_draft(self, id: &ConversationId, key: &str, change: impl FnOnce(&mut Draft)) {
        self.change(id, |thread| {
            if let Some(draft) = thread.drafts.iter_mut().find(|draft| draft.key == key) {
                change(draft);
            }
        });
    }

    fn with_thread_untracked<T: Default>(self, id: &ConversationId, read: impl FnOnce(&Thread) -> T) -> T {
        let found = self
            .threads
            .try_with_untracked(|threads| threads.iter().find(|thread| &thread.id == id).map(read));
        found.flatten().unwrap_or_default()
    }
}
