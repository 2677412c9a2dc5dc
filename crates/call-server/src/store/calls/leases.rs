//! Proofs of life of seated devices, written in batches.

use crate::store::StoreError;
use crate::store::{
    Store,
    engine::query::{Query, query},
};
use call_protocol::{CallId, UserId};
use call_rules::Moment;

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

/// How many seats are written in one go.
const AT_A_TIME: usize = 32;

impl Store {
    /// Writes proofs of life; an older one never takes the place of a newer one of another node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_proofs(&self, proofs: &[Proof]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.concerns_nobody();
        for some in proofs.chunks(AT_A_TIME) {
            // PostgreSQL carries them out at once, in no order, so no seat may be in `proofs` twice.
            write.run_together(some.iter().map(update)).await?;
        }
        write.commit().await
    }
}

fn update(proof: &Proof) -> Query<'_> {
    query(
        "UPDATE call_seats SET \
         last_seen = CASE WHEN last_seen > $1 THEN last_seen ELSE $1 END, \
         media_seen = CASE WHEN $2 IS NULL OR media_seen > $2 THEN media_seen ELSE $2 END \
         WHERE call_id = $3 AND user_id = $4 AND left_at IS NULL",
    )
    .moment(proof.last_seen)
    .moment(proof.media_seen)
    .id(proof.call.as_str())
    .id(proof.user.as_str())
}
