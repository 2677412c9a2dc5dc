//! Installs what is missing and announces each step, without asking; if everything is there, takes no time.
//! Owns the order of the steps; each kind of step has a module.

mod browser;
mod debian;
mod firefox;
pub(crate) mod foreign;
mod nats;
mod node;
mod postgres;
mod python;
mod schemathesis;
mod squeezers;
mod tools;
mod wasm_target;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

pub(crate) use self::browser::Browser;
pub(crate) use self::firefox::{Firefox, ensure as firefox};
pub(crate) use self::squeezers::Squeezers;
pub(crate) use self::tools::cargo_deny;
use crate::toolchain::Toolchain;
use crate::{exec, report, versions};

/// Install missing tools: the wasm target, Trunk, wasm-bindgen; for the tests also Chromium with its driver,
/// Firefox with geckodriver, cargo-deny, PostgreSQL, NATS and Schemathesis, and third-party programs that the calls
/// are tested with: aiortc, nginx, Caddy.
///
/// `run` and `test` do this by themselves. Tools on PATH are used if their version fits; the others are
/// installed in ~/.cache/messenger-calls (or $XDG_CACHE_HOME), shared by all checkouts.
#[derive(Args)]
pub(crate) struct Options {
    /// What the tools are needed for.
    #[arg(long = "for", value_enum, default_value_t = Purpose::Run, value_name = "PURPOSE")]
    purpose: Purpose,
}

/// What the tools are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// Build the client and serve it.
    Run,
    /// Also check and test it, including in a real browser.
    Test,
}

/// The tools that build the client.
pub(crate) struct Tools {
    /// The compiler for wasm.
    pub(crate) toolchain: Toolchain,
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
}

impl Tools {
    /// Trunk, with the compiler and wasm-bindgen that it has to use.
    pub(crate) fn trunk(&self) -> Command {
        self.with_tools(&self.trunk)
    }

    /// Cargo for the client's own tests: wasm-bindgen's test runner runs them in a browser.
    pub(crate) fn cargo_for_browser_tests(&self) -> Command {
        let mut cargo = self.with_tools("cargo");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", self.test_runner());
        cargo
    }

    fn test_runner(&self) -> PathBuf {
        self.wasm_bindgen.with_file_name("wasm-bindgen-test-runner")
    }

    fn with_tools(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.toolchain.command(program);
        command.env("PATH", path_with(&self.wasm_bindgen));
        // Trunk rejects NO_COLOR=1.
        command.env_remove("NO_COLOR");
        command
    }
}

/// PATH with this program's folder in front.
fn path_with(program: &std::path::Path) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(PathBuf::from).into_iter().chain(env::split_paths(&old));
    env::join_paths(folders).unwrap_or(old)
}

/// The command `setup`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let tools = ensure()?;
    println!("wasm target    the {} toolchain", tools.toolchain.name());
    println!("trunk          {}", tools.trunk.display());
    println!("wasm-bindgen   {} ({})", tools.wasm_bindgen.display(), versions::wasm_bindgen()?);
    match options.purpose {
        Purpose::Run => {}
        Purpose::Test => {
            let browser = ensure_for_tests(&tools)?;
            println!("browser        {}", browser.chrome.display());
            println!("driver         {}", browser.driver.display());
            println!("postgresql     {}", postgres::ensure()?.display());
            println!("nats           {}", nats::ensure()?.display());
            println!("cargo-deny     {}", or_none(cargo_deny()));
            println!("schemathesis   {}", schemathesis()?.display());
            let firefox = firefox()?;
            println!("firefox        {}", or_none(firefox.as_ref().map(|firefox| firefox.program.clone())));
            println!("geckodriver    {}", or_none(firefox.map(|firefox| firefox.driver)));
            println!("aiortc         {}", or_none(foreign::aiortc()?));
            println!("nginx          {}", or_none(foreign::web_server("nginx")?));
            println!("caddy          {}", or_none(foreign::web_server("caddy")?));
        }
    }
    println!("everything is here ({})", report::duration(started.elapsed()));
    Ok(())
}

fn or_none(program: Option<PathBuf>) -> String {
    program.map_or_else(|| "not here: what needs it is skipped".to_owned(), |path| path.display().to_string())
}

/// Makes sure that the client can be built.
pub(crate) fn ensure() -> Result<Tools> {
    let wasm_bindgen_version = versions::wasm_bindgen()?;
    let toolchain = wasm_target::ensure()?;
    let wasm_bindgen = tools::wasm_bindgen(&wasm_bindgen_version)?;
    let trunk = tools::trunk()?;
    Ok(Tools { toolchain, trunk, wasm_bindgen })
}

/// Makes sure that the client can also be checked and tested.
pub(crate) fn ensure_for_tests(tools: &Tools) -> Result<Browser> {
    ensure_component("rustfmt", "cargo-fmt", Toolchain::Active)?;
    ensure_component("clippy", "cargo-clippy", Toolchain::Active)?;
    if tools.toolchain == Toolchain::Debian {
        ensure_component("clippy", "cargo-clippy", Toolchain::Debian)?;
    }
    if debian::is_possible() {
        // The size check of the tests uses the tools from npm.
        node::ensure()?;
    }
    postgres::ensure()?;
    nats::ensure()?;
    browser::ensure()
}

/// The tools that make a release client smaller, if they can be installed.
pub(crate) fn squeezers() -> Result<Option<Squeezers>> {
    squeezers::ensure()
}

/// Makes sure that the REST API can be tested; returns the path of Schemathesis.
pub(crate) fn schemathesis() -> Result<PathBuf> {
    schemathesis::ensure()
}

/// Makes sure that the server can be compared with others; returns the path of npm.
pub(crate) fn ensure_for_load() -> Result<PathBuf> {
    postgres::ensure()?;
    nats::ensure()?;
    node::ensure()
}

/// Makes sure that Node.js and npm are there, for the programs that ours is compared with in browsers; returns npm.
pub(crate) fn ensure_for_peers() -> Result<PathBuf> {
    node::ensure()
}

/// Makes sure that a toolchain has rustfmt or clippy.
fn ensure_component(component: &str, program: &str, toolchain: Toolchain) -> Result<()> {
    if exec::answer(toolchain.command(program).arg("--version")).is_some() {
        return Ok(());
    }
    match toolchain {
        Toolchain::Active => {
            report::heading(
                &format!("adding {component}"),
                "the tests check the source with it; a few seconds",
            );
            exec::run(exec::command("rustup").args(["component", "add", component]))
        }
        Toolchain::Debian => {
            debian::install(&["rust-web-clippy"], "checks the client's source; a few seconds")
        }
    }
}
