//! How fast people sign in, and how long it takes until all of them are back: after a network that failed, and after a
//! server that was started again. Every live call must be in somebody's snapshot then.

use crate::{
    orders::Dialect,
    stage::Stage,
    table::{Row, Verdict, short},
    workers::Workers,
};
use anyhow::{Result, ensure};
use std::time::Instant;

const GOAL: f64 = 1_000.0;
const GOAL_STORM: f64 = 10.0;
/// How many handshakes run side by side.
const AT_ONCE: u32 = 128;

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let sockets = stage.pick(5_000, 600);
    let pairs = stage.pick(500, 50);
    let database = stage.sqlite()?;
    let (server, address) = stage.server(&database, &[])?;
    let mut workers = Workers::start(stage, Dialect::Calls, &[address], sockets)?;
    let begun = Instant::now();
    let came = workers.connect(sockets, AT_ONCE)?;
    let per_second = came.done as f64 / begun.elapsed().as_secs_f64();
    let in_calls = 2 * workers.begin(pairs)?.done;
    workers.cut()?;
    let cut = storm(&mut workers, sockets, in_calls, "sockets cut")?;
    let asked = Instant::now();
    server.stop()?;
    let stopped = asked.elapsed();
    workers.cut()?;
    let (_server, _) = stage.server_at(address, &database, &[])?;
    let restarted = storm(&mut workers, sockets, in_calls, "server restarted")?;
    Ok(vec![
        Row::at_least("signed-in connects", per_second, GOAL, "/s"),
        Row::shown("  p99 of one", format!("{} ms", short(came.times.percentile(99.0)))),
        Row::shown("  Supabase Realtime, a cluster (published)", "320 to 500 /s"),
        cut,
        restarted,
        Row::shown("  the old server stopped within", format!("{} s", short(stopped.as_secs_f64()))),
    ])
}

fn storm(workers: &mut Workers, sockets: u32, in_calls: u64, why: &str) -> Result<Row> {
    let begun = Instant::now();
    let back = workers.connect(sockets, 4 * AT_ONCE)?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(back.done >= u64::from(sockets), "only {} of {sockets} came back", back.done);
    let lost = in_calls.saturating_sub(back.live_calls);
    Ok(Row::judged(
        format!("storm of {sockets} reconnects, {why}"),
        format!("{} s, {lost} of {in_calls} calls' ends lost", short(seconds)),
        &format!("≤ {} s, 0", short(GOAL_STORM)),
        Verdict::of(seconds <= GOAL_STORM && lost == 0),
    ))
}
