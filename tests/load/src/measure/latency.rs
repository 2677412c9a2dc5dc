//! How late a signal arrives, from the moment it should have been sent: among many sockets, on one node, and across
//! two that NATS joins. The load shares the machine, so a bare echo under the same load is shown beside it.

use crate::{
    orders::{Dialect, Report},
    stage::{Rival, Stage},
    table::{Row, Verdict, short},
    workers::Workers,
};
use anyhow::Result;
use std::{net::SocketAddr, time::Instant};

const GOAL: f64 = 5.0;
const GOAL_ACROSS: f64 = 15.0;
const PER_SECOND: u32 = 2_000;
/// The part of its processor from which on the load measures itself.
const BUSY: f64 = 0.7;
/// The flag by which nodes are joined.
const FLAG: &str = "--nats-url";

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let sockets = stage.pick(5_000, 600);
    let what = |where_| format!("relay p99, {PER_SECOND}/s, {sockets} sockets, {where_}");
    let (server, address) = stage.server(&stage.sqlite()?, &[])?;
    let one = of_signals(stage, &[address], Dialect::Calls, sockets)?;
    drop(server);
    let (server, address) = stage.rival(Rival::Ws, None)?;
    let echo = of_signals(stage, &[address], Dialect::Echo, sockets)?;
    drop(server);
    let mut rows = vec![
        Row::at_most(what("one node"), one.times.percentile(99.0), GOAL, "ms"),
        Row::shown("  p50, lost", middle(&one)),
        Row::shown("  bare echo of ws, p99", format!("{} ms", short(echo.times.percentile(99.0)))),
    ];
    rows.extend(across(stage, &what("two nodes"), sockets)?);
    rows.push(Row::shown("  Supabase Realtime, a cluster (published)", "p50 6 ms, p99 213 ms"));
    Ok(rows)
}

fn across(stage: &Stage, what: &str, sockets: u32) -> Result<Vec<Row>> {
    let not_measured = |why: &str| {
        let goal = format!("≤ {} ms", short(GOAL_ACROSS));
        vec![Row::judged(what, format!("not measured: {why}"), &goal, Verdict::Missed)]
    };
    if !stage.server_knows(FLAG) {
        return Ok(not_measured("this server has no --nats-url"));
    }
    let Some(nats) = &stage.machine.nats else { return Ok(not_measured("nats-server is not installed")) };
    let (_nats, url) = stage.nats(nats)?;
    let database = stage.postgres()?;
    let more = [FLAG.to_owned(), url];
    let (_one, first) = stage.server(&database, &more)?;
    let (_other, second) = stage.server(&database, &more)?;
    let two = of_signals(stage, &[first, second], Dialect::Calls, sockets)?;
    Ok(vec![
        Row::at_most(what, two.times.percentile(99.0), GOAL_ACROSS, "ms"),
        Row::shown("  p50, lost", middle(&two)),
    ])
}

/// Signals at the pace of the goal between a part of the sockets.
pub(super) fn of_signals(
    stage: &Stage,
    targets: &[SocketAddr],
    dialect: Dialect,
    sockets: u32,
) -> Result<Report> {
    let pairs = stage.pick(400, 100);
    let mut workers = Workers::start(stage, dialect, targets, sockets)?;
    workers.connect(sockets, 64)?;
    if dialect == Dialect::Calls {
        workers.begin(pairs)?;
    }
    workers.send_at_a_pace(pairs, (PER_SECOND, 0), stage.pick(3, 1))?;
    let (begun, before) = (Instant::now(), workers.cpu()?);
    let report = workers.send_at_a_pace(pairs, (PER_SECOND, 0), stage.pick(10, 2))?;
    let busy = (workers.cpu()?.saturating_sub(before)).as_secs_f64() / begun.elapsed().as_secs_f64();
    if busy > BUSY {
        println!(
            "  the load itself took {:.0} % of its processor: latencies are partly its own",
            100.0 * busy
        );
    }
    Ok(report)
}

fn middle(report: &Report) -> String {
    format!("{} ms, {}", short(report.times.percentile(50.0)), report.failed)
}
