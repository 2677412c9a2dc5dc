//! Whom people block, and who is a stranger to whom.
//! Never lets the blocked one see any of it.

use crate::store::{
    Store,
    calls::end_between::{self, Decide},
    engine::{
        disk_space::{Room, with_more_room},
        postgres::Start,
        query::query,
        session::Session,
    },
    tables::{
        audit::{self, Now},
        columns,
    },
};
use crate::{clock::Clock, model::Changed, store::StoreError};
use call_protocol::{MessageId, User, UserId};
use call_rules::{Asker, Moment};
use std::collections::HashSet;

/// What became of a request to block somebody.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// Whether they were not blocked before.
    pub new: bool,
    /// What rang or ran between the two.
    pub ended: Vec<Changed>,
}

impl Store {
    /// Blocks somebody, and ends what rings or runs between the two, as `decide` says; `None` when there is nobody of this
    /// id. A full disk is no obstacle.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn block(
        &self,
        asker: &Asker,
        other: &UserId,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Blocked>, StoreError> {
        with_more_room!(self, room => self.block_within(room, asker, other, clock, decide))
    }

    async fn block_within(
        &self,
        room: Room,
        asker: &Asker,
        other: &UserId,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Blocked>, StoreError> {
        let mut write = self.write_within(room, Start::AtOnce, []).await?;
        // From here on neither of the two begins a call.
        write.lock(&[asker.user.as_str(), other.as_str()]).await?;
        let now = clock.now();
        let select = query("SELECT id FROM users WHERE id = $1").id(other.as_str());
        if write.first(select).await?.is_none() {
            return Ok(None);
        }
        let insert = "INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, $3) \
            ON CONFLICT DO NOTHING";
        let insert = query(insert).id(asker.user.as_str()).id(other.as_str()).moment(now);
        let new = write.run(insert).await? == 1;
        // Not on a full disk: somebody who blocks and unblocks for ever would use up the room that is kept for endings.
        if new && room == Room::Usual {
            let now = Now { asker: Some(asker), at: now };
            audit::write(&mut write, None, now, "blocked", Some(other.as_str())).await?;
        }
        let by = (Some(asker), clock);
        let ended = end_between::end_between(&mut write, (&asker.user, other), by, decide).await?;
        write.commit().await?;
        Ok(Some(Blocked { new, ended }))
    }

    /// Takes a block back; `false` when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unblock(&self, asker: &Asker, other: &UserId, now: Moment) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let delete = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2";
        let delete = query(delete).id(asker.user.as_str()).id(other.as_str());
        let gone = write.run(delete).await? > 0;
        if gone {
            let now = Now { asker: Some(asker), at: now };
            audit::write(&mut write, None, now, "unblocked", Some(other.as_str())).await?;
        }
        write.commit().await?;
        Ok(gone)
    }

    /// The people whom somebody blocks, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blocked_by(&self, user: &UserId) -> Result<Vec<User>, StoreError> {
        let select = "SELECT u.id, u.username, u.display_name, u.display_picture_url AS picture \
            FROM blocks b JOIN users u ON u.id = b.blocked_id WHERE b.blocker_id = $1 ORDER BY u.display_name, u.id";
        let found = self.read().await?.all(query(select).id(user.as_str())).await?;
        found.iter().map(|row| columns::user(row, "")).collect()
    }

    /// The people who block somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blockers_of(&self, user: &UserId) -> Result<HashSet<UserId>, StoreError> {
        blockers_of(&mut *self.read().await?, user).await
    }
}

pub(in crate::store) async fn blockers_of(
    db: &mut Session,
    user: &UserId,
) -> Result<HashSet<UserId>, StoreError> {
    let select = "SELECT blocker_id FROM blocks WHERE blocked_id = $1";
    let found = db.all(query(select).id(user.as_str())).await?;
    found.iter().map(|row| row.id("blocker_id").map(UserId)).collect()
}

/// Hides a message from those members who block its sender; the others are left in the list.
pub(in crate::store) async fn hide(
    write: &mut Session,
    message: (&MessageId, &UserId),
    members: &mut Vec<UserId>,
    now: Moment,
    is_news: impl Fn() -> bool,
) -> Result<(), StoreError> {
    let (message, sender) = message;
    let blockers = blockers_of(write, sender).await?;
    for member in members.extract_if(.., |member| blockers.contains(member)) {
        let insert = "INSERT INTO hidden_messages (message_id, user_id) VALUES ($1, $2)";
        write.run(query(insert).id(message.as_str()).id(member.as_str())).await?;
        if !is_news() {
            continue;
        }
        audit::write_of_person(write, sender, "message hidden", Some("blocked"), now).await?;
    }
    Ok(())
}
