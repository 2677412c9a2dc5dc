//! The contact list: a list that was read, and the changes that the socket reported since.
//! A change that arrives while a reply is on its way is newer than the reply. Never sends a request.

use call_protocol::{Contact, ServerFrame, UserId};
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A change to one contact.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Online or offline.
    Presence(UserId, bool),
    /// Added, or changed to this.
    Updated(Contact),
    /// No longer a contact.
    Removed(UserId),
}

impl Change {
    /// The change in a frame; None for most frames.
    pub(crate) fn of(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Presence { user_id, online } => Some(Self::Presence(user_id.clone(), *online)),
            ServerFrame::Contact { contact } => Some(Self::Updated(contact.clone())),
            ServerFrame::ContactRemoved { user_id } => Some(Self::Removed(user_id.clone())),
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

    /// Applies it to a list, which stays sorted.
    pub(crate) fn apply(self, contacts: &mut Vec<Contact>) {
        match self {
            Self::Presence(user, online) => {
                if let Some(contact) = contacts.iter_mut().find(|contact| contact.user.id == user) {
                    contact.online = online;
                }
            }
            Self::Updated(contact) => {
                contacts.retain(|known| known.user.id != contact.user.id);
                insert(contacts, contact, &order());
            }
            Self::Removed(user) => contacts.retain(|known| known.user.id != user),
        }
    }
}

/// The changes that arrived while requests are under way.
#[derive(Default)]
pub(crate) struct Journal {
    changes: RefCell<Vec<Change>>,
    pending: Cell<u32>,
}

/// A request under way; the changes since it was sent are kept for its reply.
pub(crate) struct PendingReply {
    journal: Rc<Journal>,
    since: usize,
}

impl Journal {
    /// A request is sent now.
    pub(crate) fn begin(self: &Rc<Self>) -> PendingReply {
        self.pending.set(self.pending.get() + 1);
        PendingReply { journal: self.clone(), since: self.changes.borrow().len() }
    }

    /// Records a change, if a request is under way.
    pub(crate) fn note(&self, change: &Change) {
        if self.pending.get() > 0 {
            self.changes.borrow_mut().push(change.clone());
        }
    }
}

impl PendingReply {
    /// The list in the reply, with the changes since the request was sent.
    pub(crate) fn up_to_date(&self, mut contacts: Vec<Contact>) -> Vec<Contact> {
        for change in &self.journal.changes.borrow()[self.since..] {
            change.clone().apply(&mut contacts);
        }
        contacts
    }

    /// Whether this person was added, changed or removed meanwhile.
    pub(crate) fn mentions(&self, user: &UserId) -> bool {
        self.journal.changes.borrow()[self.since..].iter().any(|change| match change {
            Change::Updated(contact) => &contact.user.id == user,
            Change::Removed(other) => other == user,
            Change::Presence(..) => false,
        })
    }
}

impl Drop for PendingReply {
    fn drop(&mut self) {
        let pending = self.journal.pending.get() - 1;
        self.journal.pending.set(pending);
        if pending == 0 {
            self.journal.changes.take();
        }
    }
}

/// Sorted by name, in the order of the browser's locale.
pub(crate) fn sorted(contacts: Vec<Contact>) -> Vec<Contact> {
    let (mut sorted, order) = (Vec::with_capacity(contacts.len()), order());
    let known = js_sys::Set::new(&JsValue::UNDEFINED);
    for contact in contacts {
        // Duplicates would have two rows.
        let (id, count) = (JsValue::from_str(&contact.user.id.0), known.size());
        if known.add(&id).size() == count {
            continue;
        }
        insert(&mut sorted, contact, &order);
    }
    sorted
}

/// The browser's collator; creating it is slow, so once for a whole list.
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
