//! Deletes a user and keeps what others share with them: calls, messages and conversations stay, with a participant without a
//! name. Never runs while they are in a call.

use crate::model::{Ended, Farewell};
use crate::store::{
    Database, Store, StoreError,
    engine::{
        disk_space::{Room, with_more_room},
        postgres::Start,
        query::query,
    },
    people::sessions,
    tables::audit::{self, Now},
};
use call_protocol::{CallId, UserId};
use call_rules::Moment;
use std::collections::HashSet;

/// What becomes of each trace of somebody, in this order; `$1` is who it is.
const TRACES: [&str; 14] = [
    "DELETE FROM refresh_tokens WHERE user_id = $1",
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM contacts WHERE requester_id = $1 OR addressee_id = $1",
    "DELETE FROM conversation_members WHERE user_id = $1",
    "DELETE FROM blocks WHERE blocker_id = $1 OR blocked_id = $1",
    "DELETE FROM user_settings WHERE user_id = $1",
    "DELETE FROM idempotency_keys WHERE user_id = $1",
    "DELETE FROM hidden_messages WHERE user_id = $1",
    "DELETE FROM demo_accounts WHERE user_id = $1",
    "UPDATE call_seats SET device_id = NULL, device_label = NULL WHERE user_id = $1",
    // Failed sign-ins by their name carry the name only.
    "UPDATE audit_log SET detail = NULL WHERE user_id IS NULL AND what IN ('sign-in refused', 'account refused') \
     AND EXISTS (SELECT 1 FROM users u WHERE u.id = $1 \
     AND substr(audit_log.detail, 1, length(u.username) + 6) = u.username || ' from ')",
    // Blocks carry their id.
    "UPDATE audit_log SET detail = NULL WHERE what IN ('blocked', 'unblocked') AND detail = CAST($1 AS TEXT)",
    // What their device calls itself stands in the detail of an answer; their name and network in those of sign-ins.
    "UPDATE audit_log SET device_id = NULL, user_id = NULL, detail = \
     CASE WHEN what IN ('answered', 'account made', 'signed in', 'password refused') THEN NULL ELSE detail END \
     WHERE user_id = $1",
    // Longer than any name that can be chosen.
    "UPDATE users SET username = 'deleted-' || CAST(id AS TEXT), display_name = 'Deleted account', \
     display_picture_url = NULL, password_hash = '' WHERE id = $1",
];

/// The setting that names who was deleted last: running servers read it to notice deletions.
const LAST: &str = "last_deleted";

/// How many people are asked for in one statement.
const AT_A_TIME: usize = 100;

/// What became of a request to delete somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// There is no such account.
    Unknown,
    /// They are in a call, or are rung; it has to end first.
    InCall(CallId),
    /// They are gone.
    Done,
}

impl Store {
    /// Deletes somebody's account, unless they are in a call. A full disk is no obstacle: less is kept than before.
    ///
    /// # Errors
    /// When the database fails; nothing was changed then.
    pub async fn delete_user(&self, user: &UserId, at: Moment) -> Result<Deletion, StoreError> {
        with_more_room!(self, room => self.delete_within(room, user, at))
    }

    async fn delete_within(&self, room: Room, user: &UserId, at: Moment) -> Result<Deletion, StoreError> {
        let mut write = self.write_within(room, Start::AtOnce, []).await?;
        write.lock(&[user.as_str()]).await?;
        let select = "SELECT id FROM users WHERE id = $1 AND password_hash <> ''";
        if write.first(query(select).id(user.as_str())).await?.is_none() {
            return Ok(Deletion::Unknown);
        }
        let select = "SELECT s.call_id FROM call_seats s JOIN call_runtime r ON r.call_id = s.call_id \
            WHERE s.user_id = $1 AND r.live = 1 ORDER BY s.call_id LIMIT 1";
        if let Some(row) = write.first(query(select).id(user.as_str())).await? {
            return Ok(Deletion::InCall(CallId(row.id("call_id")?)));
        }
        for trace in TRACES {
            write.run(query(trace).id(user.as_str())).await?;
        }
        audit::write(&mut write, None, Now { asker: None, at }, "account deleted", None).await?;
        // Their access tokens are refused from now on.
        let all = Ended { id: user.0.clone(), user: user.clone(), why: Farewell::Deleted, at };
        sessions::write_down(&mut write, &all).await?;
        let note = "INSERT INTO settings (key, value) VALUES ($1, $2) \
            ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        write.run(query(note).text(LAST).text(user.as_str())).await?;
        write.commit().await?;
        if let Database::Sqlite(sqlite) = &self.database
            && let Err(error) = sqlite.empty_log().await
        {
            // The write-ahead log is truncated later anyway.
            error.log("the log of the database still holds somebody who was deleted");
        }
        Ok(Deletion::Done)
    }

    /// Who was deleted last; another answer than before says that somebody was deleted meanwhile, if not who.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_deleted(&self) -> Result<Option<UserId>, StoreError> {
        let select = query("SELECT value FROM settings WHERE key = $1").text(LAST);
        let row = self.read().await?.first(select).await?;
        row.map(|row| row.text("value").map(UserId)).transpose()
    }

    /// Those of these people who are nobody here, or not any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gone(&self, people: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let places = (1..=AT_A_TIME).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let select = format!("SELECT id FROM users WHERE password_hash <> '' AND id IN ({places})");
        let mut gone = Vec::new();
        for some in people.chunks(AT_A_TIME) {
            // Always the same prepared statement: a shorter list is filled up by repeating an id.
            let named = some.iter().cycle().take(AT_A_TIME);
            let select = named.fold(query(select.clone()), |select, user| select.id(user.as_str()));
            let rows = self.read().await?.all(select).await?;
            let here = rows.iter().map(|row| row.id("id").map(UserId)).collect::<Result<HashSet<_>, _>>()?;
            gone.extend(some.iter().filter(|user| !here.contains(user)).cloned());
        }
        Ok(gone)
    }
}
