//! The messages of conversations, in one order that never changes.

use super::{
    Store, blocks,
    contacts::acquainted,
    once::{self, First},
    query::{Query, query},
    row::Row,
    session::Session,
};
use crate::{ids, model::Once, store::StoreError, timestamp};
use call_protocol::{
    CallMetadata, ConversationId, Message, MessageId, MessagePage, MessageType, Timestamp, UserId,
};
use call_rules::Moment;
use std::time::Duration;

const PAGE: usize = 50;
const COLUMNS: &str = "id, conversation_id, sender_id, content, message_type, metadata, created_at";
/// What a key is kept with.
const WRITTEN: &str = "written";

/// What became of a message.
#[derive(Clone, Debug)]
pub enum Posted {
    /// It was written; with the members of its conversation who may see it.
    Written(Message, Vec<UserId>),
    /// It was written by an earlier try of the same request.
    Before(Message),
    /// Another request was made with this key before.
    KeyReused,
    /// The sender is not a member.
    Stranger,
    /// The conversation is one of two people, and the other one is no contact of the sender's any more.
    NotContacts,
}

impl Store {
    /// The members of a conversation; empty when there is no such conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(&self, conversation: &ConversationId) -> Result<Vec<UserId>, StoreError> {
        members(&mut *self.read().await?, conversation).await
    }

    /// At most 50 messages older than `before`, oldest first, without those of people whom the reader blocked then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        reader: &UserId,
        before: Option<&Timestamp>,
    ) -> Result<MessagePage, StoreError> {
        let Some(before) = before.map_or(Some(Moment::LAST), |before| timestamp::parse(&before.0)) else {
            return Ok(MessagePage { messages: Vec::new(), next: None }); // nothing is older than no moment
        };
        let select = query(format!(
            "SELECT {COLUMNS} FROM messages \
             WHERE conversation_id = $1 AND created_at < $2 AND NOT EXISTS \
               (SELECT 1 FROM hidden_messages h WHERE h.message_id = messages.id AND h.user_id = $4) \
             ORDER BY created_at DESC LIMIT $3"
        ))
        .id(conversation.as_str())
        .moment(before)
        .number(i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1))
        .id(reader.as_str());
        let rows = self.read().await?.all(select).await?;
        let mut messages = rows.iter().take(PAGE).map(message).collect::<Result<Vec<_>, _>>()?;
        messages.reverse();
        let more = rows.len() > PAGE;
        let next = messages.first().filter(|_| more).map(|oldest| oldest.created_at.clone());
        Ok(MessagePage { messages, next })
    }

    /// Writes a person's message; with `key`, once, however often it is asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_message(
        &self,
        conversation: &ConversationId,
        sender: &UserId,
        content: &str,
        (key, now): (Option<&Once>, Moment),
    ) -> Result<Posted, StoreError> {
        let mut write = self.write().await?;
        match once::claim(&mut write, sender, key, now).await? {
            First::Now => {}
            First::Was { id, .. } => {
                let select = query(format!("SELECT {COLUMNS} FROM messages WHERE id = $1")).id(id.as_str());
                let row = write.first(select).await?;
                return row.map_or(Ok(Posted::Stranger), |row| message(&row).map(Posted::Before));
            }
            First::WasAnother => return Ok(Posted::KeyReused),
        }
        let (mut members, contacts) = readers(&mut write, conversation, sender).await?;
        if !members.contains(sender) {
            return Ok(Posted::Stranger);
        }
        // In a group of an application's, membership is what counts.
        if members.len() == 2 && contacts == 0 {
            return Ok(Posted::NotContacts);
        }
        let draft = Draft { conversation, sender: Some(sender), content, metadata: None };
        let placed = place(&mut write, draft, Last::Unknown, now).await?;
        write.run(row(&placed)?).await?;
        let (message, _) = placed;
        blocks::hide(&mut write, (&message.id, sender), &mut members, now, || self.is_hidden_news(sender))
            .await?;
        once::made(&mut write, sender, key, (WRITTEN, message.id.as_str())).await?;
        write.commit().await?;
        Ok(Posted::Written(message, members))
    }
}

async fn members(db: &mut Session, conversation: &ConversationId) -> Result<Vec<UserId>, StoreError> {
    let select = "SELECT user_id FROM conversation_members WHERE conversation_id = $1";
    let rows = db.all(query(select).id(conversation.as_str())).await?;
    rows.iter().map(|row| row.id("user_id").map(UserId)).collect()
}

/// The members of a conversation, and how many of them are contacts of one of them.
async fn readers(
    db: &mut Session,
    conversation: &ConversationId,
    sender: &UserId,
) -> Result<(Vec<UserId>, usize), StoreError> {
    let select = query(format!(
        "SELECT m.user_id, CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS acquainted \
         FROM conversation_members m WHERE m.conversation_id = $1",
        acquainted("$2", "m.user_id")
    ));
    let rows = db.all(select.id(conversation.as_str()).id(sender.as_str())).await?;
    let (mut members, mut contacts) = (Vec::with_capacity(rows.len()), 0);
    for row in &rows {
        members.push(UserId(row.id("user_id")?));
        contacts += usize::from(row.flag("acquainted")?);
    }
    Ok((members, contacts))
}

/// The last message of a conversation, as far as it is known already.
#[derive(Clone, Copy, Debug)]
pub(super) enum Last {
    /// Nobody has looked yet.
    Unknown,
    /// It was written then, if there is one, and the conversation is locked since before it was looked for.
    Known(Option<Moment>),
}

/// A message before it has its place.
pub(super) struct Draft<'a> {
    pub(super) conversation: &'a ConversationId,
    pub(super) sender: Option<&'a UserId>,
    pub(super) content: &'a str,
    pub(super) metadata: Option<&'a CallMetadata>,
}

/// Gives a message its place at the end of its conversation, which is locked from then on: always at least a millisecond
/// after the last one.
pub(super) async fn place(
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
pub(super) fn row((message, created_at): &(Message, Moment)) -> Result<Query<'_>, StoreError> {
    let metadata = message.metadata.as_ref().map(serde_json::value::to_raw_value).transpose();
    let insert = query(
        "INSERT INTO messages (id, conversation_id, sender_id, content, message_type, metadata, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .id(message.id.as_str())
    .id(message.conversation_id.as_str())
    .id(message.sender_id.as_ref().map(UserId::as_str))
    .text(message.content.as_str())
    .text(word(message.message_type))
    .json(metadata.map_err(|_| StoreError::Unreadable("message"))?)
    .moment(*created_at);
    Ok(insert)
}

fn message(row: &Row) -> Result<Message, StoreError> {
    let system = row.text("message_type")? == word(MessageType::System);
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

fn word(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Text => "text",
        MessageType::System => "system",
    }
}
