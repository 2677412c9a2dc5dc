//! Writes one step of a call: always from the status that was read, by compare-and-set, with an audit row.

use crate::store::{
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
    match step {
        Step::Stay => Ok(Changed { record: record.clone(), message: None }),
        Step::Answer(seating) => answer(write, record, (step, seating), now).await,
        Step::Start => start(write, record, step, now).await,
        Step::End(ending) => write_down(write, (record, last), ending, now).await,
    }
}

/// Writes an ending: frees the seats and leaves the one message.
pub(in crate::store) async fn write_down(
    write: &mut Session,
    (record, last): (&CallRecord, Last),
    ending: &Ending,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let after = record.ended(ending, now.at);
    let (id, reason) = (after.id.as_str(), after.error_reason.map(EndReason::as_str));
    let seats = "UPDATE call_seats SET left_at = $1 WHERE call_id = $2 AND left_at IS NULL";
    let participants = "UPDATE call_participants SET left_at = $1 \
        WHERE call_id = $2 AND left_at IS NULL AND joined_at IS NOT NULL";
    let draft = Draft {
        conversation: &record.conversation_id,
        sender: None,
        content: &ending.content,
        metadata: Some(&ending.metadata),
    };
    let message = message::place(write, draft, last, now.at).await?;
    let all = [
        runtime(&after),
        query(seats).moment(after.ended_at).id(id),
        query(participants).moment(after.ended_at).id(id),
        audit::row(Some(&record.id), now, after.status.as_str(), reason),
        message::row(&message)?,
        row(record, &after),
    ];
    let from_here = record.status == after.status || record.status.may_become(after.status);
    run_if(from_here, write, all).await?;
    let (message, _) = message;
    Ok(Changed { record: after, message: Some(Box::new(message)) })
}

async fn answer(
    write: &mut Session,
    record: &CallRecord,
    (step, seating): (&Step, &Seating),
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let after = record.after(step, now.at);
    let (id, callee) = (after.id.as_str(), after.callee.id.as_str());
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
    let all = [
        seat,
        query(participant).moment(now.at).id(id).id(callee),
        runtime(&after),
        audit::row(Some(&record.id), now, "answered", seating.label.as_deref()),
        row(record, &after),
    ];
    run_if(record.status.may_become(after.status), write, all).await?;
    Ok(Changed { record: after, message: None })
}

async fn start(
    write: &mut Session,
    record: &CallRecord,
    step: &Step,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let after = record.after(step, now.at);
    let all = [runtime(&after), audit::row(Some(&record.id), now, "started", None), row(record, &after)];
    run_if(record.status == CallStatus::Active && record.started_at.is_none(), write, all).await?;
    Ok(Changed { record: after, message: None })
}

/// Writes the computed call to its row, if that is still as it was read.
fn row<'q>(before: &'q CallRecord, after: &'q CallRecord) -> Query<'q> {
    query(
        "UPDATE calls SET status = $1, started_at = $2, ended_at = $3, error_reason = $4, updated_at = $5 \
         WHERE id = $6 AND status = $7 AND ended_at IS NULL",
    )
    .text(after.status.as_str())
    .moment(after.started_at)
    .moment(after.ended_at)
    .text(after.error_reason.map(EndReason::as_str))
    .moment(after.updated_at)
    .id(before.id.as_str())
    .text(before.status.as_str())
}

/// The same of the row beside it that calls have which rang.
fn runtime(after: &CallRecord) -> Query<'_> {
    query("UPDATE call_runtime SET live = $1, version = $2 WHERE call_id = $3")
        .number(after.status.is_live())
        .number(after.version)
        .id(after.id.as_str())
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
