//! A callee's device takes the call.
//! Never lets two devices have it: the store's transaction decides.

use super::{
    Calls, allowed,
    initiate::{seating, take_seat},
    publish::{learn, publish},
};
use crate::{error::ApiError, live::Offer, model::Json, rates::Doing, store::Applied};
use call_protocol::{CallId, LiveCall};
use call_rules::{Asker, Refusal};

/// Answers a call.
///
/// # Errors
/// When the rules refuse.
pub async fn answer(calls: &Calls, asker: &Asker, id: &CallId) -> Result<LiveCall<Json>, ApiError> {
    calls.rates.allow(&asker.user, Doing::Calling)?;
    let decide = |record: &_, _| {
        let step = call_rules::answer(record, asker, seating(calls, asker))?;
        take_seat(calls, asker);
        Ok(step)
    };
    let outcome = calls.store.change_call((id, None), Some(asker), &calls.clock, decide).await?;
    match allowed(asker, id, outcome)? {
        Applied::Changed(changed) => {
            calls.metrics.call_answered(&changed);
            tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "call answered");
            publish(calls, changed);
        }
        Applied::AsBefore(record) => {
            learn(calls, record);
        }
    }
    let book = calls.live.lock();
    let entry = book.get(id).ok_or_else(|| ApiError::Internal("the call is not current".to_owned()))?;
    let role = entry.record.role_of(&asker.user).ok_or(ApiError::refused(Refusal::NoCall))?;
    Ok(entry.seen_by(role, Offer::Withheld, calls.clock.now()))
}
