//! Complete calls: initiate, answer, twelve signals, end, on both databases; and the same by Fastify on the same
//! PostgreSQL. The database's own processor time is not counted, for any server.

use super::cost_of_each;
use crate::{
    orders::{Dialect, Report},
    process::Running,
    stage::{Rival, Stage},
    table::{Row, short},
    workers::Workers,
};
use anyhow::Result;
use std::net::SocketAddr;

const PART_OF_FASTIFY: f64 = 0.35;
const GOAL_SQLITE: f64 = 500.0;

/// Calls between so many pairs at a time, as many as the server can do.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) per_second: f64,
    /// Milliseconds of a whole call.
    pub(super) p99: f64,
    /// Microseconds of the server.
    pub(super) cost: f64,
}

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let (server, address) = stage.server(&stage.sqlite()?, &[])?;
    let sqlite = complete(stage, &server, address)?;
    drop(server);
    let mut ours = Contestant::new(stage, stage.server(&stage.postgres()?, &[])?)?;
    let mut fastify = Contestant::new(stage, stage.rival(Rival::Fastify, Some(&stage.postgres()?))?)?;
    for _ in 0..stage.pick(4, 1) {
        ours.play(stage)?;
        fastify.play(stage)?;
    }
    let (postgres, fastify) = (ours.best, fastify.best);
    let rest =
        |measured: &Measured| format!("{} /s, p99 {} ms", short(measured.per_second), short(measured.p99));
    Ok(vec![
        Row::at_least("complete calls, SQLite", sqlite.per_second, GOAL_SQLITE, "/s"),
        Row::shown(
            "  p99, server's processor time",
            format!("{} ms, {} µs", short(sqlite.p99), short(sqlite.cost)),
        ),
        Row::shown("complete calls, PostgreSQL", rest(&postgres)),
        Row::shown("  server's processor time", format!("{} µs", short(postgres.cost))),
        Row::beside_with_goal("Fastify's", (postgres.cost, fastify.cost), "µs", PART_OF_FASTIFY),
        Row::shown("  Fastify's calls", rest(&fastify)),
    ])
}

/// A server on PostgreSQL with people who call each other. The two take turns, so that both meet the same machine, and
/// the round that cost least counts: whatever else runs here only adds.
struct Contestant {
    server: Running,
    workers: Workers,
    best: Measured,
}

impl Contestant {
    fn new(stage: &Stage, (server, address): (Running, SocketAddr)) -> Result<Self> {
        let mut workers = warm(stage, address)?;
        let best = round(stage, &server, &mut workers, stage.pick(5, 1))?;
        Ok(Self { server, workers, best })
    }

    fn play(&mut self, stage: &Stage) -> Result<()> {
        let measured = round(stage, &self.server, &mut self.workers, stage.pick(5, 1))?;
        if measured.cost < self.best.cost {
            self.best = measured;
        }
        Ok(())
    }
}

/// Makes calls, first for a while that does not count.
pub(super) fn complete(stage: &Stage, server: &Running, address: SocketAddr) -> Result<Measured> {
    round(stage, server, &mut warm(stage, address)?, stage.pick(10, 2))
}

fn warm(stage: &Stage, address: SocketAddr) -> Result<Workers> {
    let mut workers = Workers::start(stage, Dialect::Calls, &[address], 2 * pairs(stage))?;
    workers.connect(2 * pairs(stage), 16)?;
    workers.calls(pairs(stage), stage.pick(4, 1))?;
    Ok(workers)
}

fn round(stage: &Stage, server: &Running, workers: &mut Workers, seconds: u32) -> Result<Measured> {
    let (cost, report) =
        cost_of_each(server, |report: &Report| report.done, || workers.calls(pairs(stage), seconds))?;
    Ok(Measured {
        per_second: report.done as f64 / f64::from(seconds),
        p99: report.times.percentile(99.0),
        cost,
    })
}

fn pairs(stage: &Stage) -> u32 {
    stage.pick(32, 8)
}
