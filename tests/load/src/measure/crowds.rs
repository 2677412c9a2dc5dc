//! What some can do to others: connections that say nothing, connections that read nothing, and one account that asks for
//! fifty times as much as it gets. What the others notice is measured before it and during it.

use crate::{
    flood::{Flood, Hog},
    orders::{Dialect, Report},
    people,
    stage::Stage,
    table::{Row, Verdict, short},
    workers::Workers,
};
use anyhow::{Context, Result};
use std::{
    fs,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// The open files that many systems give to a program that does not ask for more.
const FILES: u32 = 1_024;
/// How long connections on which nothing is read may be held, in seconds: the server's limit and some room.
const HELD: f64 = 45.0;
/// How much later others' signals may arrive because of one account.
const RATIO: f64 = 2.0;
/// Latency below this is the machine's, in milliseconds.
const FLOOR: f64 = 2.0;
/// The account that asks for too much; nobody else's partner.
const HOG: u32 = 17_998;

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let mut rows = silent(stage)?;
    rows.extend(unread(stage)?);
    rows.extend(hog(stage)?);
    Ok(rows)
}

fn silent(stage: &Stage) -> Result<Vec<Row>> {
    let (_server, address) = stage.server_with_files(FILES, &stage.sqlite()?, &[])?;
    let before = others(address)?;
    let held = Flood::silent(address, 1_100)?;
    let during = others(address)?;
    drop(held);
    Ok(visits("1,100 connections that say nothing, 1,024 files", &before, &during))
}

fn unread(stage: &Stage) -> Result<Vec<Row>> {
    let folder = stage.log("client").with_extension("folder");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("client.wasm"), vec![7; 2 * 1024 * 1024])?;
    let client = ["--client".to_owned(), folder.display().to_string()];
    let (server, address) = stage.server(&stage.sqlite()?, &client)?;
    let before = others(address)?;
    let files = server.files()?;
    let begun = Instant::now();
    let held = Flood::unread(address, "/client.wasm", 40)?;
    let during = others(address)?;
    let taken = server.files()?.saturating_sub(files);
    while server.files()? > files + 4 && begun.elapsed().as_secs_f64() < 2.0 * HELD {
        thread::sleep(Duration::from_millis(200));
    }
    drop(held);
    let mut rows = visits("40 connections that ask 40 times and read nothing", &before, &during);
    let gone = begun.elapsed().as_secs_f64();
    rows.push(Row::at_most(format!("  their {taken} open files are given back after"), gone, HELD, "s"));
    Ok(rows)
}

fn visits(what: &str, before: &Visits, during: &Visits) -> Vec<Row> {
    let (quiet, loud) = (before.times.percentile(99.0), during.times.percentile(99.0));
    let measured = format!("{} of {} refused", during.failed, during.failed + during.done);
    vec![
        Row::judged(what, measured, "0", Verdict::of(during.failed == 0)),
        Row::shown(
            "  others connect and ask, p99",
            format!("{} ms; before: {} ms", short(loud), short(quiet)),
        ),
    ]
}

type Visits = Report;

/// Others who come one after the other, each on a connection of their own.
fn others(address: SocketAddr) -> Result<Visits> {
    let mut visits = Visits::default();
    for _ in 0..100 {
        let begun = Instant::now();
        match crate::flood::visit(address) {
            Ok(()) => {
                visits.done += 1;
                visits.times.note(begun.elapsed());
            }
            Err(_) => visits.failed += 1,
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(visits)
}

fn hog(stage: &Stage) -> Result<Vec<Row>> {
    // With the limits that everybody has.
    let limits = ["--rate-factor".to_owned(), "1".to_owned()];
    let (_server, address) = stage.server(&stage.sqlite()?, &limits)?;
    let (sockets, pairs, seconds) = (stage.pick(1_000, 200), stage.pick(200, 20), stage.pick(10, 2));
    let mut workers = Workers::start(stage, Dialect::Calls, &[address], sockets)?;
    workers.connect(sockets, 32)?;
    workers.begin(pairs)?;
    let relay = |workers: &mut Workers| workers.send_at_a_pace(pairs, (5 * pairs, 0), seconds);
    relay(&mut workers)?;
    let before = relay(&mut workers)?.times.percentile(99.0);
    let token = people::token(HOG, stage.secret())?;
    let hog = Hog::start(address, &token, &people::conversation(HOG / 2));
    thread::sleep(Duration::from_secs(1));
    let during = relay(&mut workers).context("beside the account that asks for too much")?;
    let asked = hog.end();
    let late = during.times.percentile(99.0);
    let reached = late <= (before * RATIO).max(FLOOR) && during.failed == 0;
    Ok(vec![
        Row::judged(
            format!("one account asks {} times a second: others' relay p99", asked.per_second()),
            format!("{} ms; before: {} ms; {} ×", short(late), short(before), short(late / before)),
            &format!("< {} ×", short(RATIO)),
            Verdict::of(reached),
        ),
        Row::shown("  of its requests were refused", format!("{:.0} %", asked.refused())),
    ])
}
