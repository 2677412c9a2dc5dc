//! What passing a signal on costs a busy server in processor time, with every check that it makes: candidates between
//! people in calls, some at once, as browsers find them. (One at a time, most of the cost is falling asleep and being
//! woken, the more the faster a server is.) The servers take turns, so that all meet the same machine, and each one's best
//! round counts: whatever else runs here only adds. The first round only warms up.

use super::cost_of_each;
use crate::{
    crew::Crew,
    orders::{Dialect, Report},
    process::Running,
    stage::{Rival, Stage},
    table::Row,
};
use anyhow::Result;

const GOAL: f64 = 12.0;
const PART_OF_PEERSERVER: f64 = 0.42;
const PART_OF_FASTIFY: f64 = 0.35;

/// Each worker's candidates leave together this often, in milliseconds.
const TOGETHER: u32 = 20;

/// A server with people in calls.
struct Contestant {
    server: Running,
    crew: Crew,
    /// Microseconds for a signal, in the best round.
    best: f64,
    lost: u64,
}

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let mut all = [
        Contestant::new(stage, None)?,
        Contestant::new(stage, Some(Rival::PeerServer))?,
        Contestant::new(stage, Some(Rival::Fastify))?,
    ];
    for round in 0..=stage.pick(4, 1) {
        for contestant in &mut all {
            contestant.play(stage, round)?;
        }
    }
    let [ours, peer_server, fastify] = all;
    let what = format!("processor time per signal, {}/s", pace(stage));
    let beside = |rival: Rival, theirs: &Contestant, part| {
        Row::beside_with_goal(rival.name(), (ours.best, theirs.best), "µs", part)
    };
    Ok(vec![
        Row::at_most(what, ours.best, GOAL, "µs"),
        beside(Rival::PeerServer, &peer_server, PART_OF_PEERSERVER),
        beside(Rival::Fastify, &fastify, PART_OF_FASTIFY),
        Row::shown("  lost on the way", ours.lost.to_string()),
    ])
}

impl Contestant {
    fn new(stage: &Stage, rival: Option<Rival>) -> Result<Self> {
        let (server, address) = match rival {
            None => stage.server(&stage.sqlite()?, &[])?,
            Some(Rival::Fastify) => stage.rival(Rival::Fastify, Some(&stage.postgres()?))?,
            Some(other @ (Rival::PeerServer | Rival::SocketIo | Rival::Ws)) => stage.rival(other, None)?,
        };
        let dialect = rival.map_or(Dialect::Calls, Rival::dialect);
        let mut crew = Crew::start(stage, dialect, &[address], people(stage))?;
        crew.connect(people(stage), 32)?;
        if dialect == Dialect::Calls {
            crew.begin(people(stage) / 2)?;
        }
        Ok(Self { server, crew, best: f64::INFINITY, lost: 0 })
    }

    fn play(&mut self, stage: &Stage, round: u32) -> Result<()> {
        let work = || {
            if std::env::var("B").is_ok() {
                self.crew.bounce(people(stage) / 2, stage.pick(4, 1))
            } else {
                self.crew.relay(people(stage) / 2, (pace(stage), TOGETHER), stage.pick(4, 1))
            }
        };
        let (each, report) = cost_of_each(&self.server, |report: &Report| report.done, work)?;
        if round > 0 {
            self.best = self.best.min(each);
            self.lost += report.failed;
        }
        Ok(())
    }
}

fn people(stage: &Stage) -> u32 {
    std::env::var("N").ok().map_or(stage.pick(1_000, 200), |n| n.parse().unwrap())
}

fn pace(stage: &Stage) -> u32 {
    stage.pick(8_000, 2_000)
}
