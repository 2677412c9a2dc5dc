//! The rows of messages: their place in the order of a conversation, writing and reading them.
//! Never asks who may read or write them.

use crate::store::engine::{
    query::{Query, query},
    row::Row,
    session::Session,
};
use crate::{ids, store::StoreError, timestamp};
use call_protocol::{CallMetadata, ConversationId, Message, MessageId, MessageType, UserId};
use call_rules::Moment;
use std::time::Duration;

pub(in crate::store) const COLUMNS: &str =
    "id, conversation_id, sender_id, content, message_type, metadata, created_at";

/// The last message of a conversation, as far as it is known already.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Last {
    /// Nobody has looked yet.
    Unknown,
    /// It was written then, if there is one, and the conversation is locked since before it was looked for.
    Known(Option<Moment>),
}

/// A message before it has its place.
pub(in crate::store) struct Draft<'a> {
    pub(in crate::store) conversation: &'a ConversationId,
    pub(in crate::store) sender: Option<&'a UserId>,
    pub(in crate::store) content: &'a str,
    pub(in crate::store) metadata: Option<&'a CallMetadata>,
}

/// Gives a message its place at the end of its conversation, which is locked from then on: always at least a millisecond
/// after the last one.
pub(in crate::store) async fn place(
    write: &mut Session,
    draft: Draft<'_>,
    last: Last,
    now: Moment,
) -> Result<(Message, Moment), StoreError> {
    let last = match last {
        Last::Known(last) => last,
        Last::Unknown => {
            write.lock(&[draft.conversation.as_str()]).await?;
            let select = "SELECT max(created_at) AS last FROM messages WHERE conversation_id = $1";
            let row = write.first(query(select).id(draft.conversation.as_str())).await?;
            row.map_or(Ok(None), |row| row.moment_or_none("last"))?
        }
    };
    let after_last = last.map(|last| last.plus(Duration::from_millis(1)));
    let created_at = after_last.map_or(now, |after| after.max(now));
    let message_type = if draft.sender.is_some() { MessageType::Text } else { MessageType::System };
    let message = Message {
        id: MessageId(ids::fresh(created_at)),
        conversation_id: draft.conversation.clone(),
        sender_id: draft.sender.cloned(),
        content: draft.content.to_owned(),
        message_type,
        metadata: draft.metadata.cloned(),
        created_at: timestamp::format(created_at),
    };
    Ok((message, created_at))
}

/// The statement that writes a message in its place.
pub(in crate::store) fn row((message, created_at): &(Message, Moment)) -> Result<Query<'_>, StoreError> {
    let metadata = message.metadata.as_ref().map(serde_json::value::to_raw_value).transpose();
    let insert = query(
        "INSERT INTO messages (id, conversation_id, sender_id, content, message_type, metadata, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .id(message.id.as_str())
    .id(message.conversation_id.as_str())
    .id(message.sender_id.as_ref().map(UserId::as_str))
    .text(message.content.as_str())
    .text(message.message_type.as_str())
    .json(metadata.map_err(|_| StoreError::Unreadable("message"))?)
    .moment(*created_at);
    Ok(insert)
}

pub(in crate::store) fn message(row: &Row) -> Result<Message, StoreError> {
    let system = row.text("message_type")? == MessageType::System.as_str();
    Ok(Message {
        id: MessageId(row.id("id")?),
        conversation_id: ConversationId(row.id("conversation_id")?),
        sender_id: row.id_or_none("sender_id")?.map(UserId),
        content: row.text("content")?,
        message_type: if system { MessageType::System } else { MessageType::Text },
        // What somebody else's application keeps there is not ours to read.
        metadata: row.json_or_none("metadata")?.and_then(|text| serde_json::from_str(&text).ok()),
        created_at: timestamp::format(row.moment("created_at")?),
    })
}
