//! Writes one step of a call: always from the status that was read, by compare-and-set, with an audit row.

use super::{
    audit,
    messages::{self, Draft},
    query::query,
    record,
    session::Session,
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
    write: &mut Session,
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
            let update = "UPDATE call_runtime SET live = 0 WHERE call_id = $1";
            write.run(query(update).id(record.call.id.as_str())).await?;
            write_down(write, record, ending, now).await
        }
    }
}

/// Writes an ending: frees the seats and leaves the one message.
pub(super) async fn write_down(
    write: &mut Session,
    record: &CallRecord,
    ending: &Ending,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let call = &record.call;
    let from_here = call.status == ending.status || call.status.may_become(ending.status);
    let update = query(
        "UPDATE calls SET status = $1, ended_at = $2, error_reason = $3, updated_at = $4 \
         WHERE id = $5 AND status = $6 AND ended_at IS NULL",
    )
    .text(ending.status.as_str())
    .moment(ending.ended_at)
    .text(ending.reason.map(EndReason::as_str))
    .moment(now.at)
    .id(call.id.as_str())
    .text(call.status.as_str());
    if !from_here || write.run(update).await? != 1 {
        return Err(StoreError::Unreadable("call status"));
    }
    for update in [
        "UPDATE call_seats SET left_at = $1 WHERE call_id = $2 AND left_at IS NULL",
        "UPDATE call_participants SET left_at = $1 WHERE call_id = $2 AND left_at IS NULL AND joined_at IS NOT NULL",
    ] {
        write.run(query(update).moment(ending.ended_at).id(call.id.as_str())).await?;
    }
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
    write: &mut Session,
    record: &CallRecord,
    seating: &Seating,
    now: Now<'_>,
) -> Result<(), StoreError> {
    let (id, callee) = (record.call.id.as_str(), record.callee.id.as_str());
    let update = query(
        "UPDATE calls SET status = 'active', started_at = $1, updated_at = $2 WHERE id = $3 AND status = 'ringing'",
    )
    .moment((!seating.leased).then_some(now.at))
    .moment(now.at)
    .id(id);
    if !record.call.status.may_become(CallStatus::Active) || write.run(update).await? != 1 {
        return Err(StoreError::Unreadable("call status"));
    }
    let update = query(
        "UPDATE call_seats SET device_id = $1, device_label = $2, leased = $3, last_seen = $4 \
         WHERE call_id = $5 AND user_id = $6 AND device_id IS NULL",
    )
    .text(seating.device.as_str())
    .text(seating.label.as_deref())
    .number(seating.leased)
    .moment(now.at)
    .id(id)
    .id(callee);
    write.run(update).await?;
    let update = "UPDATE call_participants SET joined_at = $1 WHERE call_id = $2 AND user_id = $3";
    write.run(query(update).moment(now.at).id(id).id(callee)).await?;
    let update = "UPDATE call_runtime SET connect_deadline = $1 WHERE call_id = $2";
    write.run(query(update).moment(now.at.plus(seating.connect)).id(id)).await?;
    audit::write(write, Some(&record.call.id), now, "answered", seating.label.as_deref()).await
}

async fn start(write: &mut Session, record: &CallRecord, now: Now<'_>) -> Result<(), StoreError> {
    let update = "UPDATE calls SET started_at = $1, updated_at = $1 \
         WHERE id = $2 AND status = 'active' AND started_at IS NULL";
    write.run(query(update).moment(now.at).id(record.call.id.as_str())).await?;
    audit::write(write, Some(&record.call.id), now, "started", None).await
}

async fn changed(write: &mut Session, record: &CallRecord) -> Result<Changed, StoreError> {
    let update = "UPDATE call_runtime SET version = version + 1 WHERE call_id = $1";
    write.run(query(update).id(record.call.id.as_str())).await?;
    let record = record::by_id(write, &record.call.id).await?;
    Ok(Changed { record: record.ok_or(StoreError::Unreadable("call"))?, message: None })
}
