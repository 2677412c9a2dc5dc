//! What passing a signal on costs a server in processor time, with every check that it makes.
//!
//! The goals are about 64 sockets in pairs, between which a signal goes to and fro as fast as the server passes it on.
//! Beside it, a thousand people in calls send candidates at an even pace, some of them together: there most of the cost is
//! waking the server up, and memory that is no longer in the processor's caches.
//!
//! The servers take turns, so that all meet the same machine, and each one's best round counts: whatever else runs here
//! only adds. The first round only warms up.

use super::cost_of_each;
use crate::{
    orders::{Dialect, Report},
    process::Running,
    stage::{Rival, Stage},
    table::{Row, short},
    workers::Workers,
};
use anyhow::Result;

const GOAL: f64 = 12.0;
const PART_OF_PEERSERVER: f64 = 0.42;
const PART_OF_FASTIFY: f64 = 0.35;

/// How signals come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    /// One on each pair of 64 sockets, and one back for each that arrives.
    ToAndFro,
    /// Those of a thousand people, at a pace.
    AtAPace,
}

/// Sockets between which signals go to and fro, as in the measurement that the goals come from.
const TO_AND_FRO: u32 = 64;
/// Each worker's candidates leave together this often, in milliseconds.
const TOGETHER: u32 = 20;

/// A server with people in calls.
struct Contestant {
    server: Running,
    workers: Workers,
    /// Microseconds for a signal, in the best round.
    best: f64,
    lost: u64,
}

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let [ours, peer_server, fastify] = contest(stage, Load::ToAndFro)?;
    rows.extend([
        Row::at_most(format!("processor time per signal, {TO_AND_FRO} sockets"), ours.best, GOAL, "µs"),
        Row::beside_with_goal("PeerServer", (ours.best, peer_server.best), "µs", PART_OF_PEERSERVER),
        Row::beside_with_goal("Fastify", (ours.best, fastify.best), "µs", PART_OF_FASTIFY),
        Row::shown("  lost on the way", ours.lost.to_string()),
    ]);
    let [ours, peer_server, fastify] = contest(stage, Load::AtAPace)?;
    let what = format!("the same, {} sockets, {}/s", people(stage, Load::AtAPace), pace(stage));
    rows.extend([
        Row::shown(what, format!("{} µs", short(ours.best))),
        Row::beside("PeerServer", ours.best, peer_server.best, "µs"),
        Row::beside("Fastify", ours.best, fastify.best, "µs"),
        Row::shown("  lost on the way", ours.lost.to_string()),
    ]);
    Ok(rows)
}

/// Ours, PeerServer and Fastify after their rounds.
fn contest(stage: &Stage, load: Load) -> Result<[Contestant; 3]> {
    let mut all = [
        Contestant::new(stage, load, None)?,
        Contestant::new(stage, load, Some(Rival::PeerServer))?,
        Contestant::new(stage, load, Some(Rival::Fastify))?,
    ];
    for round in 0..=stage.pick(4, 1) {
        for contestant in &mut all {
            contestant.play(stage, load, round)?;
        }
    }
    Ok(all)
}

impl Contestant {
    fn new(stage: &Stage, load: Load, rival: Option<Rival>) -> Result<Self> {
        let (server, address) = match rival {
            None => stage.server(&stage.sqlite()?, &[])?,
            Some(Rival::Fastify) => stage.rival(Rival::Fastify, Some(&stage.postgres()?))?,
            Some(other @ (Rival::PeerServer | Rival::SocketIo | Rival::Ws)) => stage.rival(other, None)?,
        };
        let dialect = rival.map_or(Dialect::Calls, Rival::dialect);
        let people = people(stage, load);
        let mut workers = Workers::start(stage, dialect, &[address], people)?;
        workers.connect(people, 32)?;
        if dialect == Dialect::Calls {
            workers.begin(people / 2)?;
        }
        Ok(Self { server, workers, best: f64::INFINITY, lost: 0 })
    }

    fn play(&mut self, stage: &Stage, load: Load, round: u32) -> Result<()> {
        let (pairs, seconds) = (people(stage, load) / 2, stage.pick(4, 1));
        let work = || match load {
            Load::ToAndFro => self.workers.bounce(pairs, seconds),
            Load::AtAPace => self.workers.send_at_a_pace(pairs, (pace(stage), TOGETHER), seconds),
        };
        let (each, report) = cost_of_each(&self.server, |report: &Report| report.done, work)?;
        if round > 0 {
            self.best = self.best.min(each);
            self.lost += report.failed;
        }
        Ok(())
    }
}

fn people(stage: &Stage, load: Load) -> u32 {
    match load {
        Load::ToAndFro => TO_AND_FRO,
        Load::AtAPace => stage.pick(1_000, 200),
    }
}

fn pace(stage: &Stage) -> u32 {
    stage.pick(8_000, 2_000)
}
