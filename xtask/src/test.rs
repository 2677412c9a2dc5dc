//! `cargo xtask test`: every check of the project in one command, the one that CI runs. Owns the steps and
//! their order; stops at the first failure and never skips a step silently.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::client::{CLIENT, PAGE, Profile, TEST_KIT};
use crate::e2e::Extent;
use crate::setup::{self, Browser, Tools};
use crate::{api, bench, dependencies, e2e, exec, native, places, report};

/// Run every check in the order of CI: format, lints, native tests, browser tests, end-to-end tests.
///
/// Installs missing tools first (see `setup`). Stops at the first failure.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only this step; may be given several times.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// Run every test of the steps that otherwise run some: calls between Chromium and Firefox.
    #[arg(long)]
    all: bool,
    /// List the steps and exit.
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The source is formatted.
    Fmt,
    /// Licences, advisories and sources of the dependencies.
    Deny,
    /// Lints of the native side: protocol, core, server, end-to-end tests, xtask.
    Clippy,
    /// Lints of the client.
    ClippyWasm,
    /// The documentation of every crate builds without warnings.
    Doc,
    /// Tests of protocol, core, server and xtask; a real server on a real socket.
    Native,
    /// Schemathesis finds no undocumented response of the REST API.
    Api,
    /// Tests of the client's parts in headless Chromium.
    Wasm,
    /// The release client, as built for the end-to-end tests, is not larger than recorded.
    Size,
    /// Two real browsers call each other through the real server.
    E2e,
    /// Chromium and Firefox call each other, and Firefox calls Firefox; `--all` runs every such test.
    Firefox,
    /// A plain client with another WebRTC stack (aiortc) calls our client and is called by it.
    Foreign,
    /// Calls work behind nginx and Caddy as configured in `deploy/`, at the root and below a path.
    Proxies,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn explanation(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    fn perform(self, tools: &Tools, browser: &Browser, extent: Extent) -> Result<()> {
        match self {
            Self::Fmt => exec::run(exec::command("cargo").args(["fmt", "--all", "--check"])),
            Self::Deny => dependencies::check(setup::cargo_deny().as_deref()),
            Self::Clippy => {
                let mut cargo = native::cargo("clippy");
                exec::run(cargo.args(["--all-targets", "--", "-D", "warnings"]))
            }
            Self::ClippyWasm => {
                let mut cargo = tools.toolchain.cargo();
                cargo
                    .args(["clippy", "--target", WASM, "-p", CLIENT, "-p", PAGE, "-p", TEST_KIT])
                    .arg("--all-targets");
                exec::run(cargo.args(["--", "-D", "warnings"]))
            }
            Self::Doc => document(tools),
            Self::Native => native::test(),
            Self::Api => api::run(),
            Self::Wasm => browser_tests(tools, browser),
            Self::Size => bench::size::run(tools),
            Self::E2e => e2e::prepare(tools, Profile::Release)?.run_once(browser),
            Self::Firefox => e2e::prepare(tools, Profile::Release)?.run_with_firefox(browser, extent),
            Self::Foreign => e2e::prepare(tools, Profile::Release)?.run_with_aiortc(browser),
            Self::Proxies => e2e::prepare(tools, Profile::Release)?.run_behind_web_servers(browser),
        }
    }
}

const WASM: &str = "wasm32-unknown-unknown";

/// The command `test`.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.list {
        let rows: Vec<_> =
            Step::value_variants().iter().map(|step| [step.name(), step.explanation()]).collect();
        for [name, explanation] in rows {
            println!("  {name:<12} {explanation}");
        }
        return Ok(());
    }
    let mut times = Vec::new();
    let outcome = perform_all(options, &mut times);
    let total = times.iter().map(|(_, time)| *time).sum();
    times.push(("together".to_owned(), total));
    let rows: Vec<_> = times.into_iter().map(|(name, time)| vec![name, report::duration(time)]).collect();
    println!("\n{}", report::table(&rows));
    outcome?;
    println!("all steps passed");
    Ok(())
}

fn perform_all(options: &Options, times: &mut Vec<(String, Duration)>) -> Result<()> {
    let started = Instant::now();
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    setup::cargo_deny();
    setup::schemathesis()?;
    setup::foreign::aiortc()?;
    setup::firefox()?;
    let extent = if options.all { Extent::All } else { Extent::Some };
    times.push(("setup".to_owned(), started.elapsed()));
    for step in Step::value_variants() {
        if !options.only.is_empty() && !options.only.contains(step) {
            continue;
        }
        report::heading(&step.name(), &step.explanation());
        let started = Instant::now();
        let outcome = step.perform(&tools, &browser, extent);
        let time = started.elapsed();
        let mark = if outcome.is_ok() { "" } else { " (failed)" };
        times.push((format!("{}{mark}", step.name()), time));
        outcome.with_context(|| format!("step `{}` failed", step.name()))?;
    }
    Ok(())
}

/// Builds the documentation, including private items, which have most of the links.
fn document(tools: &Tools) -> Result<()> {
    let all = ["--no-deps", "--document-private-items"];
    exec::run(native::cargo("doc").args(all).env("RUSTDOCFLAGS", "-D warnings"))?;
    let mut client = tools.toolchain.cargo();
    client.args(["doc", "--target", WASM, "-p", CLIENT, "-p", TEST_KIT]).args(all);
    exec::run(client.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Runs the client's tests, `tests/*/main.rs`, in headless Chromium.
fn browser_tests(tools: &Tools, browser: &Browser) -> Result<()> {
    let folders = fs::read_dir(places::root().join("tests")).context("cannot read the folder tests")?;
    if !folders.flatten().any(|entry| entry.path().join("main.rs").exists()) {
        bail!("found no browser tests in the folder tests");
    }
    exec::run(browser_test_command(tools, browser)?.arg("--tests"))
}

/// `cargo test` for the client's tests in headless Chromium; the caller selects the tests.
pub(crate) fn browser_test_command(tools: &Tools, browser: &Browser) -> Result<Command> {
    let mut cargo = tools.cargo_for_browser_tests();
    cargo.env("CHROMEDRIVER", &browser.driver);
    cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser.write_capabilities()?);
    cargo.env("WASM_BINDGEN_USE_BROWSER", "1").env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    cargo.args(["test", "--target", WASM, "-p", CLIENT]);
    Ok(cargo)
}
