//! The audit log: one row for every transition and every refusal of consequence.
//! Never holds addresses, descriptions or candidates.

use super::{Write, apply::Now};
use crate::store::StoreError;
use call_protocol::CallId;

/// Writes a row.
pub(super) async fn write(
    write: &mut Write,
    call: Option<&CallId>,
    now: Now<'_>,
    what: &str,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_log (call_id, user_id, device_id, what, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(call.map(CallId::as_str))
    .bind(now.asker.map(|asker| asker.user.as_str()))
    .bind(now.asker.map(|asker| asker.device.as_str()))
    .bind(what)
    .bind(detail)
    .bind(now.at.timestamp().0)
    .execute(&mut **write)
    .await?;
    Ok(())
}
