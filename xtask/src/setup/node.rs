//! Node.js and npm, which run the servers that ours is measured beside: found on PATH or installed.
//! Nothing of the product needs them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::exec;

/// Makes sure that both are there; says where npm is.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !debian::is_possible() {
        bail!("measuring the server beside others needs Node.js (20 or newer) and npm on PATH");
    }
    debian::install(&["nodejs", "npm"], "runs the servers that ours is measured beside; usually a minute")?;
    find().context("Debian's nodejs and npm were installed but are not on PATH")
}

fn find() -> Option<PathBuf> {
    exec::on_path(&["node"])?;
    exec::on_path(&["npm"])
}
