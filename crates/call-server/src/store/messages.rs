//! The messages of conversations, in one order that never changes.

use crate::store::{
    Store,
    engine::{query::query, session::Session},
    people::blocks,
    tables::{
        idempotency::{self, First},
        message::{COLUMNS, Draft, Last, message, place, row},
        relations::acquainted,
    },
};
use crate::{model::Once, store::StoreError, timestamp};
use call_protocol::{ConversationId, Message, MessagePage, Timestamp, UserId};
use call_rules::Moment;

const PAGE: usize = 50;
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
        match idempotency::claim(&mut write, sender, key, now).await? {
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
        if let Some(made) = idempotency::made(sender, key, (WRITTEN, message.id.as_str())) {
            write.run(made).await?;
        }
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
