//! One process of the load generator: has people of its own, does what it is told, and reports. A process can open only
//! so many files, so there are several. Never measures the server: the controlling program does.

mod calls;
mod dialect;
mod payload;
mod rest;
mod signals;
mod socket;

use crate::{
    bounds,
    orders::{Brief, Order, Report},
};
use anyhow::{Context, Result, bail};
use socket::{Line, Shared};
use std::{
    io::{self, BufRead, Write},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// How often a socket that is refused is tried again, as every client does, and after how long.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// The worker's people and what they hold open.
struct Worker {
    shared: Arc<Shared>,
    lines: Vec<Line>,
    /// The calls of the first pairs.
    calls: Vec<String>,
}

/// Carries out orders until there are no more.
///
/// # Errors
/// When an order cannot be read or asks for more than is allowed.
pub(crate) fn run() -> Result<()> {
    crate::machine::raise_file_limit()?;
    let mut input = io::stdin().lock().lines();
    let brief: Brief = serde_json::from_str(&input.next().context("no brief came")??)?;
    drop(input);
    for target in &brief.targets {
        bounds::check_target(*target)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (orders, mut waiting) = mpsc::unbounded_channel();
        thread::spawn(move || {
            io::stdin().lock().lines().map_while(Result::ok).try_for_each(|line| orders.send(line))
        });
        let mut worker =
            Worker { shared: Arc::new(Shared::new(brief)), lines: Vec::new(), calls: Vec::new() };
        while let Some(line) = waiting.recv().await {
            let report = match worker.perform(serde_json::from_str(&line)?).await {
                Ok(report) => report,
                Err(error) => Report { problem: Some(format!("{error:#}")), ..Report::default() },
            };
            println!("{}", serde_json::to_string(&report)?);
            io::stdout().flush()?;
        }
        Ok(())
    })
}

impl Worker {
    async fn perform(&mut self, order: Order) -> Result<Report> {
        match order {
            Order::Connect { people, at_once } => {
                bounds::check(people, 0, 0)?;
                Ok(self.connect(people, at_once).await)
            }
            Order::Cut => {
                let done = self.lines.len() as u64;
                self.lines.clear();
                Ok(Report { done, ..Report::default() })
            }
            Order::Begin { pairs } => {
                self.need(pairs)?;
                self.begin(pairs).await
            }
            Order::End => self.end().await,
            Order::Forget => {
                let done = self.calls.drain(..).len() as u64;
                Ok(Report { done, ..Report::default() })
            }
            Order::AtAPace { pairs, per_second, seconds, together } => {
                self.need(pairs)?;
                bounds::check(0, per_second, seconds)?;
                self.send_at_a_pace(pairs, per_second, seconds, Duration::from_millis(together.into())).await
            }
            Order::Bounce { pairs, seconds } => {
                self.need(pairs)?;
                bounds::check(0, 0, seconds)?;
                self.bounce(pairs, Duration::from_secs(seconds.into())).await
            }
            Order::Calls { pairs, seconds } => {
                self.need(pairs)?;
                bounds::check(0, 0, seconds)?;
                self.complete_calls(pairs, Duration::from_secs(seconds.into())).await
            }
        }
    }

    fn need(&self, pairs: u32) -> Result<()> {
        if self.lines.len() < 2 * pairs as usize {
            bail!("only {} people of this worker are signed in", self.lines.len());
        }
        Ok(())
    }

    /// Signs people in, so many at once, until there are enough.
    async fn connect(&mut self, people: u32, at_once: u32) -> Report {
        let from = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let mut report = Report::default();
        let (results, mut came) = mpsc::unbounded_channel();
        for lane in 0..at_once.max(1) {
            let (shared, results) = (Arc::clone(&self.shared), results.clone());
            tokio::spawn(async move {
                for number in (from..people).skip(lane as usize).step_by(at_once.max(1) as usize) {
                    let begun = Instant::now();
                    let opened = persistently(&shared, number).await;
                    if results.send((number, begun.elapsed(), opened)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut opened = Vec::new();
        while let Some((number, time, result)) = came.recv().await {
            match result {
                Ok((line, live_calls)) => {
                    report.done += 1;
                    report.live_calls += live_calls;
                    report.times.note(time);
                    opened.push((number, line));
                }
                Err(error) => {
                    report.failed += 1;
                    report.problem.get_or_insert_with(|| format!("{error:#}"));
                }
            }
        }
        opened.sort_by_key(|(number, _)| *number);
        self.lines.extend(opened.into_iter().map(|(_, line)| line));
        report
    }
}

/// Opens a person's socket, trying again when it is refused.
async fn persistently(shared: &Arc<Shared>, number: u32) -> Result<(Line, u64)> {
    let mut tries = 0;
    loop {
        let (ready, welcome) = oneshot::channel();
        let error = match Line::open(shared, number, ready).await {
            Ok(line) => match tokio::time::timeout(Duration::from_secs(30), welcome).await {
                Ok(Ok(live_calls)) => return Ok((line, live_calls)),
                Ok(Err(_)) => anyhow::anyhow!("a socket was closed before it was signed in"),
                Err(_) => anyhow::anyhow!("a socket was not signed in within 30 s"),
            },
            Err(error) => error,
        };
        tries += 1;
        if tries == TRIES {
            return Err(error);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
