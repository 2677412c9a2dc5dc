//! Handles reports that media flows, which prove that both sides live, and that it stopped. The first report starts the
//! clock of the call: the only one that the database is told of.

use super::{Calls, allowed, denied, nodes, publish::publish};
use crate::{error::ApiError, store::Applied};
use call_protocol::CallId;
use call_rules::{Asker, CallRecord, Denial, Refusal, Step};

/// Handles a report that media of the other side arrives.
///
/// # Errors
/// When the rules refuse.
pub async fn report(calls: &Calls, asker: &Asker, id: &CallId) -> Result<(), ApiError> {
    let mut known = take_in(calls, asker, id);
    if !matches!(known, Some(Ok(_))) && nodes::reread(calls, id).await? {
        known = take_in(calls, asker, id);
    }
    match known {
        Some(Ok(Step::Start)) => start(calls, asker, id).await,
        Some(Ok(Step::Stay | Step::Answer(_) | Step::End(_))) => Ok(()),
        Some(Err(denial)) => Err(denied(asker, Some(id), denial)),
        None => Err(denied(asker, Some(id), Refusal::NoCall.into())),
    }
}

/// Handles a report that nothing of the other side arrives any more: earlier reports prove nothing from now on.
///
/// # Errors
/// When the rules refuse.
pub fn silent(calls: &Calls, asker: &Asker, id: &CallId) -> Result<(), ApiError> {
    let mut book = calls.live.lock();
    // A call of another node is known here a moment later; until then there is no report to withdraw.
    let Some(entry) = book.get_mut(id) else { return Ok(()) };
    call_rules::report_media(&entry.record, asker).map_err(|denial| denied(asker, Some(id), denial))?;
    if let Some(role) = entry.record.role_of(&asker.user) {
        entry.forget_media(role);
    }
    Ok(())
}

fn take_in(calls: &Calls, asker: &Asker, id: &CallId) -> Option<Result<Step, Denial>> {
    let mut book = calls.live.lock();
    let entry = book.get_mut(id)?;
    let step = call_rules::report_media(&entry.record, asker);
    if let (Ok(_), Some(role)) = (&step, entry.record.role_of(&asker.user)) {
        entry.note_media(role, calls.clock.tick());
    }
    Some(step)
}

async fn start(calls: &Calls, asker: &Asker, id: &CallId) -> Result<(), ApiError> {
    let mut answered_at = None;
    let decide = |record: &CallRecord, _| {
        answered_at = Some(record.updated_at);
        call_rules::report_media(record, asker)
    };
    let outcome = calls.store.change_call((id, None), Some(asker), &calls.clock, decide).await?;
    if let Applied::Changed(changed) = allowed(asker, id, outcome)? {
        tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "call connected");
        calls.metrics.call_connected(&changed.record, answered_at);
        publish(calls, changed);
    }
    Ok(())
}
