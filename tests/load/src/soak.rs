//! A soak: sixty people who call each other for as long as is wanted, and whose devices vanish in the middle of calls. Does
//! the server's memory grow, and is a call left over?

use crate::{
    machine,
    orders::Dialect,
    process::Running,
    stage::Stage,
    table::{self, Row, Verdict, short},
    workers::Workers,
};
use anyhow::{Result, ensure};
use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// Who calls whom, two by two.
const PEOPLE: u32 = 60;
/// How long complete calls are made before devices vanish.
const CALLS: u32 = 20;
/// How long it is quiet, so that a server that loses nothing holds again what it held before: after this time it has ended
/// the calls whose sides are both silent, and forgotten those that ended (each two minutes at most, with some room).
const REST: Duration = Duration::from_secs(145);
/// Every so many rounds there is a rest, in which the devices that vanished do not come back.
const ROUNDS: u32 = 3;
/// What memory may grow by in an hour, in MiB, after the first minutes.
const SLOPE: f64 = 1.0;
/// While caches fill.
const SETTLE: Duration = Duration::from_secs(600);

/// Runs the soak and prints its result.
///
/// # Errors
/// When something could not be started or did not work, or memory grew.
pub(crate) fn run(stage: &Stage, minutes: u32) -> Result<()> {
    let length = Duration::from_secs(60 * u64::from(minutes));
    let metrics = free_port()?;
    let more = ["--metrics-listen".to_owned(), metrics.to_string()];
    let (server, address) = stage.server_without_free_memory(&stage.sqlite()?, &more)?;
    let mut workers = Workers::start(stage, Dialect::Calls, &[address], PEOPLE)?;
    let (begun, settle) = (Instant::now(), SETTLE.min(length / 3));
    let mut memory = Vec::new();
    let (mut calls, mut vanished, mut round) = (0, 0, 0);
    workers.connect(PEOPLE, 16)?;
    while begun.elapsed() < length {
        round += 1;
        calls += workers.calls(PEOPLE / 2, CALLS)?.done;
        calls += workers.begin(PEOPLE / 2)?.done;
        vanished += workers.cut()?.done;
        if round % ROUNDS == 0 {
            thread::sleep(REST);
            note(&server, begun, settle, &mut memory)?;
            workers.forget()?;
        }
        workers.connect(PEOPLE, 16)?;
        workers.end()?;
        println!(
            "{} min: {calls} calls, {vanished} devices vanished, {} MiB",
            begun.elapsed().as_secs() / 60,
            short(server.resident()? as f64 / 1_048_576.0)
        );
    }
    workers.cut()?;
    thread::sleep(Duration::from_secs(10));
    let left = live_calls(metrics)?;
    let (slope, error) = slope(&memory);
    let grown = format!("{} ± {} MiB an hour, {} rests", short(slope), short(error), memory.len());
    let rows = [
        Row::shown(
            format!("{PEOPLE} people, {minutes} minutes"),
            format!("{calls} calls, {vanished} devices vanished"),
        ),
        Row::judged(
            format!("memory after the first {} s", settle.as_secs()),
            grown.clone(),
            &format!("≤ {} MiB an hour", short(SLOPE)),
            Verdict::of(slope <= SLOPE),
        ),
        Row::judged("calls left over", left.to_string(), "0", Verdict::of(left == 0)),
    ];
    println!("\n{}", table::table(&rows));
    println!("measured on {}", machine::describe());
    ensure!(left == 0, "{left} calls were not ended");
    ensure!(slope <= SLOPE, "memory grew by {grown}");
    Ok(())
}

fn free_port() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Notes the memory at the end of a rest: in between it is a measure of how many calls were made in the last two minutes.
fn note(server: &Running, begun: Instant, settle: Duration, memory: &mut Vec<(f64, f64)>) -> Result<()> {
    if begun.elapsed() >= settle {
        memory.push((begun.elapsed().as_secs_f64() / 3600.0, server.resident()? as f64 / 1_048_576.0));
    }
    Ok(())
}

/// The slope of the straight line that lies closest to some points (least squares), and its standard error: the memory of a
/// process at rest differs by some hundred KiB from one rest to the next, which within half an hour looks like a slope.
/// Neither is a number for fewer than three points.
fn slope(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (over, under) = points.iter().fold((0.0, 0.0), |(over, under), point| {
        (over + (point.0 - x) * (point.1 - y), under + (point.0 - x).powi(2))
    });
    let slope = over / under;
    let off: f64 = points.iter().map(|point| (point.1 - y - slope * (point.0 - x)).powi(2)).sum();
    (slope, (off / (count - 2.0) / under).sqrt())
}

/// The calls that ring or run, as the server measures them.
fn live_calls(metrics: SocketAddr) -> Result<u64> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(metrics)?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let value =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    let (Some(ringing), Some(active)) = (value("calls_ringing "), value("calls_active ")) else {
        anyhow::bail!("the server does not say how many calls there are")
    };
    Ok(ringing + active)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_found_and_noise_around_it_is_none() {
        let (exact, error) = slope(&[(0.0, 50.0), (0.5, 51.0), (1.0, 52.0)]);
        assert!((exact - 2.0).abs() < 1e-9 && error < 1e-6, "2 without an error, not {exact} ± {error}");
        let (flat, error) = slope(&[(0.0, 50.0), (0.1, 52.0), (0.2, 52.0), (0.3, 50.0)]);
        assert!(flat.abs() < 1e-9 && error > 1.0, "0 with an error, not {flat} ± {error}");
        assert!(slope(&[]).0.is_nan(), "nothing was measured: no goal is reached by that");
        assert!(slope(&[(0.0, 50.0), (0.1, 90.0)]).1.is_nan(), "two points lie on any line");
    }
}
