//! The contacts as they are: a list that was read, and what was said of people since.
//! What is said while a reply is on its way is newer than the reply, whichever arrives first. Never asks the server.

use call_protocol::{Contact, ServerFrame, UserId};
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Something that was said of a person.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// They came or went.
    Presence(UserId, bool),
    /// They are on the list, like this.
    Is(Contact),
    /// They are not on the list any more.
    Gone(UserId),
}

impl Change {
    /// What a frame says; nothing for most frames.
    pub(crate) fn of(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Presence { user_id, online } => Some(Self::Presence(user_id.clone(), *online)),
            ServerFrame::Contact { contact } => Some(Self::Is(contact.clone())),
            ServerFrame::ContactRemoved { user_id } => Some(Self::Gone(user_id.clone())),
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
            | ServerFrame::Error { .. } => None,
        }
    }

    /// Makes it so in a list, which keeps its order.
    pub(crate) fn apply(self, contacts: &mut Vec<Contact>) {
        match self {
            Self::Presence(user, online) => {
                if let Some(contact) = contacts.iter_mut().find(|contact| contact.user.id == user) {
                    contact.online = online;
                }
            }
            Self::Is(contact) => {
                contacts.retain(|known| known.user.id != contact.user.id);
                insert(contacts, contact, &order());
            }
            Self::Gone(user) => contacts.retain(|known| known.user.id != user),
        }
    }
}

/// What was said while replies are waited for.
#[derive(Default)]
pub(crate) struct Journal {
    said: RefCell<Vec<Change>>,
    waiting: Cell<u32>,
}

/// A reply that is waited for; what is said from its beginning on is kept for it.
pub(crate) struct Waiting {
    journal: Rc<Journal>,
    since: usize,
}

impl Journal {
    /// Something is asked now.
    pub(crate) fn begin(self: &Rc<Self>) -> Waiting {
        self.waiting.set(self.waiting.get() + 1);
        Waiting { journal: self.clone(), since: self.said.borrow().len() }
    }

    /// Something was said.
    pub(crate) fn note(&self, change: &Change) {
        if self.waiting.get() > 0 {
            self.said.borrow_mut().push(change.clone());
        }
    }
}

impl Waiting {
    /// The list of a reply as it is now: with what was said since it was asked for.
    pub(crate) fn up_to_date(&self, mut contacts: Vec<Contact>) -> Vec<Contact> {
        for change in &self.journal.said.borrow()[self.since..] {
            change.clone().apply(&mut contacts);
        }
        contacts
    }

    /// Whether it was said meanwhile that this person is on the list, or is not.
    pub(crate) fn heard_of(&self, user: &UserId) -> bool {
        self.journal.said.borrow()[self.since..].iter().any(|change| match change {
            Change::Is(contact) => &contact.user.id == user,
            Change::Gone(other) => other == user,
            Change::Presence(..) => false,
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let waiting = self.journal.waiting.get() - 1;
        self.journal.waiting.set(waiting);
        if waiting == 0 {
            self.journal.said.take();
        }
    }
}

/// By name, as people of the reader's language look for it.
pub(crate) fn sorted(contacts: Vec<Contact>) -> Vec<Contact> {
    let (mut sorted, order) = (Vec::with_capacity(contacts.len()), order());
    let known = js_sys::Set::new(&JsValue::UNDEFINED);
    for contact in contacts {
        // Nobody stands there twice, whatever the server sends.
        let (id, count) = (JsValue::from_str(&contact.user.id.0), known.size());
        if known.add(&id).size() == count {
            continue;
        }
        insert(&mut sorted, contact, &order);
    }
    sorted
}

/// The browser's own order of names, found once for a whole list.
fn order() -> js_sys::Function {
    js_sys::Intl::Collator::new(&js_sys::Array::new(), &js_sys::Object::new()).compare()
}

fn insert(sorted: &mut Vec<Contact>, contact: Contact, order: &js_sys::Function) {
    let name = JsValue::from_str(&contact.user.display_name);
    let is_before = |other: &Contact| {
        let compared = order.call2(&JsValue::UNDEFINED, &name, &other.user.display_name.as_str().into());
        compared.ok().and_then(|compared| compared.as_f64()).is_none_or(|compared| compared >= 0.0)
    };
    // Lists often come in order.
    let place = match sorted.last() {
        Some(last) if !is_before(last) => sorted.partition_point(is_before),
        Some(_) | None => sorted.len(),
    };
    sorted.insert(place, contact);
}
