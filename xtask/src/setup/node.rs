//! Node.js and npm: found on PATH or installed. They run the servers that ours is compared with, and the tools
//! that make the client smaller; the product can be built without them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::exec;

/// Makes sure that both are installed; returns the path of npm.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !debian::is_possible() {
        bail!("this needs Node.js (20 or newer) and npm on PATH");
    }
    debian::install(&["nodejs", "npm"], "measures and squeezes the client; usually a minute")?;
    find().context("Debian's nodejs and npm were installed but are not on PATH")
}

pub(super) fn find() -> Option<PathBuf> {
    exec::on_path(&["node"])?;
    exec::on_path(&["npm"])
}
