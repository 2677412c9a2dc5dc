//! Ends what nobody ended: rings past their deadline, callers that are gone, calls that both sides abandoned. Writes
//! proofs of life down, and forgets what is old.
//! Never ends a call by what it remembers alone: the decision is taken again inside the transaction.

use super::{
    Calls, nodes,
    publish::{learn_late, publish_over},
};
use crate::{
    store::{Applied, Proof},
    timestamp,
};
use call_protocol::{CallId, CallRole, UserId};
use call_rules::{CallRecord, Step};
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// How many calls are examined before other tasks have their turn.
const AT_A_TIME: usize = 100;

/// Sweeps for as long as the server runs.
pub async fn run(calls: Arc<Calls>) {
    let timings = &calls.config.timings;
    let mut ticks = interval(timings.sweep);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = Instant::now();
    loop {
        ticks.tick().await;
        sweep(&calls).await;
        if written.elapsed() >= timings.lease_writes {
            written = Instant::now();
            write_proofs(&calls).await;
            calls.store.keep_room().await;
            keep_time(&calls).await;
            calls.rates.forget_full();
            calls.hub.forget_old(calls.clock.tick());
        }
    }
}

/// Ends once everything whose time is over.
pub async fn sweep(calls: &Calls) {
    end_what_is_over(calls, || live(calls)).await;
    let tick = calls.clock.tick();
    calls.live.lock().forget_over(tick, calls.config.timings.ended_calls);
}

/// Compares the server's clock with the one that it follows.
async fn keep_time(calls: &Calls) {
    match calls.store.set_right(&calls.clock).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::warn!(now = %timestamp::format(calls.clock.now()).0, "the clock was set: what happens is dated by it from now on")
        }
        Err(error) => error.log("the clock could not be compared"),
    }
}

/// Ends the calls of a person whose page said that it goes, unless they are back in a moment.
pub fn device_left(calls: &Arc<Calls>, user: &UserId) {
    let left = calls.live.lock().ids_of(user);
    if left.is_empty() {
        return;
    }
    let calls = Arc::clone(calls);
    tokio::spawn(async move {
        let theirs = || {
            let book = calls.live.lock();
            let entries = left.iter().filter_map(|id| book.get(id));
            entries.map(|entry| Arc::clone(&entry.record)).collect()
        };
        // Its ring first, then the call that it sat in.
        let timings = &calls.config.timings.calls;
        for wait in [timings.left, timings.returns.saturating_sub(timings.left)] {
            sleep(wait).await;
            end_what_is_over(&calls, theirs).await;
        }
    });
}

async fn end_what_is_over(calls: &Calls, records: impl Fn() -> Vec<Arc<CallRecord>>) {
    let mut over = due(calls, &records()).await;
    if !over.is_empty() && calls.other_nodes().is_some() {
        // Somebody may have come back at another node a moment ago.
        if let Err(error) = nodes::compare(calls).await {
            error.log("calls could not be swept");
            return;
        }
        over = due(calls, &records()).await;
    }
    for id in over {
        let decide = |record: &CallRecord, now| {
            let ending = call_rules::sweep(&calls.lives().standing(record), now, &calls.config.timings.calls);
            Ok(ending.map_or(Step::Stay, |ending| Step::End(Box::new(ending))))
        };
        let conversation = calls.live.lock().conversation_of(&id);
        match calls.store.change_call((&id, conversation.as_ref()), None, &calls.clock, decide).await {
            Ok(Some(Ok(Applied::Changed(changed)))) => publish_over(calls, changed, None),
            // It may be over since another process ended it.
            Ok(Some(Ok(Applied::AsBefore(record)))) => learn_late(calls, record),
            Ok(Some(Err(_)) | None) => {}
            Err(error) => error.log("a call that is over could not be ended; it is tried again"),
        }
    }
}

async fn due(calls: &Calls, live: &[Arc<CallRecord>]) -> Vec<CallId> {
    let mut over = Vec::new();
    for some in live.chunks(AT_A_TIME) {
        let now = calls.clock.now();
        for record in some {
            if call_rules::sweep(&calls.lives().standing(record), now, &calls.config.timings.calls).is_some()
            {
                over.push(record.id.clone());
            }
        }
        tokio::task::yield_now().await;
    }
    over
}

fn live(calls: &Calls) -> Vec<Arc<CallRecord>> {
    calls.live.lock().live().map(|entry| Arc::clone(&entry.record)).collect()
}

/// Writes down when each seated device last gave a sign of life, for the server that comes after this one.
pub async fn write_proofs(calls: &Calls) {
    let mut proofs = Vec::new();
    for record in &live(calls) {
        for role in [CallRole::Caller, CallRole::Callee] {
            if let Some(last_seen) = calls.lives().here(record, role).and_then(|life| life.last_proof) {
                proofs.push(Proof {
                    call: record.id.clone(),
                    user: record.person(role).id.clone(),
                    last_seen,
                    media_seen: calls.lives().media_moment(&record.id, role),
                });
            }
        }
    }
    if proofs.is_empty() {
        return;
    }
    if let Err(error) = calls.store.write_proofs(&proofs).await {
        error.log("proofs of life could not be written");
    }
}
