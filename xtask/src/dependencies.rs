//! The step `deny`: checks the dependencies against `deny.toml`. Never changes the lock file.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::{exec, report};

/// How long the download of the advisory database may take; it has several megabytes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks licences, bans and sources; also advisories, if their database can be downloaded.
pub(crate) fn check(cargo_deny: Option<&Path>) -> Result<()> {
    let Some(cargo_deny) = cargo_deny else {
        report::skipped(
            "cargo-deny is not installed and could not be compiled: the dependencies are not checked",
        );
        return Ok(());
    };
    let deny = || {
        let mut deny = exec::command(cargo_deny);
        deny.args(["--workspace", "--log-level", "error"]);
        deny
    };
    exec::run(deny().arg("--offline").args(["check", "licenses", "bans", "sources"]))?;
    if exec::run_within(deny().args(["fetch", "db"]), PATIENCE).is_err() {
        report::skipped("the advisory database (github.com/RustSec/advisory-db) cannot be downloaded");
        return Ok(());
    }
    exec::run(deny().args(["check", "--disable-fetch", "advisories"]))
}
