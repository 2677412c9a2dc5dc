//! The NATS server for tests and measurements with several nodes: found on PATH or where Debian installs it, or
//! installed. Never starts one, and never touches a running one.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;

const PROGRAM: &str = "nats-server";

/// Makes sure that the program is installed; returns its path.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !debian::is_possible() {
        bail!("the server's tests with several nodes need `{PROGRAM}` on PATH");
    }
    debian::install(&[PROGRAM], "it joins several nodes of the server; a few seconds")?;
    find().context("Debian's nats-server was installed but is not in /usr/sbin")
}

/// Debian installs it in /usr/sbin, which is not on every user's PATH.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    folders.into_iter().map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}
