//! The text messages of conversations. Conversations of others do not exist for the asker.
//! Never writes system messages: those belong to the endings of calls.

use super::{
    Calls,
    idempotency::{Key, once},
};
use crate::{
    error::ApiError,
    model::Frame,
    store::{Posted, Store},
};
use call_protocol::{ConversationId, Message, MessagePage, PostMessage, Timestamp, UserId};

const LONGEST: usize = 4_000;

/// A page of messages, oldest first.
///
/// # Errors
/// When the asker is not a member.
pub async fn list(
    store: &Store,
    user: &UserId,
    conversation: &ConversationId,
    before: Option<&Timestamp>,
) -> Result<MessagePage, ApiError> {
    if !store.members(conversation).await?.contains(user) {
        return Err(ApiError::NoConversation);
    }
    Ok(store.messages(conversation, user, before).await?)
}

/// Writes a message and delivers it to every device of every member, the sender's included. With a key, once: a second
/// try is told of the first one's message.
///
/// # Errors
/// When the asker is not a member, or no contact of the other person any more, the text is empty or too long, or the key came with another text before.
pub async fn post(
    calls: &Calls,
    user: &UserId,
    conversation: &ConversationId,
    wanted: PostMessage,
    key: Option<&Key>,
) -> Result<Message, ApiError> {
    if wanted.content.trim().is_empty() || wanted.content.chars().count() > LONGEST {
        return Err(ApiError::Invalid(format!("a message has 1 to {LONGEST} characters")));
    }
    if wanted.content.contains('\0') {
        return Err(ApiError::Invalid("a message is text, without NUL characters".to_owned()));
    }
    calls.rates.message(user, wanted.content.len())?;
    let key = key.map(|key| once(key, &format!("messages in {conversation}"), &wanted)).transpose()?;
    let now = (key.as_ref(), calls.clock.now());
    match calls.store.add_message(conversation, user, &wanted.content, now).await? {
        Posted::Written(message, members) => {
            calls.tell(&members, &Frame::Message { message: message.clone() });
            Ok(message)
        }
        Posted::Before(message) => Ok(message),
        Posted::KeyReused => Err(ApiError::KeyReused),
        Posted::Stranger => Err(ApiError::NoConversation),
        Posted::NotContacts => Err(ApiError::NotContacts),
    }
}
