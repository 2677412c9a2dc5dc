//! The step `deny`: what the dependencies may be, as `deny.toml` says.
//! Never changes the lock file.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::{exec, report};

/// How long the database of advisories may take to arrive; it has some megabytes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks licences, bans and sources; and advisories, where their database can be had.
pub(crate) fn check(cargo_deny: Option<&Path>) -> Result<()> {
    let Some(cargo_deny) = cargo_deny else {
        report::skipped(
            "cargo-deny is not here and could not be compiled; nothing is known of the dependencies",
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
        report::skipped("the database of advisories (github.com/RustSec/advisory-db) cannot be fetched here");
        return Ok(());
    }
    exec::run(deny().args(["check", "--disable-fetch", "advisories"]))
}
