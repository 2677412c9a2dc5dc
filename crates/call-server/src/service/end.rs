//! Ends calls: a callee declines, a caller cancels, either hangs up.
//! Never invents an ending: the policy maps it to the six statuses.

use super::{App, allowed, publish::publish_over};
use crate::{
    clock::Moment,
    error::ApiError,
    model::{Asker, CallRecord, Step},
    policy::{self, Denial},
    store::Applied,
};
use call_protocol::{Call, CallId, EndReason};

/// Declines a ringing call.
///
/// # Errors
/// When the policy refuses.
pub async fn decline(app: &App, asker: &Asker, id: &CallId) -> Result<Call, ApiError> {
    change(app, asker, id, |record, now| policy::decline(record, asker, now)).await
}

/// Ends a call, whatever that means in its state.
///
/// # Errors
/// When the policy refuses.
pub async fn end(app: &App, asker: &Asker, id: &CallId, reason: Option<EndReason>) -> Result<Call, ApiError> {
    change(app, asker, id, |record, now| policy::end(record, asker, reason, now)).await
}

async fn change(
    app: &App,
    asker: &Asker,
    id: &CallId,
    decide: impl FnOnce(&CallRecord, Moment) -> Result<Step, Denial> + Send,
) -> Result<Call, ApiError> {
    let conversation = app.live.lock().conversation_of(id);
    let outcome = app.store.change_call((id, conversation.as_ref()), Some(asker), &app.clock, decide).await?;
    match allowed(asker, id, outcome)? {
        Applied::Changed(changed) => {
            let call = changed.record.call.clone();
            publish_over(app, changed, Some(asker));
            Ok(call)
        }
        Applied::AsBefore(record) => Ok(record.call),
    }
}
