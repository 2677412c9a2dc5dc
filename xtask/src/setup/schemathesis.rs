//! Schemathesis, which sends a REST API all that its description allows and forbids: installed from PyPI into a Python
//! environment of our own. Never touches the Python of the machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::debian;
use crate::{exec, places, report, versions};

/// Makes sure that the program is there; says where.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = places::cache().join("tools").join(format!("schemathesis-{}", versions::SCHEMATHESIS));
    if let Some(found) = find(&folder) {
        return Ok(found);
    }
    let python = python()?;
    report::heading(
        &format!("installing Schemathesis {}", versions::SCHEMATHESIS),
        "it tests the REST API against its description; usually half a minute",
    );
    // What an interrupted installation left behind.
    fs::remove_dir_all(&folder).ok();
    exec::run(exec::command(python).args(["-m", "venv"]).arg(&folder))?;
    let mut pip = exec::command(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.arg(format!("schemathesis=={}", versions::SCHEMATHESIS));
    exec::run(pip.arg(format!("hypothesis=={}", versions::HYPOTHESIS)))?;
    find(&folder).context("Schemathesis was installed but does not answer")
}

fn find(folder: &Path) -> Option<PathBuf> {
    let program = folder.join("bin/schemathesis");
    let printed = exec::answer(exec::command(&program).arg("--version"))?;
    printed.split_whitespace().any(|word| word == versions::SCHEMATHESIS).then_some(program)
}

/// A Python that can make environments; Debian keeps that part in a package of its own.
fn python() -> Result<&'static str> {
    let complete = || exec::answer(exec::command(PYTHON).args(["-c", "import ensurepip, venv"])).is_some();
    if complete() {
        return Ok(PYTHON);
    }
    if !debian::is_possible() {
        bail!("the tests of the REST API need Python 3 with its modules venv and ensurepip");
    }
    debian::install(&["python3-venv"], "the tests of the REST API run in it; usually half a minute")?;
    if !complete() {
        bail!("Debian's python3-venv was installed, but another python3 on PATH cannot make environments");
    }
    Ok(PYTHON)
}

const PYTHON: &str = "python3";
