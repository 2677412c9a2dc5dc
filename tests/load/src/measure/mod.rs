//! The measurements, one file each: what is started, what is done to it, and which lines of the table come out.

mod calls;
mod connects;
mod crowds;
mod growth;
mod latency;
mod memory;
mod signals;

use crate::{process::Running, stage::Stage, table::Row};
use anyhow::Result;
use clap::ValueEnum;
use std::time::Duration;

/// A group of lines of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measurement {
    /// Resident memory of an idle signed-in socket
    Memory,
    /// Processor time of a relayed signal
    Signals,
    /// How late signals arrive, on one node and across two
    Latency,
    /// How fast people sign in, and how a storm of reconnects drains
    Connects,
    /// Complete calls on both databases
    Calls,
    /// What some who do too much do to others
    Crowds,
    /// The same with more sockets and more stored calls
    Growth,
}

impl Measurement {
    /// Every one, in the order of the table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// What it measures.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Memory => "memory per idle socket",
            Self::Signals => "processor time per signal",
            Self::Latency => "latency of the relay",
            Self::Connects => "connects and reconnects",
            Self::Calls => "complete calls",
            Self::Crowds => "crowds and one who asks for too much",
            Self::Growth => "cost with growth",
        }
    }

    /// Measures.
    ///
    /// # Errors
    /// When something could not be started or did not work.
    pub(crate) fn take(self, stage: &Stage) -> Result<Vec<Row>> {
        match self {
            Self::Memory => memory::measure(stage),
            Self::Signals => signals::measure(stage),
            Self::Latency => latency::measure(stage),
            Self::Connects => connects::measure(stage),
            Self::Calls => calls::measure(stage),
            Self::Crowds => crowds::measure(stage),
            Self::Growth => growth::measure(stage),
        }
    }
}

/// What one of something cost a server, in microseconds of processor time.
fn cost_of_each<T>(
    server: &Running,
    count: impl FnOnce(&T) -> u64,
    work: impl FnOnce() -> Result<T>,
) -> Result<(f64, T)> {
    let before = server.cpu()?;
    let done = work()?;
    let cost = server.cpu()?.saturating_sub(before);
    let each = micros(cost) / count(&done) as f64;
    Ok((each, done))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
