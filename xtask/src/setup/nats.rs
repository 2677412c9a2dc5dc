//! The NATS server that joins several nodes in the server's tests and measurements: found on PATH or where Debian keeps
//! it, or installed. Never starts one itself, and never touches one that runs.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;

const PROGRAM: &str = "nats-server";

/// Makes sure that the program is there; says where.
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

/// Debian keeps it where root's programs are, which is not on everybody's path.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    folders.into_iter().map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}
