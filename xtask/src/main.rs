//! The project's tasks as one program: `cargo xtask --help` lists them. Owns the command
//! line and calls one module per command; decides nothing itself.

mod api;
mod bench;
mod client;
mod compress;
mod dependencies;
mod e2e;
mod exec;
mod gallery;
mod mutations;
mod native;
mod places;
mod report;
mod run;
mod server;
mod setup;
mod simulate;
mod sounds;
mod test;
mod toolchain;
mod versions;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Error, Result};
use clap::{Args, Parser, Subcommand};

/// Every task of Messenger Calls. `cargo xtask run` starts the product, `cargo xtask test` checks it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Options),
    Test(test::Options),
    E2e(e2e::Options),
    Bench(bench::Options),
    /// Let two browsers in networks of their own call each other behind every pair of routers, with and without the server's
    /// relay: who reaches whom, how, and after what time. Needs root, network namespaces and nftables.
    NatLab {
        /// Arguments of the program (`-- --help` lists them).
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    Simulate(simulate::Options),
    Mutations(mutations::Options),
    Dist(DistOptions),
    Setup(setup::Options),
    /// Take screenshots of the client in every important state.
    Screenshots {
        /// Folder for the screenshots.
        #[arg(default_value = "target/screenshots")]
        folder: PathBuf,
    },
    /// Render every state of the interface as a static page, with the real components.
    Gallery {
        /// Folder for the pages; open its `index.html`.
        #[arg(default_value = "target/gallery")]
        folder: PathBuf,
    },
    /// Render the sounds again into the folder `sounds` (needs `lame` from Debian).
    Sounds,
    /// Compress the files of a folder; a step of the release build of the client.
    #[command(hide = true)]
    Compress {
        /// The folder.
        folder: PathBuf,
    },
}

/// Build one program for production: the release server with the release client embedded.
///
/// It needs no other file: copy it to a machine with the same operating system and architecture, and start it.
#[derive(Args)]
struct DistOptions {
    /// Where to write the program.
    #[arg(long, value_name = "FILE", default_value = "target/dist/call-server")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match dispatch(Cli::parse_from(run::with_server_flags(env::args_os())).command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("\nerror: {reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Run(options) => run::run(&options),
        Command::Test(options) => test::run(&options),
        Command::E2e(options) => e2e::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::NatLab { arguments } => e2e::nat_lab(&arguments),
        Command::Simulate(options) => simulate::run(&options),
        Command::Mutations(options) => mutations::run(&options),
        Command::Dist(options) => dist(&options),
        Command::Setup(options) => setup::run(&options),
        Command::Screenshots { folder } => e2e::take_screenshots(&env::current_dir()?.join(folder)),
        Command::Gallery { folder } => gallery::run(&env::current_dir()?.join(folder)),
        Command::Sounds => sounds::run(&places::root().join("sounds")).map_err(Error::msg),
        Command::Compress { folder } => compress::folder(&folder),
    }
}

fn dist(options: &DistOptions) -> Result<()> {
    let out = env::current_dir()?.join(&options.out);
    let client = places::dist();
    client::build(&setup::ensure()?, client::Profile::Release, &client)?;
    server::build_with_client(&client, &out)?;
    println!("the program is at {}", out.display());
    Ok(())
}
