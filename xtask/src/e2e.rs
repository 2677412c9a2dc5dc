//! `cargo xtask e2e`: runs the end-to-end tests, once or many times, and counts the results per test. Builds
//! what they need and passes its location on; the tests themselves are the package `e2e`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::client::Profile;
use crate::setup::{self, Browser, Firefox, Tools};
use crate::{client, exec, native, places, report, server};

/// Run the end-to-end tests: two real browsers call each other through the real server.
///
/// Prints how often each test passed and failed; any failure fails the command.
#[derive(Args)]
pub(crate) struct Options {
    /// How many times to run them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: u32,
    /// Only tests whose name contains this.
    filter: Option<String>,
}

/// The tests that need Firefox, and those of them that every test run runs.
const ENGINES: &str = "engines::";
const SOME_ENGINES: [&str; 4] = [
    "engines::chromium_calls_firefox::they_see_and_hear_each_other_muted_and_in_the_dark",
    "engines::firefox_calls_chromium::whoever_reloads_the_page_is_back_in_the_call",
    "engines::firefox_calls_firefox::they_hear_each_other_in_a_voice_call",
    "engines::firefox_calls_firefox::a_declined_caller_sees_it",
];
/// The tests that need third-party programs: aiortc, and web servers.
const FOREIGN: &str = "foreign::";
const PROXIES: &str = "proxies::";
/// The web servers, and the variables that tell the tests where they are.
const WEB_SERVERS: [(&str, &str); 2] = [("nginx", "E2E_NGINX"), ("caddy", "E2E_CADDY")];

/// How many of the tests that are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Some,
    All,
}

/// The built programs that the end-to-end tests use.
pub(crate) struct Product {
    server: PathBuf,
    client: PathBuf,
}

/// Builds the debug server and the requested client for the end-to-end tests.
pub(crate) fn prepare(tools: &Tools, profile: Profile) -> Result<Product> {
    let client = match profile {
        Profile::Debug => places::e2e_dist(),
        Profile::Release => places::dist(),
    };
    client::build(tools, profile, &client)?;
    report::heading("building the server and the end-to-end tests", "usually 1 to 3 minutes the first time");
    Ok(Product { server: native::build_beside_e2e("call-server")?, client })
}

impl Product {
    /// The release server and client, for measurements.
    pub(crate) fn release(tools: &Tools) -> Result<Self> {
        let client = places::dist();
        client::build(tools, Profile::Release, &client)?;
        Ok(Self { server: server::build(Profile::Release)?, client })
    }

    /// Runs every end-to-end test once, except those that need Firefox or third-party programs.
    pub(crate) fn run_once(&self, browser: &Browser) -> Result<()> {
        let mut tests = native::e2e_tests()?;
        tests.args(["--", "--skip", ENGINES, "--skip", FOREIGN, "--skip", PROXIES]);
        exec::run(self.tell(&mut tests, browser))
    }

    /// Runs the tests between Chromium and Firefox, if Firefox is installed.
    pub(crate) fn run_with_firefox(&self, browser: &Browser, extent: Extent) -> Result<()> {
        let Some(firefox) = setup::firefox()? else {
            report::skipped("Firefox or geckodriver is not installed and cannot be");
            return Ok(());
        };
        let mut tests = native::e2e_tests()?;
        match extent {
            Extent::Some => tests.args(["--", "--exact"]).args(SOME_ENGINES),
            Extent::All => tests.args(["--", ENGINES]),
        };
        exec::run(tell_of_firefox(self.tell(&mut tests, browser), &firefox))
    }

    /// Runs the tests with aiortc, if Python is installed.
    pub(crate) fn run_with_aiortc(&self, browser: &Browser) -> Result<()> {
        let Some(python) = setup::foreign::aiortc()? else {
            report::skipped("Python 3 with venv is not installed, so aiortc cannot run");
            return Ok(());
        };
        let mut tests = native::e2e_tests()?;
        exec::run(self.tell(tests.args(["--", FOREIGN]), browser).env("E2E_PYTHON", python))
    }

    /// Runs the tests behind the web servers that are installed.
    pub(crate) fn run_behind_web_servers(&self, browser: &Browser) -> Result<()> {
        let mut tests = native::e2e_tests()?;
        tests.args(["--", PROXIES]);
        for (name, variable) in WEB_SERVERS {
            match setup::foreign::web_server(name)? {
                Some(program) => drop(tests.env(variable, program)),
                None => report::skipped(&format!("{name} is not installed and cannot be downloaded")),
            }
        }
        exec::run(self.tell(&mut tests, browser))
    }

    /// Tells a command where the third-party programs are, as far as they are installed.
    fn tell_of_others(command: &mut Command) -> Result<()> {
        if let Some(python) = setup::foreign::aiortc()? {
            command.env("E2E_PYTHON", python);
        }
        if let Some(firefox) = setup::firefox()? {
            tell_of_firefox(command, &firefox);
        }
        for (name, variable) in WEB_SERVERS {
            if let Some(program) = setup::foreign::web_server(name)? {
                command.env(variable, program);
            }
        }
        Ok(())
    }

    /// Tells a command of the package `e2e` where the built programs are.
    pub(crate) fn tell<'command>(
        &self,
        command: &'command mut Command,
        browser: &Browser,
    ) -> &'command mut Command {
        command.env("E2E_SERVER", &self.server).env("E2E_CLIENT", &self.client);
        command.env("CHROME", &browser.chrome).env("CHROMEDRIVER", &browser.driver)
    }
}

fn tell_of_firefox<'command>(command: &'command mut Command, firefox: &Firefox) -> &'command mut Command {
    command.env("FIREFOX", &firefox.program).env("GECKODRIVER", &firefox.driver)
}

/// The command `screenshots`: a picture of every state, taken by a program of the package `e2e`.
pub(crate) fn take_screenshots(folder: &Path) -> Result<()> {
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    let product = prepare(&tools, Profile::Debug)?;
    let mut program = exec::command(native::build_beside_e2e("screenshots")?);
    exec::run(product.tell(program.arg(folder), &browser))?;
    println!("the screenshots are in {}", folder.display());
    Ok(())
}

/// The command `nat-lab`, by a program of the package `e2e`.
pub(crate) fn nat_lab(arguments: &[String]) -> Result<()> {
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    let product = prepare(&tools, Profile::Debug)?;
    let mut program = exec::command(native::build_beside_e2e("nat-lab")?);
    exec::run(product.tell(program.args(arguments), &browser))
}

/// The command `e2e`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let tools = setup::ensure()?;
    let browser = setup::ensure_for_tests(&tools)?;
    let product = prepare(&tools, Profile::Debug)?;
    let mut counts = Counts::default();
    let started = Instant::now();
    for round in 1..=options.repeat {
        report::heading(&format!("round {round} of {}", options.repeat), "");
        let mut cargo = native::e2e_tests()?;
        cargo.args(["--no-fail-fast", "--"]).args(&options.filter);
        Product::tell_of_others(&mut cargo)?;
        counts.add_round(product.tell(&mut cargo, &browser))?;
    }
    println!("\n{}", counts.table());
    println!("{} rounds in {}", options.repeat, report::duration(started.elapsed()));
    counts.verdict()
}

/// How often each test passed and failed, over all rounds.
#[derive(Default)]
struct Counts {
    tests: BTreeMap<String, (u32, u32)>,
    /// Rounds that failed without a failing test, for example because the tests did not compile.
    broken_rounds: u32,
}

impl Counts {
    /// Runs all tests once and shows their output.
    fn add_round(&mut self, cargo: &mut Command) -> Result<()> {
        let failures_before = self.failures();
        let mut child = cargo.stdout(Stdio::piped()).spawn().context("could not start cargo")?;
        let output = child.stdout.take().context("cargo has no output")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            self.add_line(&line);
        }
        if !child.wait()?.success() && self.failures() == failures_before {
            self.broken_rounds += 1;
        }
        Ok(())
    }

    /// Counts a line such as `test voice_call ... ok`.
    fn add_line(&mut self, line: &str) {
        let Some((name, outcome)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
        else {
            return;
        };
        let count = self.tests.entry(name.to_owned()).or_default();
        match outcome.split_whitespace().next() {
            Some("ok") => count.0 += 1,
            Some("FAILED") => count.1 += 1,
            Some(_) | None => {}
        }
    }

    fn failures(&self) -> u32 {
        self.tests.values().map(|(_, failed)| failed).sum()
    }

    fn table(&self) -> String {
        let head = ["test", "passed", "failed"].map(str::to_owned).to_vec();
        let rows = self
            .tests
            .iter()
            .map(|(name, (passed, failed))| vec![name.clone(), passed.to_string(), failed.to_string()]);
        report::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    }

    fn verdict(&self) -> Result<()> {
        if self.tests.values().all(|(passed, failed)| passed + failed == 0) {
            bail!("no test ran");
        }
        match (self.failures(), self.broken_rounds) {
            (0, 0) => {}
            (failures, 0) => bail!("{failures} failures"),
            (failures, broken) => bail!("{failures} failures, and {broken} rounds did not finish"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> Counts {
        let mut counts = Counts::default();
        for line in lines {
            counts.add_line(line);
        }
        counts
    }

    #[test]
    fn passes_and_failures_are_counted_by_test() {
        let counts = counted(&[
            "running 2 tests",
            "test voice ... ok",
            "test glare ... FAILED",
            "test voice ... ok",
            "test result: FAILED. 1 passed; 1 failed",
        ]);
        assert_eq!(counts.tests["voice"], (2, 0));
        assert_eq!(counts.tests["glare"], (0, 1));
        assert_eq!(counts.tests.len(), 2);
        assert!(counts.verdict().is_err());
    }

    #[test]
    fn only_rounds_without_a_failure_are_a_success() {
        assert!(counted(&["test voice ... ok"]).verdict().is_ok());
        assert!(counted(&["test voice ... FAILED"]).verdict().is_err());
    }

    #[test]
    fn nothing_run_is_no_success() {
        assert!(counted(&["running 0 tests", "test slow ... ignored"]).verdict().is_err());
    }

    #[test]
    fn a_round_that_broke_off_is_a_failure() {
        let counts = Counts { broken_rounds: 1, ..counted(&["test voice ... ok"]) };
        assert!(counts.verdict().is_err());
    }
}
