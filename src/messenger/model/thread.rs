//! One conversation: its known messages, unsent drafts, number of unread messages.
//! Pure: no requests, no drawing.

use call_protocol::{ConversationId, Message, MessagePage, Timestamp};

/// A text that the server has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its idempotency key, the same at every attempt: the server writes it once.
    pub key: String,
    /// What was written.
    pub text: String,
    /// Its state.
    pub progress: Progress,
    /// Number of attempts.
    pub tries: u32,
}

/// The state of an unsent text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Waits for the connection, for the next attempt, or for an earlier draft.
    Queued,
    /// Sent, not confirmed.
    Sending,
    /// The server refused it; why, as a sentence.
    Refused(String),
}

impl Draft {
    /// Whether it stays unsent until the person tries again.
    pub fn is_refused(&self) -> bool {
        match self.progress {
            Progress::Refused(_) => true,
            Progress::Queued | Progress::Sending => false,
        }
    }
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
    /// Number of unread messages.
    pub unread: u32,
}

impl Thread {
    /// An empty one.
    pub fn new(id: ConversationId) -> Self {
        Self { id, messages: Vec::new(), earlier: None, read: false, drafts: Vec::new(), unread: 0 }
    }

    /// Adds a message that arrived live; true if it was not known.
    pub fn add(&mut self, message: Message) -> bool {
        let known = self.messages.iter().any(|known| known.id == message.id);
        if !known {
            self.messages.push(message);
        }
        !known
    }

    /// Adds the newest page: it continues what is known, or replaces it if there is a gap between the two. Returns the new
    /// messages in it, if the conversation was read before.
    pub fn merge_newest(&mut self, page: MessagePage) -> Vec<Message> {
        let is_news = |message: &&Message| !self.messages.iter().any(|known| known.id == message.id);
        let last = self.messages.last().map(|last| last.created_at.clone()).filter(|_| self.read);
        let later = |message: &&Message| last.as_ref().is_some_and(|last| message.created_at >= *last);
        let news = page.messages.iter().filter(is_news).filter(later).cloned().collect();
        let meets =
            page.messages.iter().any(|message| self.messages.iter().any(|known| known.id == message.id));
        let whole = page.next.is_none();
        if self.read && (meets || whole) {
            for message in page.messages {
                self.add(message);
            }
            self.messages.sort_by(|one, other| one.created_at.cmp(&other.created_at));
        } else {
            let arrived_meanwhile = core::mem::replace(&mut self.messages, page.messages);
            for message in arrived_meanwhile {
                if self.messages.last().is_none_or(|last| last.created_at <= message.created_at) {
                    self.add(message);
                }
            }
            self.earlier = page.next;
        }
        self.read = true;
        news
    }

    /// Adds a page of older messages.
    pub fn prepend_older(&mut self, page: MessagePage) {
        let fresh = |message: &Message| !self.messages.iter().any(|known| known.id == message.id);
        let mut messages: Vec<_> = page.messages.into_iter().filter(fresh).collect();
        messages.append(&mut self.messages);
        self.messages = messages;
        self.earlier = page.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::{MessageId, MessageType};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn message(number: u32) -> Message {
        Message {
            id: MessageId(format!("m{number}")),
            conversation_id: ConversationId::from("k"),
            sender_id: None,
            content: String::new(),
            message_type: MessageType::Text,
            metadata: None,
            created_at: Timestamp(format!("{number:04}")),
        }
    }

    fn page(numbers: core::ops::Range<u32>, next: Option<u32>) -> MessagePage {
        MessagePage { messages: numbers.map(message).collect(), next: next.map(|at| message(at).created_at) }
    }

    fn thread(numbers: core::ops::Range<u32>, next: Option<u32>) -> Thread {
        let mut thread = Thread::new(ConversationId::from("k"));
        thread.merge_newest(page(numbers, next));
        thread
    }

    fn known(thread: &Thread) -> Vec<u32> {
        thread.messages.iter().map(|message| message.created_at.0.parse().unwrap()).collect()
    }

    #[test]
    fn a_message_that_comes_twice_is_shown_once() {
        let mut thread = thread(0..2, None);
        assert!(thread.add(message(2)));
        assert!(!thread.add(message(2)));
        assert_eq!(known(&thread), [0, 1, 2]);
    }

    #[test]
    fn what_was_said_during_a_short_absence_continues_what_is_known() {
        let mut thread = thread(5..8, Some(5));
        thread.prepend_older(page(3..5, Some(3)));
        thread.merge_newest(page(6..10, Some(6)));
        assert_eq!(known(&thread), [3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(thread.earlier, Some(message(3).created_at), "older ones still begin where they did");
    }

    #[test]
    fn after_a_long_absence_nothing_is_shown_with_a_gap_in_it() {
        let mut thread = thread(0..3, None);
        thread.merge_newest(page(10..13, Some(10)));
        assert_eq!(known(&thread), [10, 11, 12]);
        assert_eq!(thread.earlier, Some(message(10).created_at));
    }

    #[test]
    fn what_comes_while_the_first_page_is_read_is_not_lost() {
        let mut thread = Thread::new(ConversationId::from("k"));
        thread.add(message(3));
        thread.merge_newest(page(0..3, None));
        assert_eq!(known(&thread), [0, 1, 2, 3]);
    }

    #[test]
    fn older_messages_come_before_the_others_and_never_twice() {
        let mut thread = thread(5..8, Some(5));
        thread.prepend_older(page(2..6, None));
        assert_eq!(known(&thread), [2, 3, 4, 5, 6, 7]);
        assert_eq!(thread.earlier, None);
    }
}
