//! Who knows whom: one row for two people, and the conversation that they get when both agree.

use super::{SqliteStore, Write, rows};
use crate::{clock::Moment, ids, store::StoreError};
use call_protocol::{Contact, ContactState, ConversationId, User, UserId};
use sqlx::{Row, sqlite::SqliteRow};

/// An acquaintance as both people see it after a request; `online` is not known here and left `false`.
#[derive(Clone, Debug)]
pub struct ContactChange {
    /// As the asker sees it.
    pub mine: Contact,
    /// As the other person sees it.
    pub theirs: Contact,
    /// Whether the request changed anything.
    pub changed: bool,
}

/// Everybody on a user's list. The user is bound three times.
const LIST: &str = "SELECT u.id, u.username, u.display_name, u.display_picture_url AS picture, \
    c.requester_id, c.conversation_id, c.accepted_at \
    FROM contacts c JOIN users u ON u.id = iif(c.requester_id = ?, c.addressee_id, c.requester_id) \
    WHERE (c.requester_id = ? OR c.addressee_id = ?)";

impl SqliteStore {
    /// The user's list, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts(&self, user: &UserId) -> Result<Vec<Contact>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LIST} ORDER BY u.display_name, u.id")))
            .bind(user.as_str())
            .bind(user.as_str())
            .bind(user.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| contact(row, user)).collect()
    }

    /// Asks somebody, or agrees when they asked already; `None` when there is nobody of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_contact(
        &self,
        asker: &User,
        username: &str,
        now: Moment,
    ) -> Result<Option<ContactChange>, StoreError> {
        let mut write = self.write().await?;
        let found = sqlx::query(
            "SELECT id, username, display_name, display_picture_url AS picture FROM users WHERE username = ?",
        )
        .bind(username)
        .fetch_optional(&mut *write)
        .await?;
        let Some(found) = found else { return Ok(None) };
        let other = rows::user(&found, "")?;
        let change = match find(&mut write, &asker.id, &other.id).await? {
            None => {
                sqlx::query("INSERT INTO contacts (requester_id, addressee_id, created_at) VALUES (?, ?, ?)")
                    .bind(asker.id.as_str())
                    .bind(other.id.as_str())
                    .bind(now.timestamp().0)
                    .execute(&mut *write)
                    .await?;
                true
            }
            Some(ContactState::Incoming) => {
                agree(&mut write, &asker.id, &other.id, now).await?;
                true
            }
            Some(ContactState::Outgoing | ContactState::Accepted) => false,
        };
        let change = both_views(&mut write, &asker.id, &other.id, change).await?;
        write.commit().await?;
        Ok(Some(change))
    }

    /// Agrees to what somebody asked; `None` when they did not ask.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept_contact(
        &self,
        user: &UserId,
        other: &UserId,
        now: Moment,
    ) -> Result<Option<ContactChange>, StoreError> {
        let mut write = self.write().await?;
        let changed = match find(&mut write, user, other).await? {
            Some(ContactState::Incoming) => {
                agree(&mut write, user, other, now).await?;
                true
            }
            Some(ContactState::Accepted) => false,
            Some(ContactState::Outgoing) | None => return Ok(None),
        };
        let change = both_views(&mut write, user, other, changed).await?;
        write.commit().await?;
        Ok(Some(change))
    }

    /// Whether two people are accepted contacts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acquainted(&self, one: &UserId, two: &UserId) -> Result<bool, StoreError> {
        let contacts = self.contacts(one).await?;
        Ok(contacts.iter().any(|contact| contact.user.id == *two && contact.state == ContactState::Accepted))
    }

    /// Takes two people off each other's list; `false` when they were not on it. Their conversation stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_contact(&self, user: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let removed = sqlx::query(
            "DELETE FROM contacts WHERE (requester_id = ?1 AND addressee_id = ?2) \
             OR (requester_id = ?2 AND addressee_id = ?1)",
        )
        .bind(user.as_str())
        .bind(other.as_str())
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(removed.rows_affected() > 0)
    }
}

fn contact(row: &SqliteRow, viewer: &UserId) -> Result<Contact, StoreError> {
    let requester: String = row.try_get("requester_id")?;
    let state = if row.try_get::<Option<String>, _>("accepted_at")?.is_some() {
        ContactState::Accepted
    } else if requester == viewer.as_str() {
        ContactState::Outgoing
    } else {
        ContactState::Incoming
    };
    let conversation: Option<String> = row.try_get("conversation_id")?;
    let user = rows::user(row, "")?;
    Ok(Contact { user, state, conversation_id: conversation.map(ConversationId), online: false })
}

async fn find(write: &mut Write, user: &UserId, other: &UserId) -> Result<Option<ContactState>, StoreError> {
    Ok(view(write, user, other).await?.map(|contact| contact.state))
}

async fn view(write: &mut Write, user: &UserId, other: &UserId) -> Result<Option<Contact>, StoreError> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{LIST} AND u.id = ?")))
        .bind(user.as_str())
        .bind(user.as_str())
        .bind(user.as_str())
        .bind(other.as_str())
        .fetch_optional(&mut **write)
        .await?;
    row.map(|row| contact(&row, user)).transpose()
}

async fn both_views(
    write: &mut Write,
    user: &UserId,
    other: &UserId,
    changed: bool,
) -> Result<ContactChange, StoreError> {
    let missing = StoreError::Unreadable("contact");
    match (view(write, user, other).await?, view(write, other, user).await?) {
        (Some(mine), Some(theirs)) => Ok(ContactChange { mine, theirs, changed }),
        (_, _) => Err(missing),
    }
}

/// Marks the request as accepted and gives the two a conversation: the one they had before, or a new one.
async fn agree(write: &mut Write, user: &UserId, other: &UserId, now: Moment) -> Result<(), StoreError> {
    let earlier: Option<String> = sqlx::query_scalar(
        "SELECT a.conversation_id FROM conversation_members a JOIN conversation_members b \
         ON a.conversation_id = b.conversation_id WHERE a.user_id = ? AND b.user_id = ? LIMIT 1",
    )
    .bind(user.as_str())
    .bind(other.as_str())
    .fetch_optional(&mut **write)
    .await?;
    let conversation = match earlier {
        Some(conversation) => conversation,
        None => {
            let conversation = ids::fresh(now);
            sqlx::query("INSERT INTO conversations (id, created_at) VALUES (?, ?)")
                .bind(&conversation)
                .bind(now.timestamp().0)
                .execute(&mut **write)
                .await?;
            sqlx::query(
                "INSERT INTO conversation_members (conversation_id, user_id) VALUES (?1, ?2), (?1, ?3)",
            )
            .bind(&conversation)
            .bind(user.as_str())
            .bind(other.as_str())
            .execute(&mut **write)
            .await?;
            conversation
        }
    };
    sqlx::query(
        "UPDATE contacts SET accepted_at = ?, conversation_id = ? WHERE requester_id = ? AND addressee_id = ?",
    )
    .bind(now.timestamp().0)
    .bind(conversation)
    .bind(other.as_str())
    .bind(user.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}
