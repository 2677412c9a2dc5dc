//! The audit log: one row for every transition and every refusal of consequence.
//! Never holds addresses, descriptions or candidates.

use super::{
    apply::Now,
    query::{Query, query},
    session::Session,
};
use crate::store::StoreError;
use call_protocol::CallId;

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
