//! How costs grow with the number of sockets and of stored calls. Flat means that ten or a hundred times as many cost no
//! more than repeated measurements differ; only memory grows, with each socket.

use super::{calls, latency};
use crate::{
    bounds::MOST_CALLS,
    database::Database,
    orders::Dialect,
    stage::Stage,
    table::{Row, Verdict, short},
};
use anyhow::{Result, ensure};
use std::time::Instant;

/// The same figure, measured again, is within this factor.
const SCATTER: f64 = 1.5;
/// Latency below this is the machine's, not the server's, in milliseconds.
const FLOOR: f64 = 5.0;
/// Pairs among whom old calls are dealt out.
const PAIRS: u32 = 9_000;

pub(super) fn measure(stage: &Stage) -> Result<Vec<Row>> {
    let mut rows = with_sockets(stage)?;
    rows.extend(with_calls(stage, "SQLite", Stage::sqlite)?);
    rows.extend(with_calls(stage, "PostgreSQL", Stage::postgres)?);
    Ok(rows)
}

fn with_sockets(stage: &Stage) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut first: Option<(f64, f64)> = None;
    for sockets in [stage.pick(1_000, 200), stage.pick(5_000, 400), stage.pick(15_000, 800)] {
        let (server, address) = stage.server(&stage.sqlite()?, &[])?;
        let before = server.resident()?;
        let p99 = latency::of_signals(stage, &[address], Dialect::Calls, sockets)?.times.percentile(99.0);
        let grown = server.resident()?.saturating_sub(before) as f64;
        let each = grown / 1024.0 / f64::from(sockets);
        let (small, quick) = *first.get_or_insert((each, p99));
        let flat = each <= small * SCATTER && p99 <= (quick * SCATTER).max(FLOOR);
        let measured = format!(
            "{} MiB grown, {} KiB each, p99 {} ms",
            short(grown / 1_048_576.0),
            short(each),
            short(p99)
        );
        rows.push(Row::judged(
            format!("{sockets} sockets, 2000 signals/s"),
            measured,
            "flat",
            Verdict::of(flat),
        ));
    }
    Ok(rows)
}

fn with_calls(stage: &Stage, name: &str, fresh: fn(&Stage) -> Result<Database>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut first: Option<(f64, f64)> = None;
    for stored in [stage.pick(10_000, 1_000), stage.pick(1_000_000, 10_000)] {
        ensure!(stored <= MOST_CALLS, "at most {MOST_CALLS} calls are written");
        let database = fresh(stage)?;
        database.add_calls(stored, PAIRS)?;
        let begun = Instant::now();
        let (server, address) = stage.server(&database, &[])?;
        let start = begun.elapsed().as_secs_f64();
        let measured = calls::complete(stage, &server, address)?;
        let resident = server.resident()? as f64 / 1_048_576.0;
        let (fast, lean) = *first.get_or_insert((measured.p99, resident));
        let flat = measured.p99 <= (fast * SCATTER).max(FLOOR) && resident <= lean * SCATTER;
        let text = format!(
            "{} calls/s, p99 {} ms, {} MiB, started in {} s",
            short(measured.per_second),
            short(measured.p99),
            short(resident),
            short(start)
        );
        rows.push(Row::judged(format!("{stored} calls stored, {name}"), text, "flat", Verdict::of(flat)));
        if let Database::File(file) = &database {
            drop(server);
            std::fs::remove_file(file)?;
        }
    }
    Ok(rows)
}
