//! Ends calls: a callee declines, a caller cancels, either hangs up.
//! Never invents an ending: the rules map it to the six statuses.

use super::{Calls, allowed, media, publish::publish_over, seat_life::connection};
use crate::{error::ApiError, rates::Doing, store::Applied, timestamp};
use call_protocol::{Call, CallId, EndCall};
use call_rules::{Asker, CallRecord, Denial, Moment, Step};
use std::sync::Arc;

/// Declines a ringing call.
///
/// # Errors
/// When the rules refuse.
pub async fn decline(calls: &Calls, asker: &Asker, id: &CallId) -> Result<Call, ApiError> {
    change(calls, asker, id, |record, now| call_rules::decline(record, asker, now)).await
}

/// Ends a call, whatever that means in its state.
///
/// # Errors
/// When the rules refuse.
pub async fn end(calls: &Calls, asker: &Asker, id: &CallId, body: EndCall) -> Result<Call, ApiError> {
    let EndCall { reason, talked } = body;
    if talked && !has_started(calls, id) {
        // An error of the report is ignored: the end meets the same obstacle and returns it.
        let _ = media::report(calls, asker, id).await;
    }
    change(calls, asker, id, |record, now| {
        call_rules::end((record, connection(&calls.live, record)), asker, reason, now)
    })
    .await
}

/// Whether the clock of a call runs, or it is over, as far as is known here.
fn has_started(calls: &Calls, id: &CallId) -> bool {
    let book = calls.live.lock();
    book.get(id).is_some_and(|entry| {
        let call = &entry.record;
        call.started_at.is_some() || !call.status.is_live()
    })
}

async fn change(
    calls: &Calls,
    asker: &Asker,
    id: &CallId,
    decide: impl Fn(&CallRecord, Moment) -> Result<Step, Denial> + Send,
) -> Result<Call, ApiError> {
    // The end of a live call is never rate limited: a call can be ended only once.
    let live = calls.live.lock().get(id).map(|entry| Arc::clone(&entry.record));
    let ends = live.is_some_and(|record| matches!(decide(&record, calls.clock.now()), Ok(Step::End(_))));
    if !ends {
        calls.rates.allow(&asker.user, Doing::Ending)?;
    }
    let conversation = calls.live.lock().conversation_of(id);
    let outcome =
        calls.store.change_call((id, conversation.as_ref()), Some(asker), &calls.clock, decide).await?;
    match allowed(asker, id, outcome)? {
        Applied::Changed(changed) => {
            let call = changed.record.shown(timestamp::format);
            publish_over(calls, changed, Some(asker));
            Ok(call)
        }
        Applied::AsBefore(record) => Ok(record.shown(timestamp::format)),
    }
}
