//! Ends what nobody ended: rings past their deadline, callers that are gone, calls that both sides abandoned. Writes
//! proofs of life down, and forgets what is old.
//! Never ends a call by what it remembers alone: the decision is taken again inside the transaction.

use super::{
    App, journal, nodes,
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

/// How many calls are looked at before signals have their turn.
const AT_A_TIME: usize = 100;

/// Sweeps for as long as the server runs.
pub async fn run(app: Arc<App>) {
    let timings = &app.config.timings;
    let mut ticks = interval(timings.sweep);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = Instant::now();
    loop {
        ticks.tick().await;
        sweep(&app).await;
        if written.elapsed() >= timings.lease_writes {
            written = Instant::now();
            write_proofs(&app).await;
            app.store.keep_room().await;
            keep_time(&app).await;
            app.rates.forget_full();
            journal::tell_the_rest(&app).await;
            app.hub.forget_old(app.clock.tick());
        }
    }
}

/// Looks once at everything that can end by itself.
pub async fn sweep(app: &App) {
    end_what_is_over(app, || live(app)).await;
    let tick = app.clock.tick();
    app.live.lock().forget_over(tick, app.config.timings.ended_calls);
}

/// Looks whether the clock that rows are dated by is still the one that it should follow.
async fn keep_time(app: &App) {
    match app.store.set_right(&app.clock).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::warn!(now = %timestamp::format(app.clock.now()).0, "the clock was set: what happens is dated by it from now on")
        }
        Err(error) => error.log("the clock could not be compared"),
    }
}

/// Ends what a person leaves behind who said that they go, unless they are back in a moment.
pub fn device_left(app: &Arc<App>, user: &UserId) {
    let calls = app.live.lock().ids_of(user);
    if calls.is_empty() {
        return;
    }
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let theirs = || {
            let book = app.live.lock();
            let entries = calls.iter().filter_map(|id| book.get(id));
            entries.map(|entry| Arc::clone(&entry.record)).collect()
        };
        // Its ring first, then the call that it sat in.
        let timings = &app.config.timings.calls;
        for wait in [timings.left, timings.returns.saturating_sub(timings.left)] {
            sleep(wait).await;
            end_what_is_over(&app, theirs).await;
        }
    });
}

async fn end_what_is_over(app: &App, calls: impl Fn() -> Vec<Arc<CallRecord>>) {
    let mut over = due(app, &calls()).await;
    if !over.is_empty() && app.company().is_some() {
        // Somebody may have come back at another node a moment ago.
        if let Err(error) = nodes::compare(app).await {
            error.log("calls could not be swept");
            return;
        }
        over = due(app, &calls()).await;
    }
    for id in over {
        let decide = |record: &CallRecord, now| {
            let ending = call_rules::sweep(&app.lives().standing(record), now, &app.config.timings.calls);
            Ok(ending.map_or(Step::Stay, |ending| Step::End(Box::new(ending))))
        };
        let conversation = app.live.lock().conversation_of(&id);
        match app.store.change_call((&id, conversation.as_ref()), None, &app.clock, decide).await {
            Ok(Some(Ok(Applied::Changed(changed)))) => publish_over(app, changed, None),
            // It may be over since another process ended it.
            Ok(Some(Ok(Applied::AsBefore(record)))) => learn_late(app, record),
            Ok(Some(Err(_)) | None) => {}
            Err(error) => error.log("a call that is over could not be ended; it is tried again"),
        }
    }
}

async fn due(app: &App, live: &[Arc<CallRecord>]) -> Vec<CallId> {
    let mut over = Vec::new();
    for some in live.chunks(AT_A_TIME) {
        let now = app.clock.now();
        for record in some {
            if call_rules::sweep(&app.lives().standing(record), now, &app.config.timings.calls).is_some() {
                over.push(record.id.clone());
            }
        }
        tokio::task::yield_now().await;
    }
    over
}

fn live(app: &App) -> Vec<Arc<CallRecord>> {
    app.live.lock().live().map(|entry| Arc::clone(&entry.record)).collect()
}

/// Writes down when each seated device last gave a sign of life, for the server that comes after this one.
pub async fn write_proofs(app: &App) {
    let mut proofs = Vec::new();
    for record in &live(app) {
        for role in [CallRole::Caller, CallRole::Callee] {
            if let Some(last_seen) = app.lives().here(record, role).and_then(|life| life.last_proof) {
                proofs.push(Proof {
                    call: record.id.clone(),
                    user: record.person(role).id.clone(),
                    last_seen,
                    media_seen: app.lives().media_moment(&record.id, role),
                });
            }
        }
    }
    if proofs.is_empty() {
        return;
    }
    if let Err(error) = app.store.write_proofs(&proofs).await {
        error.log("proofs of life could not be written");
    }
}
