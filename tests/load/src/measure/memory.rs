//! What an idle signed-in socket costs in resident memory: how much a server grows between a few sockets and many,
//! after it had time to settle. The kernel's buffers are not in it, for nobody.

use crate::{
    crew::Crew,
    orders::Dialect,
    process::Running,
    stage::{Rival, Stage},
    table::Row,
};
use anyhow::Result;
use std::{net::SocketAddr, thread, time::Duration};

const GOAL: f64 = 8.0;
/// Sockets that are there before it counts: the first ones pay for what all share.
const FEW: u32 = 200;
/// What a server may do after the last socket came.
const SETTLE: Duration = Duration::from_secs(4);

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let many = stage.pick(5_000, 600);
    let (server, address) = stage.server(&stage.sqlite()?, &[])?;
    let ours = per_socket(stage, &server, address, Dialect::Calls, many)?;
    drop(server);
    let mut rows = vec![Row::at_most(format!("memory per idle socket, {many}"), ours, GOAL, "KiB")];
    for rival in [Rival::PeerServer, Rival::SocketIo, Rival::Ws] {
        let (server, address) = stage.rival(rival, None)?;
        let theirs = per_socket(stage, &server, address, rival.dialect(), many)?;
        rows.push(Row::beside(rival.name(), ours, theirs, "KiB"));
    }
    Ok(rows)
}

fn per_socket(
    stage: &Stage,
    server: &Running,
    address: SocketAddr,
    dialect: Dialect,
    many: u32,
) -> Result<f64> {
    let mut crew = Crew::start(stage, dialect, &[address], many)?;
    crew.connect(FEW, 32)?;
    thread::sleep(SETTLE);
    let before = server.resident()?;
    let added = crew.connect(many, 32)?.done;
    thread::sleep(SETTLE);
    let grown = server.resident()?.saturating_sub(before);
    Ok(grown as f64 / 1024.0 / added as f64)
}
