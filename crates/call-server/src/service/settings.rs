//! The settings of a person: who may ring, and who may learn their network address. A change takes effect on a call that
//! rings right now, too.
//! Never shows a caller why nothing rings, or why nothing is connected before the answer.

use super::{
    Calls,
    publish::{publish, publish_over},
    relay::IceServers,
};
use crate::{error::ApiError, model::Changed, rates::Doing, store::Store};
use call_protocol::{ChangeSettings, Settings, UserId};

/// The settings of a person.
///
/// # Errors
/// When the database fails.
pub async fn read(ice: &IceServers, store: &Store, user: &UserId) -> Result<Settings, ApiError> {
    Ok(Settings { has_relay: ice.has_relay(), ..store.settings(user).await? })
}

/// Changes settings. A ring that they exclude from now on stops, and in one that stays the address is hidden.
///
/// # Errors
/// When the person is no longer there.
pub async fn change(calls: &Calls, user: &UserId, wanted: ChangeSettings) -> Result<Settings, ApiError> {
    calls.rates.allow(user, Doing::Changing)?;
    let has_relay = calls.ice.has_relay();
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
