//! A callee's device takes the call.
//! Never lets two devices have it: the store's transaction decides.

use super::{
    App, allowed,
    initiate::{seating, take_seat},
    publish::{learn, publish},
};
use crate::{error::ApiError, live::Offer, model::Json, rates::Doing, store::Applied};
use call_protocol::{CallId, LiveCall};
use call_rules::{Asker, Refusal};

/// Answers a call.
///
/// # Errors
/// When the policy refuses.
pub async fn answer(app: &App, asker: &Asker, id: &CallId) -> Result<LiveCall<Json>, ApiError> {
    app.rates.allow(&asker.user, Doing::Calling)?;
    let decide = |record: &_, _| {
        let step = call_rules::answer(record, asker, seating(app, asker))?;
        take_seat(app, asker);
        Ok(step)
    };
    let outcome = app.store.change_call((id, None), Some(asker), &app.clock, decide).await?;
    match allowed(asker, id, outcome)? {
        Applied::Changed(changed) => {
            app.metrics.call_answered(&changed);
            tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "call answered");
            publish(app, changed);
        }
        Applied::AsBefore(record) => {
            learn(app, record);
        }
    }
    let book = app.live.lock();
    let entry = book.get(id).ok_or_else(|| ApiError::Internal("the call is not current".to_owned()))?;
    let role = entry.record.role_of(&asker.user).ok_or(ApiError::refused(Refusal::NoCall))?;
    Ok(entry.seen_by(role, Offer::Withheld, app.clock.now()))
}
