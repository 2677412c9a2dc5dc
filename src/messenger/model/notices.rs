//! Unread messages and missed calls: counting them, the number in the page's title, the sound of a new message.
//! Draws nothing.

use super::Messenger;
use crate::platform::attention::Counter;
use crate::platform::js;
use crate::widget::kit::dom::effect;
use call_protocol::{
    Call, CallId, CallOutcome, CallStatus, Contact, ConversationId, Message, MessageType, UserId,
};
use leptos::prelude::*;
use leptos::web_sys::VisibilityState;

/// The calls missed since the page was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    known: Vec<CallId>,
    /// How many of them the person has seen.
    seen: usize,
}

impl Missed {
    /// How many the person has not seen.
    pub fn count(&self) -> usize {
        self.known.len() - self.seen
    }

    fn take(&mut self, call: &CallId) {
        if !self.known.contains(call) {
            self.known.push(call.clone());
        }
    }
}

impl Messenger {
    /// The number of unread messages in all conversations.
    pub fn unread(self) -> u32 {
        self.threads.with(|threads| threads.iter().map(|thread| thread.unread).sum())
    }

    /// Shows the number in the page's title, for as long as the surrounding owner lives.
    pub fn count_in_title(self) {
        let counter = Counter::new();
        effect(move || counter.show(self.unread()));
    }

    /// The person chooses whether to see the past calls.
    pub fn show_calls(self, shown: bool) {
        self.calls_shown.set(shown);
        self.mark_visible_seen();
    }

    /// Marks what is visible as seen, if the page is.
    pub(super) fn mark_visible_seen(self) {
        if !is_visible() {
            return;
        }
        if self.calls_shown.try_get_untracked() == Some(true) {
            self.missed.update(|missed| missed.seen = missed.known.len());
        }
        let open = self.open.try_get_untracked().flatten();
        let contact = self.contacts.try_with_untracked(|contacts| {
            let is_it = |contact: &&Contact| Some(&contact.user.id) == open.as_ref();
            contacts.as_ref()?.iter().find(is_it)?.conversation_id.clone()
        });
        if let Some(id) = contact.flatten() {
            self.mark_read(&id);
        }
    }

    pub(super) fn mark_read(self, id: &ConversationId) {
        if self.with_thread_untracked(id, |thread| thread.unread > 0) {
            self.change(id, |thread| thread.unread = 0);
        }
    }

    /// Counts new messages. A sound is played for those that arrived live.
    pub(super) fn count_new<'a>(self, messages: impl Iterator<Item = &'a Message>, arrival: Arrival) {
        let Some(me) = self.me.try_with_untracked(|me| me.id.clone()) else { return };
        for message in messages.filter(|message| counts_as_unread(message, &me)) {
            if let Some(call) = &message.metadata {
                self.add_missed(&call.call_id);
            }
            let id = &message.conversation_id;
            if self.is_in_view(id) {
                continue;
            }
            self.change(id, |thread| thread.unread += 1);
            let blocked = self.blocked.try_with_untracked(|blocked| {
                blocked.iter().any(|user| Some(&user.id) == message.sender_id.as_ref())
            });
            if arrival == Arrival::Live && message.metadata.is_none() && blocked != Some(true) {
                self.sounds.try_with_value(|sounds| sounds.note());
            }
        }
    }

    /// Counts the calls that were missed while disconnected.
    pub(super) fn count_missed(self, calls: &[Call]) {
        let Some(me) = self.me.try_with_untracked(|me| me.id.clone()) else { return };
        for call in calls {
            if call.status == CallStatus::Missed && call.initiator_id != me {
                self.add_missed(&call.id);
            }
        }
    }

    fn add_missed(self, call: &CallId) {
        self.missed.update(|missed| missed.take(call));
        self.mark_visible_seen();
    }

    fn is_in_view(self, id: &ConversationId) -> bool {
        is_visible() && self.is_open(id)
    }

    pub(super) fn is_open(self, id: &ConversationId) -> bool {
        let open = self.open.try_get_untracked().flatten();
        let same = |contact: &Contact| {
            contact.conversation_id.as_ref() == Some(id) && Some(&contact.user.id) == open.as_ref()
        };
        let is_open =
            |contacts: &Option<Vec<Contact>>| contacts.as_ref().is_some_and(|all| all.iter().any(same));
        self.contacts.try_with_untracked(is_open) == Some(true)
    }
}

/// How messages arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Live, over the socket.
    Live,
    /// While disconnected.
    WhileDisconnected,
}

fn is_visible() -> bool {
    js::document().visibility_state() == VisibilityState::Visible
}

/// Whether a message counts as unread: a text of another person, or a missed call.
fn counts_as_unread(message: &Message, me: &UserId) -> bool {
    match message.message_type {
        MessageType::Text => message.sender_id.as_ref() != Some(me),
        MessageType::System => message
            .metadata
            .as_ref()
            .is_some_and(|call| call.status == CallOutcome::Missed && &call.initiator_id != me),
    }
}
