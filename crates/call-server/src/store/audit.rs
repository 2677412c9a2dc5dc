//! The audit log: one row for every transition and every refusal of consequence.
//! Never holds descriptions or candidates, nor addresses but the networks that people sign in from.

use super::{
    Store,
    apply::Now,
    query::{Query, query},
    session::Session,
};
use crate::{clock::Moment, store::StoreError};
use call_protocol::{CallId, UserId};

impl Store {
    /// Writes a row about what is no call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(
        &self,
        user: Option<&UserId>,
        what: &str,
        detail: &str,
        at: Moment,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let insert = query("INSERT INTO audit_log (user_id, what, detail, at) VALUES ($1, $2, $3, $4)");
        write.run(insert.id(user.map(UserId::as_str)).text(what).text(detail).moment(at)).await?;
        write.commit().await
    }
}

/// Writes a row.
pub(super) async fn write(
    write: &mut Session,
    call: Option<&CallId>,
    now: Now<'_>,
    what: &str,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    write.run(row(call, now, what, detail)).await?;
    Ok(())
}

/// The statement that writes a row.
pub(super) fn row<'q>(
    call: Option<&'q CallId>,
    now: Now<'q>,
    what: &'q str,
    detail: Option<&'q str>,
) -> Query<'q> {
    query(
        "INSERT INTO audit_log (call_id, user_id, device_id, what, detail, at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .id(call.map(CallId::as_str))
    .id(now.asker.map(|asker| asker.user.as_str()))
    .text(now.asker.map(|asker| asker.device.as_str()))
    .text(what)
    .text(detail)
    .moment(now.at)
}
