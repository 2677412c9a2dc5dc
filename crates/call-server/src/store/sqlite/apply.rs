//! Writes one step of a call: always from the status that was read, by compare-and-set, with an audit row.

use super::{
    Write, audit,
    messages::{self, Draft},
    record,
};
use crate::{
    clock::Moment,
    model::{Asker, CallRecord, Changed, Ending, Seating, Step},
    store::StoreError,
};
use call_protocol::{CallStatus, EndReason};

/// Who does it, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    pub(super) asker: Option<&'a Asker>,
    pub(super) at: Moment,
}

/// Writes a step, and reads the call again.
pub(super) async fn step(
    write: &mut Write,
    record: &CallRecord,
    step: &Step,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    match step {
        Step::Stay => Ok(Changed { record: record.clone(), message: None }),
        Step::Answer(seating) => {
            answer(write, record, seating, now).await?;
            changed(write, record).await
        }
        Step::Start => {
            start(write, record, now).await?;
            changed(write, record).await
        }
        Step::End(ending) => {
            sqlx::query("UPDATE call_runtime SET live = 0 WHERE call_id = ?")
                .bind(record.call.id.as_str())
                .execute(&mut **write)
                .await?;
            write_down(write, record, ending, now).await
        }
    }
}

/// Writes an ending: frees the seats and leaves the one message.
pub(super) async fn write_down(
    write: &mut Write,
    record: &CallRecord,
    ending: &Ending,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let call = &record.call;
    let from_here = call.status == ending.status || call.status.may_become(ending.status);
    let ended_at = ending.ended_at.timestamp().0;
    let moved = sqlx::query(
        "UPDATE calls SET status = ?, ended_at = ?, error_reason = ?, updated_at = ? \
         WHERE id = ? AND status = ? AND ended_at IS NULL",
    )
    .bind(ending.status.as_str())
    .bind(&ended_at)
    .bind(ending.reason.map(EndReason::as_str))
    .bind(now.at.timestamp().0)
    .bind(call.id.as_str())
    .bind(call.status.as_str())
    .execute(&mut **write)
    .await?;
    if !from_here || moved.rows_affected() != 1 {
        return Err(StoreError::Unreadable("call status"));
    }
    sqlx::query("UPDATE call_seats SET left_at = ? WHERE call_id = ? AND left_at IS NULL")
        .bind(&ended_at)
        .bind(call.id.as_str())
        .execute(&mut **write)
        .await?;
    let left = "UPDATE call_participants SET left_at = ? WHERE call_id = ? AND left_at IS NULL AND joined_at IS NOT NULL";
    sqlx::query(left).bind(&ended_at).bind(call.id.as_str()).execute(&mut **write).await?;
    let draft = Draft {
        conversation: &call.conversation_id,
        sender: None,
        content: &ending.content,
        metadata: Some(&ending.metadata),
    };
    let message = messages::insert(write, draft, now.at).await?;
    let reason = ending.reason.map(EndReason::as_str);
    audit::write(write, Some(&call.id), now, ending.status.as_str(), reason).await?;
    let changed = changed(write, record).await?;
    Ok(Changed { message: Some(Box::new(message)), ..changed })
}

async fn answer(
    write: &mut Write,
    record: &CallRecord,
    seating: &Seating,
    now: Now<'_>,
) -> Result<(), StoreError> {
    let (id, at) = (record.call.id.as_str(), now.at.timestamp().0);
    let moved = sqlx::query(
        "UPDATE calls SET status = 'active', started_at = ?, updated_at = ? WHERE id = ? AND status = 'ringing'",
    )
    .bind((!seating.leased).then_some(&at))
    .bind(&at)
    .bind(id)
    .execute(&mut **write)
    .await?;
    if moved.rows_affected() != 1 || !record.call.status.may_become(CallStatus::Active) {
        return Err(StoreError::Unreadable("call status"));
    }
    sqlx::query(
        "UPDATE call_seats SET device_id = ?, device_label = ?, leased = ?, last_seen = ? \
         WHERE call_id = ? AND user_id = ? AND device_id IS NULL",
    )
    .bind(seating.device.as_str())
    .bind(seating.label.as_deref())
    .bind(seating.leased)
    .bind(&at)
    .bind(id)
    .bind(record.callee.id.as_str())
    .execute(&mut **write)
    .await?;
    sqlx::query("UPDATE call_participants SET joined_at = ? WHERE call_id = ? AND user_id = ?")
        .bind(&at)
        .bind(id)
        .bind(record.callee.id.as_str())
        .execute(&mut **write)
        .await?;
    sqlx::query("UPDATE call_runtime SET connect_deadline = ? WHERE call_id = ?")
        .bind(seating.connect_deadline.timestamp().0)
        .bind(id)
        .execute(&mut **write)
        .await?;
    audit::write(write, Some(&record.call.id), now, "answered", seating.label.as_deref()).await
}

async fn start(write: &mut Write, record: &CallRecord, now: Now<'_>) -> Result<(), StoreError> {
    let at = now.at.timestamp().0;
    sqlx::query(
        "UPDATE calls SET started_at = ?1, updated_at = ?1 WHERE id = ?2 AND status = 'active' AND started_at IS NULL",
    )
    .bind(&at)
    .bind(record.call.id.as_str())
    .execute(&mut **write)
    .await?;
    audit::write(write, Some(&record.call.id), now, "started", None).await
}

async fn changed(write: &mut Write, record: &CallRecord) -> Result<Changed, StoreError> {
    sqlx::query("UPDATE call_runtime SET version = version + 1 WHERE call_id = ?")
        .bind(record.call.id.as_str())
        .execute(&mut **write)
        .await?;
    let record = record::by_id(write, &record.call.id).await?;
    Ok(Changed { record: record.ok_or(StoreError::Unreadable("call"))?, message: None })
}
