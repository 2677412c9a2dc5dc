//! Contacts: one row for two people, and the conversation that they get when both agree.

use crate::store::{
    Store,
    calls::end_between::{self, Decide},
    engine::{
        disk_space::{Room, with_more_room},
        postgres::Start,
        query::query,
        row::Row,
        session::Session,
    },
    tables::{columns, relations::acquainted},
};
use crate::{clock::Clock, ids, model::Changed, store::StoreError};
use call_protocol::{Contact, ContactState, ConversationId, User, UserId};
use call_rules::{Asker, Moment};

/// An acquaintance as both people see it after a request; `online` is not known here and left `false`.
#[derive(Clone, Debug)]
pub struct ContactChange {
    /// As the asker sees it.
    pub mine: Contact,
    /// As the other person sees it.
    pub theirs: Contact,
    /// Whether the request changed anything.
    pub changed: bool,
    /// Whose requests to the same person were forgotten for it.
    pub forgotten: Vec<UserId>,
}

/// What became of a request to be somebody's contact.
#[derive(Clone, Debug)]
pub enum Asked {
    /// There is nobody of that name.
    Nobody,
    /// As many as may be have not answered the asker.
    TooMany,
    /// They were asked, or are contacts already.
    Changed(Box<ContactChange>),
}

/// How many people somebody may have asked who have not answered.
pub const MOST_ASKED: usize = 200;
/// How many requests may wait for one person: those that are older are forgotten, so that nobody is kept from asking.
const MOST_ASKING: usize = 500;

/// Everybody on the list of the user `$1`, as `u`; a condition or an order follows. Two halves, so that each is found by
/// an index, also where `contacts` is a view.
const LIST: &str = "SELECT * FROM (\
      SELECT p.id, p.username, p.display_name, p.display_picture_url AS picture, \
        c.requester_id, c.addressee_id, c.conversation_id, c.accepted_at \
      FROM contacts c JOIN users p ON p.id = c.addressee_id WHERE c.requester_id = $1 \
    UNION ALL \
      SELECT p.id, p.username, p.display_name, p.display_picture_url AS picture, \
        c.requester_id, c.addressee_id, c.conversation_id, c.accepted_at \
      FROM contacts c JOIN users p ON p.id = c.requester_id WHERE c.addressee_id = $1\
    ) u";

/// Leaves out what was asked by people whom the user `$1` blocks.
const WANTED: &str = "WHERE NOT (u.accepted_at IS NULL AND u.addressee_id = $1 AND EXISTS \
    (SELECT 1 FROM blocks b WHERE b.blocker_id = $1 AND b.blocked_id = u.requester_id))";

impl Store {
    /// The user's list, by name, without requests of people whom they block.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts(&self, user: &UserId) -> Result<Vec<Contact>, StoreError> {
        let select = query(format!("{LIST} {WANTED} ORDER BY u.display_name, u.id")).id(user.as_str());
        let rows = self.read().await?.all(select).await?;
        rows.iter().map(|row| contact(row, user)).collect()
    }

    /// Asks somebody, or agrees when they asked already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_contact(&self, asker: &User, username: &str, now: Moment) -> Result<Asked, StoreError> {
        let mut write = self.write().await?;
        let select = "SELECT id, username, display_name, display_picture_url AS picture FROM users \
             WHERE username = $1 AND password_hash <> ''";
        let Some(found) = write.first(query(select).text(username)).await? else { return Ok(Asked::Nobody) };
        let other = columns::user(&found, "")?;
        write.lock(&[asker.id.as_str(), other.id.as_str()]).await?;
        let mut forgotten = Vec::new();
        let change = match find(&mut write, &asker.id, &other.id).await? {
            None => {
                if pending(&mut write, &asker.id).await? >= MOST_ASKED {
                    return Ok(Asked::TooMany);
                }
                let insert =
                    "INSERT INTO contacts (requester_id, addressee_id, created_at) VALUES ($1, $2, $3)";
                let insert = query(insert).id(asker.id.as_str()).id(other.id.as_str()).moment(now);
                write.run(insert).await?;
                forgotten = forget_oldest(&mut write, &other.id).await?;
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
        Ok(Asked::Changed(Box::new(ContactChange { forgotten, ..change })))
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
        write.lock(&[user.as_str(), other.as_str()]).await?;
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
        let select = query(format!("SELECT 1 AS agreed WHERE {}", acquainted("$1", "$2")));
        let select = select.id(one.as_str()).id(two.as_str());
        Ok(self.read().await?.first(select).await?.is_some())
    }

    /// Takes two people off each other's list, and ends what rings or runs between them, as `decide` says; `None` when
    /// they were not on it. Their conversation stays. A full disk is no obstacle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_contact(
        &self,
        asker: &Asker,
        other: &UserId,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Vec<Changed>>, StoreError> {
        with_more_room!(self, room => self.remove_within(room, asker, other, clock, decide))
    }

    async fn remove_within(
        &self,
        room: Room,
        asker: &Asker,
        other: &UserId,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Vec<Changed>>, StoreError> {
        let user = &asker.user;
        let mut write = self.write_within(room, Start::AtOnce, []).await?;
        // From here on neither of the two begins a call.
        write.lock(&[user.as_str(), other.as_str()]).await?;
        let delete = "DELETE FROM contacts WHERE (requester_id = $1 AND addressee_id = $2) \
             OR (requester_id = $2 AND addressee_id = $1)";
        if write.run(query(delete).id(user.as_str()).id(other.as_str())).await? == 0 {
            return Ok(None);
        }
        let ended = end_between::end_between(&mut write, (user, other), (Some(asker), clock), decide).await?;
        write.commit().await?;
        Ok(Some(ended))
    }
}

fn contact(row: &Row, viewer: &UserId) -> Result<Contact, StoreError> {
    let state = if row.moment_or_none("accepted_at")?.is_some() {
        ContactState::Accepted
    } else if row.id("requester_id")? == viewer.as_str() {
        ContactState::Outgoing
    } else {
        ContactState::Incoming
    };
    let conversation = row.id_or_none("conversation_id")?;
    let user = columns::user(row, "")?;
    Ok(Contact { user, state, conversation_id: conversation.map(ConversationId), online: false })
}

async fn find(
    write: &mut Session,
    user: &UserId,
    other: &UserId,
) -> Result<Option<ContactState>, StoreError> {
    Ok(view(write, user, other).await?.map(|contact| contact.state))
}

async fn view(write: &mut Session, user: &UserId, other: &UserId) -> Result<Option<Contact>, StoreError> {
    let select = query(format!("{LIST} WHERE u.id = $2")).id(user.as_str()).id(other.as_str());
    let row = write.first(select).await?;
    row.map(|row| contact(&row, user)).transpose()
}

async fn both_views(
    write: &mut Session,
    user: &UserId,
    other: &UserId,
    changed: bool,
) -> Result<ContactChange, StoreError> {
    let missing = StoreError::Unreadable("contact");
    match (view(write, user, other).await?, view(write, other, user).await?) {
        (Some(mine), Some(theirs)) => Ok(ContactChange { mine, theirs, changed, forgotten: Vec::new() }),
        (_, _) => Err(missing),
    }
}

/// How many people somebody has asked who have not answered.
async fn pending(write: &mut Session, asker: &UserId) -> Result<usize, StoreError> {
    let select = "SELECT addressee_id FROM contacts WHERE requester_id = $1 AND accepted_at IS NULL LIMIT $2";
    let most = i64::try_from(MOST_ASKED).unwrap_or(i64::MAX);
    Ok(write.all(query(select).id(asker.as_str()).number(most)).await?.len())
}

/// Forgets what was asked of somebody longest ago, beyond what may wait for them; who asked it.
async fn forget_oldest(write: &mut Session, asked: &UserId) -> Result<Vec<UserId>, StoreError> {
    let select = "SELECT requester_id FROM contacts WHERE addressee_id = $1 AND accepted_at IS NULL \
        ORDER BY created_at DESC, requester_id DESC LIMIT 100 OFFSET $2";
    let most = i64::try_from(MOST_ASKING).unwrap_or(i64::MAX);
    let mut forgotten = Vec::new();
    for row in write.all(query(select).id(asked.as_str()).number(most)).await? {
        let requester = row.id("requester_id")?;
        let delete =
            "DELETE FROM contacts WHERE requester_id = $1 AND addressee_id = $2 AND accepted_at IS NULL";
        write.run(query(delete).id(requester.as_str()).id(asked.as_str())).await?;
        forgotten.push(UserId(requester));
    }
    Ok(forgotten)
}

/// Marks the request as accepted and gives the two a conversation: the one they had before, or a new one.
async fn agree(write: &mut Session, user: &UserId, other: &UserId, now: Moment) -> Result<(), StoreError> {
    let select = "SELECT a.conversation_id FROM conversation_members a JOIN conversation_members b \
         ON a.conversation_id = b.conversation_id WHERE a.user_id = $1 AND b.user_id = $2 LIMIT 1";
    let earlier = write.first(query(select).id(user.as_str()).id(other.as_str())).await?;
    let conversation = match earlier {
        Some(row) => row.id("conversation_id")?,
        None => {
            let conversation = ids::fresh(now);
            let insert = "INSERT INTO conversations (id, created_at) VALUES ($1, $2)";
            write.run(query(insert).id(conversation.as_str()).moment(now)).await?;
            let insert = query(
                "INSERT INTO conversation_members (conversation_id, user_id) VALUES ($1, $2), ($1, $3)",
            )
            .id(conversation.as_str())
            .id(user.as_str())
            .id(other.as_str());
            write.run(insert).await?;
            conversation
        }
    };
    let update = query(
        "UPDATE contacts SET accepted_at = $1, conversation_id = $2 WHERE requester_id = $3 AND addressee_id = $4",
    )
    .moment(now)
    .id(conversation.as_str())
    .id(other.as_str())
    .id(user.as_str());
    write.run(update).await?;
    Ok(())
}
