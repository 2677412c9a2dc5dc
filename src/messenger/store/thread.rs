//! One conversation as this page knows it: what was said, what is on its way, what was not read yet.
//! Pure: never asks the server and never draws.

use call_protocol::{ConversationId, Message, MessagePage, Timestamp};

/// A text that the server has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Counts the drafts of this page.
    pub number: u32,
    /// What was written.
    pub text: String,
    /// Whether the server did not take it.
    pub failed: bool,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Which one.
    pub id: ConversationId,
    /// The messages known, oldest first, without a gap.
    pub messages: Vec<Message>,
    /// Where older ones begin; nothing when there are none, or before anything was read.
    pub earlier: Option<Timestamp>,
    /// Whether the newest page was read.
    pub read: bool,
    /// What is on its way.
    pub drafts: Vec<Draft>,
    /// How many came that nobody looked at.
    pub unread: u32,
}

impl Thread {
    /// A conversation of which nothing is known.
    pub fn new(id: ConversationId) -> Self {
        Self { id, messages: Vec::new(), earlier: None, read: false, drafts: Vec::new(), unread: 0 }
    }

    /// Takes a message that just came; true if it is news.
    pub fn take(&mut self, message: Message) -> bool {
        let known = self.messages.iter().any(|known| known.id == message.id);
        if !known {
            self.messages.push(message);
        }
        !known
    }

    /// Takes the newest page: it continues what is known, or replaces it when there is a gap between the two.
    pub fn take_newest(&mut self, page: MessagePage) {
        let meets =
            page.messages.iter().any(|message| self.messages.iter().any(|known| known.id == message.id));
        let whole = page.next.is_none();
        if self.read && (meets || whole) {
            for message in page.messages {
                self.take(message);
            }
            self.messages.sort_by(|one, other| one.created_at.cmp(&other.created_at));
        } else {
            let came_meanwhile = core::mem::replace(&mut self.messages, page.messages);
            for message in came_meanwhile {
                if self.messages.last().is_none_or(|last| last.created_at <= message.created_at) {
                    self.take(message);
                }
            }
            self.earlier = page.next;
        }
        self.read = true;
    }

    /// Takes a page of older messages.
    pub fn take_older(&mut self, page: MessagePage) {
        let fresh = |message: &Message| !self.messages.iter().any(|known| known.id == message.id);
        let mut messages: Vec<_> = page.messages.into_iter().filter(fresh).collect();
        messages.append(&mut self.messages);
        self.messages = messages;
        self.earlier = page.next;
    }
}
