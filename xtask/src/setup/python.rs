//! Python environments of our own, with pinned packages from PyPI. Never touches the system's Python.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::debian;
use crate::exec;

const PYTHON: &str = "python3";

/// Whether there is a Python that can create environments, or one can be installed.
pub(super) fn is_possible() -> bool {
    is_complete() || debian::is_possible()
}

/// Creates an environment from scratch in a folder, with these packages; `why` says what for.
pub(super) fn make_environment(folder: &Path, packages: &[String], why: &str) -> Result<()> {
    let python = ensure(why)?;
    // Left over from an interrupted installation.
    fs::remove_dir_all(folder).ok();
    exec::run(exec::command(python).args(["-m", "venv"]).arg(folder))?;
    let mut pip = exec::command(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    exec::run(pip.args(packages))
}

/// A Python that can create environments; in Debian that is a separate package.
fn ensure(why: &str) -> Result<&'static str> {
    if is_complete() {
        return Ok(PYTHON);
    }
    if !debian::is_possible() {
        bail!("{why} Python 3 with its modules venv and ensurepip");
    }
    debian::install(&["python3-venv"], "tests run in it; usually half a minute")?;
    if !is_complete() {
        bail!("Debian's python3-venv was installed, but another python3 on PATH cannot create environments");
    }
    Ok(PYTHON)
}

fn is_complete() -> bool {
    exec::answer(exec::command(PYTHON).args(["-c", "import ensurepip, venv"])).is_some()
}
