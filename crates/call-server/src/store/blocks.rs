//! Whom people block, and who is a stranger to whom.
//! Never lets the blocked one see any of it.

use super::{
    Store,
    apply::Now,
    audit,
    part::{self, Decide},
    query::query,
    room::Room,
    rows,
    session::Session,
};
use crate::{clock::Clock, model::Changed, store::StoreError};
use call_protocol::{DeviceId, MessageId, User, UserId};
use call_rules::{Asker, Moment, SEED_DEVICE};
use std::{collections::HashSet, sync::LazyLock};

/// Whether the caller `$2` blocks the callee `$3`.
pub(super) const BLOCKS: &str = "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $2 AND blocked_id = $3)";

/// Whether the callee `$3` blocks the caller `$2`.
pub(super) const BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $3 AND blocked_id = $2)";

/// Whether the caller is a stranger to the callee `$3`, who has never written, called or answered in the conversation `$1`.
pub(super) const STRANGER: &str = "NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $3) \
    AND NOT EXISTS (SELECT 1 FROM calls c JOIN call_participants p ON p.call_id = c.id \
        WHERE c.conversation_id = $1 AND p.user_id = $3 AND p.joined_at IS NOT NULL)";

/// Whether the callee `$3` wants no unknown callers, and the caller is one.
pub(super) static UNWANTED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "EXISTS (SELECT 1 FROM user_settings u WHERE u.user_id = $3 AND u.silence_unknown_callers = 1 AND {STRANGER})"
    )
});

/// What became of a wish to block somebody.
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
        let mut room = Room::Usual;
        loop {
            let outcome = self.block_within(room, asker, other, clock, decide).await;
            if !self.again_with_more(&mut room, &outcome) {
                return outcome;
            }
        }
    }

    async fn block_within(
        &self,
        room: Room,
        asker: &Asker,
        other: &UserId,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Blocked>, StoreError> {
        let mut write = self.write_within(room, []).await?;
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
        // Blocks and their ends could follow each other without end, and the room is not kept for that.
        if new && room == Room::Usual {
            let now = Now { asker: Some(asker), at: now };
            audit::write(&mut write, None, now, "blocked", Some(other.as_str())).await?;
        }
        let by = (Some(asker), clock);
        let ended = part::end_between(&mut write, (&asker.user, other), by, decide).await?;
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
        found.iter().map(|row| rows::user(row, "")).collect()
    }

    /// The people who block somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blockers_of(&self, user: &UserId) -> Result<HashSet<UserId>, StoreError> {
        blockers_of(&mut *self.read().await?, user).await
    }
}

pub(super) async fn blockers_of(db: &mut Session, user: &UserId) -> Result<HashSet<UserId>, StoreError> {
    let select = "SELECT blocker_id FROM blocks WHERE blocked_id = $1";
    let found = db.all(query(select).id(user.as_str())).await?;
    found.iter().map(|row| row.id("blocker_id").map(UserId)).collect()
}

/// Hides a message from those members who block its sender; the others are left in the list.
pub(super) async fn hide(
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
        let asker = Asker { user: sender.clone(), device: DeviceId::from(SEED_DEVICE) };
        let now = Now { asker: Some(&asker), at: now };
        audit::write(write, None, now, "message hidden", Some("blocked")).await?;
    }
    Ok(())
}
