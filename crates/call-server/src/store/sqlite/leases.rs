//! Proofs of life of seated devices, written in batches.

use super::SqliteStore;
use crate::{clock::Moment, store::StoreError};
use call_protocol::{CallId, UserId};

/// What is to be written about one seat.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The call.
    pub call: CallId,
    /// Whose seat.
    pub user: UserId,
    /// The last proof of life.
    pub last_seen: Moment,
    /// The last report of flowing media.
    pub media_seen: Option<Moment>,
}

impl SqliteStore {
    /// Writes proofs of life.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_proofs(&self, proofs: &[Proof]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for proof in proofs {
            sqlx::query(
                "UPDATE call_seats SET last_seen = ?, media_seen = coalesce(?, media_seen) \
                 WHERE call_id = ? AND user_id = ? AND left_at IS NULL",
            )
            .bind(proof.last_seen.timestamp().0)
            .bind(proof.media_seen.map(|moment| moment.timestamp().0))
            .bind(proof.call.as_str())
            .bind(proof.user.as_str())
            .execute(&mut *write)
            .await?;
        }
        write.commit().await?;
        Ok(())
    }
}
