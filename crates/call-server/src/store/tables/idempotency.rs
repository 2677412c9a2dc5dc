//! Which requests were made before: a row in the transaction that also makes what they ask for.
//! Never holds a key or a request as it was sent, nor a reply: hashes, and the id of what was made.

use crate::store::{
    Store,
    engine::{
        query::{Query, query},
        session::Session,
    },
};
use crate::{model::Once, store::StoreError};
use call_protocol::{UserId, limits};
use call_rules::Moment;

const OLD: &str = "DELETE FROM idempotency_keys WHERE (user_id, key_hash) IN \
    (SELECT user_id, key_hash FROM idempotency_keys WHERE at < $1 LIMIT $2)";

/// Whether a request is made for the first time.
pub(in crate::store) enum First {
    /// It is, or it does not matter.
    Now,
    /// It was made before, with this outcome.
    Was { outcome: String, id: String },
    /// Another one was made with its key.
    WasAnother,
}

/// Takes a key, before anything else is written in a transaction: a second one that takes the same key at the same time waits here
/// until the first is over, and then finds what it made, or that it made nothing.
pub(in crate::store) async fn claim(
    write: &mut Session,
    user: &UserId,
    once: Option<&Once>,
    now: Moment,
) -> Result<First, StoreError> {
    let Some(once) = once else { return Ok(First::Now) };
    // One that has expired is as good as none.
    let insert = "INSERT INTO idempotency_keys (user_id, key_hash, request_hash, at) \
        SELECT id, $2, $3, $4 FROM users WHERE id = $1 ON CONFLICT (user_id, key_hash) DO UPDATE \
        SET request_hash = excluded.request_hash, at = excluded.at, outcome = NULL, made_id = NULL \
        WHERE idempotency_keys.at <= $5";
    let insert =
        query(insert).id(user.as_str()).text(once.key_hash.as_str()).text(once.request_hash.as_str());
    let expired = now.minus(limits::IDEMPOTENCY_TIME);
    if write.run(insert.moment(now).moment(expired)).await? == 1 {
        return Ok(First::Now);
    }
    let select =
        "SELECT request_hash, outcome, made_id FROM idempotency_keys WHERE user_id = $1 AND key_hash = $2";
    let select = query(select).id(user.as_str()).text(once.key_hash.as_str());
    // Without a row there is no such user: whatever they ask for will not be there.
    let Some(row) = write.first(select).await? else { return Ok(First::Now) };
    if row.text("request_hash")? != once.request_hash {
        return Ok(First::WasAnother);
    }
    Ok(First::Was { outcome: row.text("outcome")?, id: row.id("made_id")? })
}

/// What notes what the request made.
pub(in crate::store) fn made<'q>(
    user: &'q UserId,
    once: Option<&'q Once>,
    (outcome, id): (&'q str, &'q str),
) -> Option<Query<'q>> {
    let once = once?;
    let update =
        "UPDATE idempotency_keys SET outcome = $1, made_id = $2 WHERE user_id = $3 AND key_hash = $4";
    Some(query(update).text(outcome).id(id).id(user.as_str()).text(once.key_hash.as_str()))
}

/// What gives a key back: the request made nothing, and the next try is the first again.
pub(in crate::store) fn release<'q>(user: &'q UserId, once: Option<&'q Once>) -> Option<Query<'q>> {
    let once = once?;
    let delete = "DELETE FROM idempotency_keys WHERE user_id = $1 AND key_hash = $2";
    Some(query(delete).id(user.as_str()).text(once.key_hash.as_str()))
}

impl Store {
    /// Forgets the keys that were used before a moment; how many.
    ///
    /// # Errors
    /// When the database fails; what was forgotten until then stays forgotten.
    pub async fn forget_keys_before(&self, moment: Moment) -> Result<u64, StoreError> {
        self.delete(OLD, moment).await
    }
}
