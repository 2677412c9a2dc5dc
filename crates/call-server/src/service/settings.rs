//! What people want of the server: who may ring, and who may learn their network address. It holds for what rings at this
//! moment, too.
//! Never shows a caller why nothing rings, or why nothing is connected before the answer.

use super::{
    Calls,
    publish::{publish, publish_over},
    relay,
};
use crate::{config::Config, error::ApiError, model::Changed, rates::Doing, store::Store};
use call_protocol::{ChangeSettings, Settings, UserId};

/// What somebody wants of the server.
///
/// # Errors
/// When the database fails.
pub async fn read(config: &Config, store: &Store, user: &UserId) -> Result<Settings, ApiError> {
    Ok(Settings { has_relay: relay::exists(config), ..store.settings(user).await? })
}

/// Keeps what somebody wants of the server; a ring that they do not want any more falls silent, and from one that may stay
/// their address is hidden.
///
/// # Errors
/// When the person is no longer there.
pub async fn change(calls: &Calls, user: &UserId, wanted: ChangeSettings) -> Result<Settings, ApiError> {
    calls.rates.allow(user, Doing::Changing)?;
    let has_relay = relay::exists(&calls.config);
    let silence = |record: &_, now| call_rules::silence(record, user, now);
    let kept = calls.store.set_settings(user, wanted, (&calls.clock, has_relay), &silence).await?;
    let kept = kept.ok_or(ApiError::Unauthorized)?;
    for changed in kept.ended {
        publish_over(calls, changed, None);
    }
    for record in kept.hidden {
        publish(calls, Changed { record, message: None });
    }
    Ok(Settings { has_relay, ..kept.settings })
}
