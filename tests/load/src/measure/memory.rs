//! What an idle signed-in socket costs in resident memory: how much a server grows between a few sockets and many,
//! after it had time to settle. The kernel's buffers are not counted, for any server.

use crate::{
    orders::Dialect,
    process::Running,
    stage::{Rival, Stage},
    table::Row,
    workers::Workers,
};
use anyhow::Result;
use std::{net::SocketAddr, thread, time::Duration};

const GOAL: f64 = 8.0;
/// Sockets that are there before it counts: the first ones pay for what all share.
const FEW: u32 = 200;
/// How long a server has to settle after the last socket connected.
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
    let mut workers = Workers::start(stage, dialect, &[address], many)?;
    workers.connect(FEW, 32)?;
    thread::sleep(SETTLE);
    let before = server.resident()?;
    let added = workers.connect(many, 32)?.done;
    thread::sleep(SETTLE);
    let grown = server.resident()?.saturating_sub(before);
    Ok(grown as f64 / 1024.0 / added as f64)
}
