//! What the messenger knows, as signals: who is there, what was said, how the connection stands.
//! Never draws anything.
//!
//! - here: what the person does · `wishes`: whom they block, who may ring · `news`: what the session tells
//! - `thread`: one conversation

mod news;
mod thread;
mod wishes;

pub use thread::{Draft, Thread};

use super::words;
use crate::session::{Session, Subscription};
use crate::shell::js;
use crate::signal::RwSignal;
use call_protocol::{Contact, ConversationId, User, UserId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How the connection to the server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The first attempt.
    Connecting,
    /// Everything shown is live.
    Up,
    /// The server was asked whether it is there, and has not answered yet.
    Doubted,
    /// Lost; it is being tried again.
    Away,
    /// Over: the sign-in is no longer valid.
    SignedOut,
    /// Over: another page of this browser took over.
    Replaced,
}

/// The messenger of one signed-in person. A copy is the same one; it lives as long as the room.
#[derive(Clone, Copy)]
pub struct Messenger {
    session: StoredValue<Session, LocalStorage>,
    /// Who is signed in.
    pub me: RwSignal<User>,
    /// How the connection stands.
    pub link: RwSignal<Link>,
    /// Whether the server offers calls.
    pub calls_enabled: RwSignal<bool>,
    /// Everybody on the list, by name; nothing before it was read.
    pub contacts: RwSignal<Option<Vec<Contact>>>,
    /// Whose conversation is open.
    pub open: RwSignal<Option<UserId>>,
    /// The conversations that were opened or heard of.
    pub threads: RwSignal<Vec<Thread>>,
    /// The people who are blocked, by name.
    pub blocked: RwSignal<Vec<User>>,
    /// Whether calls of unknown people ring nowhere; nothing before it was read.
    pub silences_unknown: RwSignal<Option<bool>>,
    /// How often the contacts were asked for.
    contacts_asked: RwSignal<u32>,
    /// How often it was asked who is blocked.
    blocked_asked: RwSignal<u32>,
}

impl Messenger {
    /// Knows nothing yet; hears everything that the session tells from now on.
    pub fn new(session: &Session, me: User) -> Self {
        let messenger = Self {
            session: StoredValue::new_local(session.clone()),
            me: RwSignal::new(me),
            link: RwSignal::new(Link::Connecting),
            calls_enabled: RwSignal::new(true),
            contacts: RwSignal::new(None),
            open: RwSignal::new(None),
            threads: RwSignal::new(Vec::new()),
            blocked: RwSignal::new(Vec::new()),
            silences_unknown: RwSignal::new(None),
            contacts_asked: RwSignal::new(0),
            blocked_asked: RwSignal::new(0),
        };
        let subscription: Subscription = session.subscribe(move |event| messenger.hear(event));
        StoredValue::new_local(subscription);
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

    /// Asks somebody to become a contact; an error is a sentence.
    pub async fn add(self, username: String) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let contact = session.api().add_contact(&username).await.map_err(|error| words::trouble(&error))?;
        self.take_contact(contact);
        Ok(())
    }

    /// Accepts somebody who asked.
    pub fn accept(self, user: UserId) {
        let Some(session) = self.session.try_get_value() else { return };
        spawn_local(async move {
            if let Ok(contact) = session.api().accept_contact(&user).await {
                self.take_contact(contact);
            }
        });
    }

    /// Refuses somebody who asked, or takes back what was asked.
    pub fn remove(self, user: UserId) {
        spawn_local(async move { drop(self.part_from(user).await) });
    }

    /// Takes somebody off the list; an error is a sentence.
    pub async fn part_from(self, user: UserId) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        session.api().remove_contact(&user).await.map_err(|error| words::trouble(&error))?;
        self.drop_contact(&user);
        Ok(())
    }

    /// Writes into a conversation.
    pub fn write(self, id: ConversationId, text: String) {
        let draft = Draft { key: js::random_id(), text, failed: false };
        self.change(&id, |thread| thread.drafts.push(draft.clone()));
        self.send(id, draft);
    }

    /// Tries a draft again that the server did not take.
    pub fn write_again(self, id: ConversationId, draft: Draft) {
        self.change_draft(&id, &draft.key, |draft| draft.failed = false);
        self.send(id, draft);
    }

    /// Reads what was said before the oldest message known.
    pub fn read_older(self, id: ConversationId) {
        let Some(session) = self.session.try_get_value() else { return };
        let Some(before) = self.with_thread_untracked(&id, |thread| thread.earlier.clone()) else { return };
        spawn_local(async move {
            if let Ok(page) = session.api().messages(&id, Some(&before.0)).await {
                // Another reading may have been faster.
                self.change(&id, |thread| {
                    if thread.earlier == Some(before) {
                        thread.take_older(page);
                    }
                });
            }
        });
    }

    fn send(self, id: ConversationId, Draft { key, text, .. }: Draft) {
        let Some(session) = self.session.try_get_value() else { return };
        spawn_local(async move {
            match session.api().post_message(&id, &text, &key).await {
                Ok(message) => self.change(&id, |thread| {
                    thread.drafts.retain(|draft| draft.key != key);
                    thread.take(message);
                }),
                Err(_) => self.change_draft(&id, &key, |draft| draft.failed = true),
            }
        });
    }

    fn read_newest(self, id: ConversationId) {
        let Some(session) = self.session.try_get_value() else { return };
        spawn_local(async move {
            if let Ok(page) = session.api().messages(&id, None).await {
                self.change(&id, |thread| thread.take_newest(page));
            }
        });
    }

    fn take_contact(self, contact: Contact) {
        let is_open = self.open.try_get_untracked().flatten().is_some_and(|open| open == contact.user.id);
        let id = contact.conversation_id.clone().filter(|_| is_open);
        self.contacts_change(|contacts| {
            contacts.retain(|known| known.user.id != contact.user.id);
            contacts.push(contact);
            sort(contacts);
        });
        if let Some(id) = id {
            self.read_newest(id);
        }
    }

    fn drop_contact(self, user: &UserId) {
        self.contacts_change(|contacts| contacts.retain(|known| &known.user.id != user));
    }

    fn contacts_change(self, change: impl FnOnce(&mut Vec<Contact>)) {
        self.contacts.update(|contacts| {
            contacts.as_mut().map(change);
        });
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

/// By name, as people of the reader's language look for it.
fn sort(contacts: &mut [Contact]) {
    for index in 1..contacts.len() {
        let (sorted, rest) = contacts.split_at(index);
        let name = js_sys::JsString::from(rest[0].user.display_name.as_str());
        let place = sorted.partition_point(|other| {
            name.locale_compare(&other.user.display_name, &js_sys::Array::new(), &js_sys::Object::new()) >= 0
        });
        contacts[place..=index].rotate_right(1);
    }
}
