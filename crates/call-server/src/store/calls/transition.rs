//! Writes one step of a call: always from the status that was read, by compare-and-set, with an audit row.

use crate::store::{
    calls::resulting,
    engine::{
        query::{Query, query},
        session::Session,
    },
    tables::{
        audit::{self, Now},
        message::{self, Draft, Last},
    },
};
use crate::{model::Changed, store::StoreError};
use call_protocol::{CallStatus, EndReason};
use call_rules::{CallRecord, Ending, Seating, Step};

/// Writes a step; the call as it is then. It was read in this transaction, after its lock was taken.
pub(in crate::store) async fn step(
    write: &mut Session,
    (record, last): (&CallRecord, Last),
    step: &Step,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let record = match step {
        Step::Stay => record.clone(),
        Step::Answer(seating) => answer(write, record, seating, now).await?,
        Step::Start => start(write, record, now).await?,
        Step::End(ending) => return write_down(write, (record, last), ending, now).await,
    };
    Ok(Changed { record, message: None })
}

/// Writes an ending: frees the seats and leaves the one message.
pub(in crate::store) async fn write_down(
    write: &mut Session,
    (record, last): (&CallRecord, Last),
    ending: &Ending,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let (id, reason) = (record.id.as_str(), ending.reason.map(EndReason::as_str));
    let runtime = query("UPDATE call_runtime SET live = 0, version = version + 1 WHERE call_id = $1").id(id);
    let seats = "UPDATE call_seats SET left_at = $1 WHERE call_id = $2 AND left_at IS NULL";
    let participants = "UPDATE call_participants SET left_at = $1 \
        WHERE call_id = $2 AND left_at IS NULL AND joined_at IS NOT NULL";
    let update = query(
        "UPDATE calls SET status = $1, ended_at = $2, error_reason = $3, updated_at = $4 \
         WHERE id = $5 AND status = $6 AND ended_at IS NULL",
    )
    .text(ending.status.as_str())
    .moment(ending.ended_at)
    .text(reason)
    .moment(now.at)
    .id(id)
    .text(record.status.as_str());
    let from_here = record.status == ending.status || record.status.may_become(ending.status);
    let draft = Draft {
        conversation: &record.conversation_id,
        sender: None,
        content: &ending.content,
        metadata: Some(&ending.metadata),
    };
    let message = message::place(write, draft, last, now.at).await?;
    let all = [
        runtime,
        query(seats).moment(ending.ended_at).id(id),
        query(participants).moment(ending.ended_at).id(id),
        audit::row(Some(&record.id), now, ending.status.as_str(), reason),
        message::row(&message)?,
        update,
    ];
    run_if(from_here, write, all).await?;
    let (message, _) = message;
    Ok(Changed { record: resulting::ended(record, ending, now.at), message: Some(Box::new(message)) })
}

async fn answer(
    write: &mut Session,
    record: &CallRecord,
    seating: &Seating,
    now: Now<'_>,
) -> Result<CallRecord, StoreError> {
    let (id, callee) = (record.id.as_str(), record.callee.id.as_str());
    let seat = query(
        "UPDATE call_seats SET device_id = $1, device_label = $2, leased = $3, last_seen = $4 \
         WHERE call_id = $5 AND user_id = $6 AND device_id IS NULL",
    )
    .text(seating.device.as_str())
    .text(seating.label.as_deref())
    .number(seating.leased)
    .moment(now.at)
    .id(id)
    .id(callee);
    let participant = "UPDATE call_participants SET joined_at = $1 WHERE call_id = $2 AND user_id = $3";
    let runtime = "UPDATE call_runtime SET connect_deadline = $1, version = version + 1 WHERE call_id = $2";
    let update = query(
        "UPDATE calls SET status = 'active', started_at = $1, updated_at = $2 WHERE id = $3 AND status = 'ringing'",
    )
    .moment((!seating.leased).then_some(now.at))
    .moment(now.at)
    .id(id);
    let all = [
        seat,
        query(participant).moment(now.at).id(id).id(callee),
        query(runtime).moment(now.at.plus(seating.connect)).id(id),
        audit::row(Some(&record.id), now, "answered", seating.label.as_deref()),
        update,
    ];
    run_if(record.status.may_become(CallStatus::Active), write, all).await?;
    Ok(resulting::answered(record, seating, now.at))
}

async fn start(write: &mut Session, record: &CallRecord, now: Now<'_>) -> Result<CallRecord, StoreError> {
    let id = record.id.as_str();
    let runtime = query("UPDATE call_runtime SET version = version + 1 WHERE call_id = $1").id(id);
    let update = "UPDATE calls SET started_at = $1, updated_at = $1 \
         WHERE id = $2 AND status = 'active' AND started_at IS NULL";
    let all =
        [runtime, audit::row(Some(&record.id), now, "started", None), query(update).moment(now.at).id(id)];
    run_if(record.status == CallStatus::Active, write, all).await?;
    Ok(resulting::started(record, now.at))
}

/// Writes when the step is possible; the last statement is the one that finds the call as it was read.
async fn run_if<const N: usize>(
    possible: bool,
    write: &mut Session,
    statements: [Query<'_>; N],
) -> Result<(), StoreError> {
    if !possible || write.run_together(statements).await? != 1 {
        return Err(StoreError::Unreadable("call status"));
    }
    Ok(())
}
