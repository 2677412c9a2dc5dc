//! The workers of the load generator as the controlling program sees them: starts them, gives all of them their part of
//! an order, and adds their reports up.

use crate::{
    bounds,
    machine::{LOAD_CORE, pinned},
    orders::{Brief, Dialect, Order, Report},
    process::Running,
    stage::Stage,
};
use anyhow::{Result, bail};
use std::{io::Write, net::SocketAddr, process::Stdio, time::Duration};

/// How many processes share the load.
const WORKERS: u32 = 4;
/// How long one order may take.
const LIMIT: Duration = Duration::from_secs(240);

/// The processes that make the load against one server, or several nodes of one.
#[derive(Debug)]
pub(crate) struct Workers {
    workers: Vec<Running>,
}

impl Workers {
    /// Starts workers for so many people at most.
    ///
    /// # Errors
    /// When the target is not on this machine, or a process cannot be started.
    pub(crate) fn start(
        stage: &Stage,
        dialect: Dialect,
        targets: &[SocketAddr],
        people: u32,
    ) -> Result<Self> {
        bounds::check(people, 0, 0)?;
        targets.iter().try_for_each(|target| bounds::check_target(*target))?;
        // An even number, so that nobody's partner is another worker's.
        let each = people.div_ceil(2 * WORKERS) * 2;
        let workers = (0..WORKERS).map(|n| {
            let mut command = pinned(LOAD_CORE, std::env::current_exe()?);
            command.arg("worker").stdin(Stdio::piped());
            let mut worker = Running::start(command, &stage.log("worker"))?;
            let brief = Brief {
                dialect,
                targets: targets.to_vec(),
                sources: bounds::sources(n, each),
                secret: stage.secret().to_owned(),
                first: n * each,
            };
            writeln!(worker.input()?, "{}", serde_json::to_string(&brief)?)?;
            Ok(worker)
        });
        Ok(Self { workers: workers.collect::<Result<_>>()? })
    }

    /// Signs people in until so many are.
    ///
    /// # Errors
    /// When somebody could not be signed in.
    pub(crate) fn connect(&mut self, people: u32, at_once: u32) -> Result<Report> {
        self.order(&Order::Connect { people: part(people), at_once: at_once.div_ceil(WORKERS) })
    }

    /// Closes every socket.
    ///
    /// # Errors
    /// When a worker fails.
    pub(crate) fn cut(&mut self) -> Result<Report> {
        self.order(&Order::Cut)
    }

    /// Begins calls between so many pairs.
    ///
    /// # Errors
    /// When a call could not be begun.
    pub(crate) fn begin(&mut self, pairs: u32) -> Result<Report> {
        self.order(&Order::Begin { pairs: pairs.div_ceil(WORKERS) })
    }

    /// Ends the calls that were begun.
    ///
    /// # Errors
    /// When one could not be ended.
    pub(crate) fn end(&mut self) -> Result<Report> {
        self.order(&Order::End)
    }

    /// Forgets the calls that were begun; the server ends them by itself.
    ///
    /// # Errors
    /// When a worker fails.
    pub(crate) fn forget(&mut self) -> Result<Report> {
        self.order(&Order::Forget)
    }

    /// Sends signals at an even pace between so many pairs; each worker's leave together every so many milliseconds.
    ///
    /// # Errors
    /// When a worker fails.
    pub(crate) fn send_at_a_pace(
        &mut self,
        pairs: u32,
        (per_second, together): (u32, u32),
        seconds: u32,
    ) -> Result<Report> {
        bounds::check(0, per_second, seconds)?;
        let (pairs, per_second) = (pairs.div_ceil(WORKERS), per_second.div_ceil(WORKERS));
        self.order(&Order::AtAPace { pairs, per_second, seconds, together })
    }

    /// Sends a signal to and fro on so many pairs, as fast as the server passes it on.
    ///
    /// # Errors
    /// When a worker fails.
    pub(crate) fn bounce(&mut self, pairs: u32, seconds: u32) -> Result<Report> {
        bounds::check(0, 0, seconds)?;
        self.order(&Order::Bounce { pairs: pairs.div_ceil(WORKERS), seconds })
    }

    /// Makes complete calls between so many pairs.
    ///
    /// # Errors
    /// When a worker fails.
    pub(crate) fn calls(&mut self, pairs: u32, seconds: u32) -> Result<Report> {
        self.order(&Order::Calls { pairs: pairs.div_ceil(WORKERS), seconds })
    }

    /// The processor time that the generator itself took so far.
    ///
    /// # Errors
    /// When a worker has ended.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        self.workers.iter().map(Running::cpu).sum()
    }

    fn order(&mut self, order: &Order) -> Result<Report> {
        let text = serde_json::to_string(order)?;
        for worker in &mut self.workers {
            writeln!(worker.input()?, "{text}")?;
        }
        let mut sum = Report::default();
        for worker in &mut self.workers {
            sum.add(serde_json::from_str(&worker.line(LIMIT)?)?);
        }
        if let Some(problem) = sum.problem.as_ref().filter(|_| sum.failed > 0 || sum.done == 0) {
            bail!("{} of {} failed: {problem}", sum.failed, sum.done + sum.failed);
        }
        Ok(sum)
    }
}

/// A worker's part of the people: even, so that pairs stay together.
fn part(people: u32) -> u32 {
    people.div_ceil(2 * WORKERS) * 2
}
