//! `cargo xtask simulate`: builds the simulation of the machine for speed and runs it. Knows nothing about calls.

use anyhow::Result;
use clap::Args;

use crate::{exec, native};

/// The test that is this simulation.
const TEST: &str = "simulate::no_rule_is_broken_in_a_great_many_calls";

/// Simulate calls in bad networks with the shipped machine and the shipped rules, and print how they ended.
///
/// Every test run simulates ten thousand; a million take some minutes on two cores. Stops at the first broken rule.
#[derive(Args)]
pub(crate) struct Options {
    /// How many calls.
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// Other seeds simulate other calls.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Repeat one run and print all that led to the broken rule.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["calls", "seed"])]
    replay: Option<u64>,
}

/// The command `simulate`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut simulate = native::cargo("test");
    simulate.args(["--release", "--test", "machine", "--", "--ignored", "--nocapture", "--exact", TEST]);
    match options.replay {
        Some(run) => simulate.env("CALL_CORE_REPLAY", run.to_string()),
        None => simulate
            .env("CALL_CORE_CALLS", options.calls.to_string())
            .env("CALL_CORE_SEED", options.seed.to_string()),
    };
    exec::run(&mut simulate)
}
