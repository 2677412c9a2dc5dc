//! Forgets what is old: calls that are over, with all that hangs on them, and rows of the audit log.
//! Never touches a call that rings or runs, nor a conversation: the message about a call stays.

use crate::store::{Store, StoreError, engine::query::query};
use call_rules::Moment;
use std::time::Duration;

/// Rows in one transaction, so that nobody else waits long for the writer.
const BATCH: u32 = 500;
/// How long a batch may take: where nothing is old, all of a large table is looked at.
const LIMIT: Duration = Duration::from_secs(600);
const CALLS: &str = "DELETE FROM calls WHERE id IN (SELECT id FROM calls \
    WHERE status NOT IN ('ringing', 'active') AND updated_at < $1 LIMIT $2)";
const AUDIT_ROWS: &str =
    "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < $1 LIMIT $2)";

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Calls.
    pub calls: u64,
    /// Rows of the audit log.
    pub audit_rows: u64,
}

impl Store {
    /// Forgets calls that were over, and rows of the audit log that were written, before a moment.
    ///
    /// # Errors
    /// When the database fails; what was forgotten until then stays forgotten.
    pub async fn forget_before(&self, moment: Moment) -> Result<Forgotten, StoreError> {
        let calls = self.delete(CALLS, moment).await?;
        let audit_rows = self.delete(AUDIT_ROWS, moment).await?;
        Ok(Forgotten { calls, audit_rows })
    }

    /// Deletes batch by batch; how many rows it were.
    pub(in crate::store) async fn delete(
        &self,
        sql: &'static str,
        moment: Moment,
    ) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let mut write = self.write().await?;
            write.concerns_nobody();
            write.may_take(LIMIT).await?;
            let deleted = write.run(query(sql).moment(moment).number(BATCH)).await?;
            write.commit().await?;
            all += deleted;
            if deleted < u64::from(BATCH) {
                return Ok(all);
            }
        }
    }
}
