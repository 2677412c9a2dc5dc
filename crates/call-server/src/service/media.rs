//! Takes in reports of flowing media: proof of life of both sides, and the first one starts the clock of the call.
//! Never asks the database for more than that first one.

use super::{
    App, allowed, denied,
    publish::{Notice, publish},
};
use crate::{
    error::ApiError,
    model::{Asker, Step},
    policy::{self, Refusal},
    store::Applied,
};
use call_protocol::CallId;

/// Takes in a report.
///
/// # Errors
/// When the policy refuses.
pub async fn report(app: &App, asker: &Asker, id: &CallId) -> Result<(), ApiError> {
    let known = {
        let mut book = app.live.lock();
        book.get_mut(id).map(|entry| {
            let step = policy::report_media(&entry.record, asker)?;
            if let Some(role) = entry.record.role_of(&asker.user) {
                entry.note_media(role, app.clock.tick());
            }
            Ok(step)
        })
    };
    match known {
        Some(Ok(Step::Start)) => start(app, asker, id).await,
        Some(Ok(Step::Stay | Step::Answer(_) | Step::End(_))) => Ok(()),
        Some(Err(denial)) => Err(denied(asker, Some(id), denial)),
        None => Err(denied(asker, Some(id), Refusal::NoCall.into())),
    }
}

async fn start(app: &App, asker: &Asker, id: &CallId) -> Result<(), ApiError> {
    let decide = |record: &_, _| policy::report_media(record, asker);
    let outcome = app.store.change_call(id, Some(asker), &app.clock, decide).await?;
    if let Applied::Changed(changed) = allowed(asker, id, outcome)? {
        tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "call connected");
        publish(app, changed, Notice::Quiet);
    }
    Ok(())
}
