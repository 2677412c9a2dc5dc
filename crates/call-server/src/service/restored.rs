//! Notices that somebody put a copy of the database back while the server runs, and begins anew with what is in it.
//! Never puts one back: see `store::restore`.

use super::Calls;
use crate::{
    clock::Clock,
    live::{Book, LiveCalls, Warmth},
    store::{Store, StoreError},
};
use call_protocol::close_code;
use call_rules::Moment;
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};

/// Looks for as long as the server runs.
pub async fn run(calls: Arc<Calls>) {
    let mut ticks = interval(calls.config.timings.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = None;
    loop {
        ticks.tick().await;
        if let Err(error) = look(&calls, &mut seen).await {
            error.log("it could not be seen whether a copy of the database was put back");
        }
    }
}

/// Compares the copy that was put back last with the one of the look before.
async fn look(calls: &Calls, seen: &mut Option<Option<String>>) -> Result<(), StoreError> {
    let last = calls.store.last_restored().await?;
    if seen.as_ref().is_some_and(|seen| *seen != last) {
        tracing::warn!("a copy of the database was put back: everybody begins anew with what is in it");
        *calls.live.lock() = Book::default();
        remember(
            &calls.live,
            &calls.store,
            &calls.clock,
            calls.clock.now().minus(calls.config.timings.ended_calls),
        )
        .await?;
        for person in calls.hub.people() {
            calls.hub.close_person(&person, close_code::GOING_AWAY);
        }
    }
    *seen = Some(last);
    Ok(())
}

/// Reads the calls that ring or run, and those that ended since then.
///
/// # Errors
/// When the database fails.
pub async fn remember(
    live: &LiveCalls,
    store: &Store,
    clock: &Clock,
    ended_since: Moment,
) -> Result<(), StoreError> {
    for record in store.current_calls(ended_since).await? {
        let allowed = store.acquainted(&record.caller.id, &record.callee.id).await?;
        let mut book = live.lock();
        book.draft(record.id.clone(), Warmth { allowed, ..Warmth::default() });
        book.apply(record, clock.tick());
    }
    Ok(())
}
