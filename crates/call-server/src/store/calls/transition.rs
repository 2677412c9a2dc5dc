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
use call_protocol::{CallStatus, EndReason, Message};
use call_rules::{CallRecord, Moment, Seating, Step};

/// Those of an ending.
const MOST_STATEMENTS: usize = 6;

/// A step of a call and what the call is after it, before any of it is written.
pub(in crate::store) struct Next<'s> {
    before: &'s CallRecord,
    step: &'s Step,
    now: Now<'s>,
    after: CallRecord,
    message: Option<(Message, Moment)>,
}

impl<'s> Next<'s> {
    /// A step of a call that was read in this transaction after its lock was taken. An ending has its place in the order of
    /// the conversation's messages, which is locked from then on.
    pub(in crate::store) async fn of(
        write: &mut Session,
        (before, last): (&'s CallRecord, Last),
        step: &'s Step,
        now: Now<'s>,
    ) -> Result<Self, StoreError> {
        let after = before.after(step, now.at);
        let possible = match step {
            Step::Stay => true,
            Step::Answer(_) => before.status.may_become(after.status),
            Step::Start => before.status == CallStatus::Active && before.started_at.is_none(),
            // A call that never rings is missed from the first.
            Step::End(_) => before.status == after.status || before.status.may_become(after.status),
        };
        if !possible {
            return Err(StoreError::Unreadable("call status"));
        }
        let message = match step {
            Step::End(ending) => {
                let draft = Draft {
                    conversation: &before.conversation_id,
                    sender: None,
                    content: &ending.content,
                    metadata: Some(&ending.metadata),
                };
                Some(message::place(write, draft, last, now.at).await?)
            }
            Step::Stay | Step::Answer(_) | Step::Start => None,
        };
        Ok(Self { before, step, now, after, message })
    }

    /// What writes it. The last statement is the one that finds the call as it was read.
    pub(in crate::store) fn statements(&self) -> Result<Vec<Query<'_>>, StoreError> {
        let (id, at) = (self.after.id.as_str(), self.now.at);
        let mut all = Vec::with_capacity(MOST_STATEMENTS);
        match self.step {
            Step::Stay => return Ok(all),
            Step::Answer(seating) => {
                all.extend(answer(&self.after, seating, at));
                all.push(self.audit("answered", seating.label.as_deref()));
            }
            Step::Start => all.push(self.audit("started", None)),
            Step::End(_) => {
                let seats = "UPDATE call_seats SET left_at = $1 WHERE call_id = $2 AND left_at IS NULL";
                let participants = "UPDATE call_participants SET left_at = $1 \
                    WHERE call_id = $2 AND left_at IS NULL AND joined_at IS NOT NULL";
                all.extend([seats, participants].map(|sql| query(sql).moment(self.after.ended_at).id(id)));
                let reason = self.after.error_reason.map(EndReason::as_str);
                all.push(self.audit(self.after.status.as_str(), reason));
            }
        }
        if let Some(message) = &self.message {
            all.push(message::row(message)?);
        }
        all.extend([runtime(&self.after), row(self.before, &self.after)]);
        Ok(all)
    }

    fn audit<'q>(&'q self, what: &'q str, detail: Option<&'q str>) -> Query<'q> {
        audit::row(Some(&self.before.id), self.now, what, detail)
    }

    /// The call as it is once the statements were run.
    pub(in crate::store) fn written(self) -> Changed {
        let message = self.message.map(|(message, _)| Box::new(message));
        Changed { record: self.after, message }
    }
}

/// Writes a step, and goes on; the call as it is then.
pub(in crate::store) async fn step(
    write: &mut Session,
    call: (&CallRecord, Last),
    step: &Step,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let next = Next::of(write, call, step, now).await?;
    let statements = next.statements()?;
    if !statements.is_empty() && write.run_together(statements).await? != 1 {
        return Err(StoreError::Unreadable("call status"));
    }
    Ok(next.written())
}

fn answer<'q>(after: &'q CallRecord, seating: &'q Seating, at: Moment) -> [Query<'q>; 2] {
    let (id, callee) = (after.id.as_str(), after.callee.id.as_str());
    let seat = query(
        "UPDATE call_seats SET device_id = $1, device_label = $2, leased = $3, last_seen = $4 \
         WHERE call_id = $5 AND user_id = $6 AND device_id IS NULL",
    )
    .text(seating.device.as_str())
    .text(seating.label.as_deref())
    .number(seating.leased)
    .moment(at)
    .id(id)
    .id(callee);
    let participant = "UPDATE call_participants SET joined_at = $1 WHERE call_id = $2 AND user_id = $3";
    [seat, query(participant).moment(at).id(id).id(callee)]
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
