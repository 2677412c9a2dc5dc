//! Keeps call records and audit rows only as long as the operator wants, and forgets the rest.
//! Never runs unless a number of days is set.

use crate::{
    clock::Clock,
    store::{Forgotten, Store, StoreError},
};
use call_rules::Moment;
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(3600);

/// Forgets what is old for as long as the server runs.
pub async fn run(store: Arc<Store>, clock: Clock, days: u32) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match forget(&store, clock.now(), days).await {
            Ok(Forgotten { calls: 0, audit_rows: 0 }) => {}
            Ok(Forgotten { calls, audit_rows }) => tracing::info!(calls, audit_rows, days, "forgotten"),
            Err(error) => error.log("what is old could not be forgotten"),
        }
    }
}

/// Forgets what is older than so many days.
///
/// # Errors
/// When the database fails.
pub async fn forget(store: &Store, now: Moment, days: u32) -> Result<Forgotten, StoreError> {
    store.forget_before(now.minus(DAY * days)).await
}
