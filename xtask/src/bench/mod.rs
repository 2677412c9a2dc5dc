//! `cargo xtask bench`: measures the project's figures on this machine and prints them. Owns the size table;
//! timings are measured by programs of the package `e2e`, the server by one of the package `load`.

mod server;
pub(crate) mod size;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::e2e::Product;
use crate::{exec, native, report, setup};

/// Measure: the size of the first load, how long answering and hanging up take, the server's load and limits.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What a browser loads first, for widget and messenger: raw, gzip and brotli; fails above the numbers in
    /// `page/size.txt`.
    Size,
    /// From pressing Answer to the first remote picture and sound on both sides, compared with PeerJS and a plain
    /// JavaScript page.
    Answer(Passed),
    /// From pressing Hang up until all tracks are stopped and the connection is closed.
    Hangup(Passed),
    /// From the death of the network in a call, in several ways, until the two hear each other again; needs root, for
    /// network namespaces.
    Cuts(Passed),
    /// The signaling server's costs and limits, compared with PeerServer, socket.io, ws and Fastify; about ten
    /// minutes.
    Server(Passed),
    /// Sixty people call each other for half an hour while devices disappear: does memory grow, is a call left
    /// over?
    Soak(Soak),
}

/// How long to run.
#[derive(Args)]
struct Soak {
    /// How many minutes.
    #[arg(long, default_value_t = 30, value_name = "MINUTES")]
    minutes: u32,
}

/// What is passed on to the measuring program.
#[derive(Args)]
struct Passed {
    /// Arguments of the measuring program (`-- --help` lists them).
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The command `bench`.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        What::Size => size::run(&setup::ensure()?),
        What::Answer(passed) => {
            let peers = server::install_peers(&setup::ensure_for_peers()?)?;
            measure("bench-answer", &passed.arguments, &[("E2E_PEERS", peers)])
        }
        What::Hangup(passed) => measure("bench-hangup", &passed.arguments, &[]),
        What::Cuts(passed) => measure("bench-cuts", &passed.arguments, &[]),
        What::Server(passed) => server::run(&passed.arguments),
        What::Soak(Soak { minutes }) => {
            server::run(&["soak".to_owned(), "--minutes".to_owned(), minutes.to_string()])
        }
    }
}

/// Runs a measuring program of the package `e2e` on release builds; `places` are told it by these names.
fn measure(program: &str, arguments: &[String], places: &[(&str, PathBuf)]) -> Result<()> {
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    let product = Product::release(&tools)?;
    report::heading("building the measuring program", "usually 1 to 2 minutes the first time");
    let mut measuring = exec::command(native::build_beside_e2e(program)?);
    measuring.envs(places.iter().map(|(name, place)| (name, place)));
    exec::run(product.tell(measuring.args(arguments), &browser))
}
