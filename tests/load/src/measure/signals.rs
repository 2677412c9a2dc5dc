//! What passing a signal on costs a server in processor time, with every check that it makes: candidates at an even,
//! brisk pace between people in calls. The peers have run warm before they are measured, like ours.

use super::cost_of_each;
use crate::{
    crew::Crew,
    orders::{Dialect, Report},
    process::Running,
    stage::{Rival, Stage},
    table::Row,
};
use anyhow::Result;
use std::net::SocketAddr;

const GOAL: f64 = 12.0;
const PART_OF_PEERSERVER: f64 = 0.42;
const PART_OF_FASTIFY: f64 = 0.35;

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let (server, address) = stage.server(&stage.sqlite()?, &[])?;
    let (ours, report) = per_signal(stage, &server, address, Dialect::Calls)?;
    drop(server);
    let (server, address) = stage.peer(Rival::PeerServer, None)?;
    let (peer_server, _) = per_signal(stage, &server, address, Dialect::PeerServer)?;
    drop(server);
    let (server, address) = stage.peer(Rival::Fastify, Some(&stage.postgres()?))?;
    let (fastify, _) = per_signal(stage, &server, address, Dialect::Calls)?;
    let what = format!("processor time per signal, {}/s", pace(stage));
    Ok(vec![
        Row::at_most(what, ours, GOAL, "µs"),
        Row::beside_with_goal(Rival::PeerServer.name(), (ours, peer_server), "µs", PART_OF_PEERSERVER),
        Row::beside_with_goal(Rival::Fastify.name(), (ours, fastify), "µs", PART_OF_FASTIFY),
        Row::shown("  lost on the way", report.failed.to_string()),
    ])
}

fn pace(stage: &Stage) -> u32 {
    stage.pick(8_000, 2_000)
}

fn per_signal(
    stage: &Stage,
    server: &Running,
    address: SocketAddr,
    dialect: Dialect,
) -> Result<(f64, Report)> {
    let people = stage.pick(1_000, 200);
    let mut crew = Crew::start(stage, dialect, &[address], people)?;
    crew.connect(people, 32)?;
    if dialect == Dialect::Calls {
        crew.begin(people / 2)?;
    }
    crew.relay(people / 2, pace(stage), stage.pick(4, 1))?;
    cost_of_each(
        server,
        |report: &Report| report.done,
        || crew.relay(people / 2, pace(stage), stage.pick(10, 2)),
    )
}
