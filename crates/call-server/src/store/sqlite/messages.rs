//! The messages of conversations, in one order that never changes.

use super::{SqliteStore, Write, rows};
use crate::{clock::Moment, ids, store::StoreError};
use call_protocol::{
    CallMetadata, ConversationId, Message, MessageId, MessagePage, MessageType, Timestamp, UserId,
};
use sqlx::{Row, sqlite::SqliteRow};
use std::time::Duration;

const PAGE: usize = 50;

impl SqliteStore {
    /// The members of a conversation; empty when there is no such conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(&self, conversation: &ConversationId) -> Result<Vec<UserId>, StoreError> {
        let members: Vec<String> =
            sqlx::query_scalar("SELECT user_id FROM conversation_members WHERE conversation_id = ?")
                .bind(conversation.as_str())
                .fetch_all(&self.readers)
                .await?;
        Ok(members.into_iter().map(UserId).collect())
    }

    /// At most 50 messages older than `before`, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        before: Option<&Timestamp>,
    ) -> Result<MessagePage, StoreError> {
        let rows = sqlx::query(
            "SELECT id, conversation_id, sender_id, content, message_type, metadata, created_at FROM messages \
             WHERE conversation_id = ? AND created_at < ? ORDER BY created_at DESC LIMIT ?",
        )
        .bind(conversation.as_str())
        // Later than every moment that can be written.
        .bind(before.map_or("~", |before| before.0.as_str()))
        .bind(i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(&self.readers)
        .await?;
        let mut messages = rows.iter().take(PAGE).map(message).collect::<Result<Vec<_>, _>>()?;
        messages.reverse();
        let more = rows.len() > PAGE;
        let next = messages.first().filter(|_| more).map(|oldest| oldest.created_at.clone());
        Ok(MessagePage { messages, next })
    }

    /// Writes a person's message; `None` when they are not a member.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_message(
        &self,
        conversation: &ConversationId,
        sender: &UserId,
        content: &str,
        now: Moment,
    ) -> Result<Option<(Message, Vec<UserId>)>, StoreError> {
        let mut write = self.write().await?;
        let members: Vec<String> =
            sqlx::query_scalar("SELECT user_id FROM conversation_members WHERE conversation_id = ?")
                .bind(conversation.as_str())
                .fetch_all(&mut *write)
                .await?;
        if !members.iter().any(|member| member == sender.as_str()) {
            return Ok(None);
        }
        let draft = Draft { conversation, sender: Some(sender), content, metadata: None };
        let message = insert(&mut write, draft, now).await?;
        write.commit().await?;
        Ok(Some((message, members.into_iter().map(UserId).collect())))
    }
}

/// A message before it has its place.
pub(super) struct Draft<'a> {
    pub(super) conversation: &'a ConversationId,
    pub(super) sender: Option<&'a UserId>,
    pub(super) content: &'a str,
    pub(super) metadata: Option<&'a CallMetadata>,
}

/// Puts a message at the end of its conversation: always at least a millisecond after the last one.
pub(super) async fn insert(write: &mut Write, draft: Draft<'_>, now: Moment) -> Result<Message, StoreError> {
    let last: Option<String> =
        sqlx::query_scalar("SELECT max(created_at) FROM messages WHERE conversation_id = ?")
            .bind(draft.conversation.as_str())
            .fetch_one(&mut **write)
            .await?;
    let after_last = last.as_deref().and_then(Moment::parse).map(|last| last.plus(Duration::from_millis(1)));
    let created_at = after_last.map_or(now, |after| after.max(now));
    let message_type = if draft.sender.is_some() { MessageType::Text } else { MessageType::System };
    let message = Message {
        id: MessageId(ids::fresh(created_at)),
        conversation_id: draft.conversation.clone(),
        sender_id: draft.sender.cloned(),
        content: draft.content.to_owned(),
        message_type,
        metadata: draft.metadata.cloned(),
        created_at: created_at.timestamp(),
    };
    let metadata = message.metadata.as_ref().map(serde_json::to_string).transpose();
    sqlx::query(
        "INSERT INTO messages (id, conversation_id, sender_id, content, message_type, metadata, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(message.id.as_str())
    .bind(message.conversation_id.as_str())
    .bind(message.sender_id.as_ref().map(UserId::as_str))
    .bind(&message.content)
    .bind(word(message_type))
    .bind(metadata.map_err(|_| StoreError::Unreadable("message"))?)
    .bind(&message.created_at.0)
    .execute(&mut **write)
    .await?;
    Ok(message)
}

fn message(row: &SqliteRow) -> Result<Message, StoreError> {
    let sender: Option<String> = row.try_get("sender_id")?;
    let kind: String = row.try_get("message_type")?;
    let metadata: Option<String> = row.try_get("metadata")?;
    let system = kind == word(MessageType::System);
    Ok(Message {
        id: MessageId(row.try_get("id")?),
        conversation_id: ConversationId(row.try_get("conversation_id")?),
        sender_id: sender.map(UserId),
        content: row.try_get("content")?,
        message_type: if system { MessageType::System } else { MessageType::Text },
        // What somebody else's application keeps there is not ours to read.
        metadata: metadata.and_then(|text| serde_json::from_str(&text).ok()),
        created_at: rows::timestamp(row, "created_at")?.ok_or(StoreError::Unreadable("message"))?,
    })
}

fn word(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Text => "text",
        MessageType::System => "system",
    }
}
