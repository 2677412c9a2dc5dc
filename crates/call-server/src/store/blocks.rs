//! Whom people block, and what they want of those whom they do not know.
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
use crate::{
    clock::{Clock, Moment},
    model::{Asker, Changed, SEED_DEVICE},
    store::StoreError,
};
use call_protocol::{CallId, DeviceId, MessageId, Settings, User, UserId};
use std::collections::HashSet;

/// Whether the caller `$2` blocks the callee `$3`.
pub(super) const BLOCKS: &str = "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $2 AND blocked_id = $3)";

/// Whether the callee `$3` blocks the caller `$2`.
pub(super) const BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks WHERE blocker_id = $3 AND blocked_id = $2)";

/// Whether the callee `$3` wants no unknown callers and has never written, called or answered in the conversation `$1`.
pub(super) const UNWANTED: &str = "EXISTS (SELECT 1 FROM user_settings u \
    WHERE u.user_id = $3 AND u.silence_unknown_callers = 1 \
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $3) \
    AND NOT EXISTS (SELECT 1 FROM calls c JOIN call_participants p ON p.call_id = c.id \
        WHERE c.conversation_id = $1 AND p.user_id = $3 AND p.joined_at IS NOT NULL))";

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

    /// What somebody wants of the server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self, user: &UserId) -> Result<Settings, StoreError> {
        let select = "SELECT silence_unknown_callers FROM user_settings WHERE user_id = $1";
        let row = self.read().await?.first(query(select).id(user.as_str())).await?;
        let silence = row.map_or(Ok(false), |row| row.flag("silence_unknown_callers"))?;
        Ok(Settings { silence_unknown_callers: silence })
    }

    /// Keeps what somebody wants of the server, and ends the ring of whom they do not want to hear, as `decide` says;
    /// `None` when there is nobody of this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_settings(
        &self,
        user: &UserId,
        settings: Settings,
        clock: &Clock,
        decide: Decide<'_>,
    ) -> Result<Option<Vec<Changed>>, StoreError> {
        let mut write = self.write().await?;
        write.lock(&[user.as_str()]).await?;
        let insert = "INSERT INTO user_settings (user_id, silence_unknown_callers) \
            SELECT id, $2 FROM users WHERE id = $1 \
            ON CONFLICT (user_id) DO UPDATE SET silence_unknown_callers = excluded.silence_unknown_callers";
        let insert = query(insert).id(user.as_str()).number(settings.silence_unknown_callers);
        if write.run(insert).await? == 0 {
            return Ok(None);
        }
        let rings = "SELECT c.id, c.conversation_id, c.initiator_id FROM call_seats s \
            JOIN call_runtime r ON r.call_id = s.call_id JOIN calls c ON c.id = s.call_id \
            WHERE s.user_id = $1 AND r.live = 1 AND c.status = 'ringing' AND c.initiator_id <> $1";
        let mut unwanted = Vec::new();
        for row in write.all(query(rings).id(user.as_str())).await? {
            let (conversation, caller) = (row.id("conversation_id")?, row.id("initiator_id")?);
            let select = query(format!("SELECT 1 AS unwanted WHERE {UNWANTED}"));
            let select = select.id(conversation.as_str()).id(caller.as_str()).id(user.as_str());
            if write.first(select).await?.is_some() {
                unwanted.push(CallId(row.id("id")?));
            }
        }
        let ended = part::end(&mut write, &unwanted, (None, clock), decide).await?;
        write.commit().await?;
        Ok(Some(ended))
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
) -> Result<(), StoreError> {
    let (message, sender) = message;
    let blockers = blockers_of(write, sender).await?;
    for member in members.extract_if(.., |member| blockers.contains(member)) {
        let insert = "INSERT INTO hidden_messages (message_id, user_id) VALUES ($1, $2)";
        write.run(query(insert).id(message.as_str()).id(member.as_str())).await?;
        let asker = Asker { user: sender.clone(), device: DeviceId::from(SEED_DEVICE) };
        let now = Now { asker: Some(&asker), at: now };
        audit::write(write, None, now, "message hidden", Some("blocked")).await?;
    }
    Ok(())
}
