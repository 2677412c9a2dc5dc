//! The people of the tests and their conversations. Never knows about devices.

use call_protocol::{ConversationId, User, UserId};

pub(crate) fn user(name: &str) -> User {
    User {
        id: UserId::new(name),
        username: name.to_owned(),
        display_name: name.to_owned(),
        display_picture_url: None,
    }
}

/// The conversation of two people.
pub(crate) fn conversation(one: &str, two: &str) -> ConversationId {
    let (first, second) = if one < two { (one, two) } else { (two, one) };
    ConversationId(format!("{first}+{second}"))
}

/// The other person of a conversation.
pub(crate) fn other(conversation: &ConversationId, user: &UserId) -> UserId {
    let (first, second) = conversation.as_str().split_once('+').expect("two people");
    UserId::new(if first == user.as_str() { second } else { first })
}
