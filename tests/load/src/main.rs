//! `cargo xtask bench server`: what our signaling server costs and bears, beside its peers, in one run on one machine.
//! Owns the command line and the order of the measurements; each has a file in `measure`.

mod bounds;
mod database;
mod figures;
mod flood;
mod machine;
mod measure;
mod orders;
mod people;
mod proc;
mod process;
mod soak;
mod stage;
mod table;
mod worker;
mod workers;

use anyhow::Result;
use clap::{Parser, Subcommand};
use machine::Machine;
use measure::Measurement;
use stage::Stage;
use std::{path::PathBuf, process::ExitCode, time::Instant};

/// Measures the signaling server beside PeerServer, socket.io, ws and a Fastify server with the same checks.
///
/// Servers run on processor 0, the load and the databases on processor 1. The load talks to 127.0.0.0/8 only and refuses
/// every other address. Its bounds: 18,000 sockets, 20,000 signals a second, 60 s for one measurement, 2,000,000 calls
/// written into a database. It raises its own limit of open files up to the hard one, and needs 20,000. Everything that
/// it starts ends with it; everything that it writes is in a temporary folder.
#[derive(Debug, Parser)]
#[command(name = "bench-server")]
struct Options {
    #[command(subcommand)]
    part: Option<Part>,
    /// Small numbers, to see in a minute that everything works; the figures mean nothing
    #[arg(long)]
    quick: bool,
    /// Only this measurement; may be given several times
    #[arg(long, value_enum, value_name = "NAME")]
    only: Vec<Measurement>,
    /// The server, a release build
    #[arg(long, env = "BENCH_SERVER", value_name = "FILE", default_value = "target/release/call-server")]
    server: PathBuf,
    /// The folder of the peers' programs, installed
    #[arg(long, env = "BENCH_PEERS", value_name = "FOLDER", default_value = "tests/load/peers")]
    peers: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// One process of the load, told what to do over its input
    #[command(hide = true)]
    Worker,
    /// Sixty people call each other for a long time and their devices vanish: does memory grow, is a call left over?
    Soak {
        /// How long
        #[arg(long, default_value_t = 30, value_name = "MINUTES")]
        minutes: u32,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match options.part {
        Some(Part::Worker) => worker::run(),
        Some(Part::Soak { minutes }) => soak_for(&options, minutes),
        None => measure_all(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("bench-server: {reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn soak_for(options: &Options, minutes: u32) -> Result<()> {
    let machine = Machine::inspect(options.server.clone(), std::path::absolute(&options.peers)?)?;
    soak::run(&Stage::new(machine, options.quick)?, minutes.max(1))
}

fn measure_all(options: &Options) -> Result<()> {
    let machine = Machine::inspect(options.server.clone(), std::path::absolute(&options.peers)?)?;
    let stage = Stage::new(machine, options.quick)?;
    let begun = Instant::now();
    let mut rows = Vec::new();
    let mut broken = Vec::new();
    for measurement in Measurement::all() {
        if !options.only.is_empty() && !options.only.contains(&measurement) {
            continue;
        }
        println!("measuring {} ({} s so far)", measurement.what(), begun.elapsed().as_secs());
        match measurement.take(&stage) {
            Ok(more) => rows.extend(more),
            Err(error) => broken.push(format!("{} could not be measured: {error:#}", measurement.what())),
        }
    }
    println!("\n{}", table::table(&rows));
    println!("measured in {} s on {}", begun.elapsed().as_secs(), machine::describe());
    if options.quick {
        println!("these are the small numbers of --quick: they show that it works, and mean nothing");
    }
    anyhow::ensure!(broken.is_empty(), "{}", broken.join("; "));
    Ok(())
}
