//! The PostgreSQL from which the server's tests start clusters: found where Debian installs it or on PATH, or
//! installed. Never starts one, and never touches a running one.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;

/// The programs that a test cluster needs.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// Makes sure that the programs are installed; returns their folder.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !debian::is_possible() {
        bail!("the server's tests need the programs of PostgreSQL (initdb, postgres, pg_isready) on PATH");
    }
    debian::install(
        &["postgresql"],
        "the server's tests run on both of its databases; usually half a minute",
    )?;
    find().context("Debian's PostgreSQL was installed but is not in /usr/lib/postgresql")
}

/// Debian installs the programs of each version in a folder that is not on PATH.
fn find() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = debian.chain(env::split_paths(&path)).collect();
    folders.into_iter().find(|folder| PROGRAMS.iter().all(|program| folder.join(program).exists()))
}
