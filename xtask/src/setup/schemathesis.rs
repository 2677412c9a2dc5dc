//! Schemathesis, which tests a REST API against its OpenAPI description: installed from PyPI into a Python
//! environment of our own. Never touches the system's Python.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::python;
use crate::{exec, places, report, versions};

/// Makes sure that the program is installed; returns its path.
pub(crate) fn ensure() -> Result<PathBuf> {
    let folder = places::cache().join("tools").join(format!("schemathesis-{}", versions::SCHEMATHESIS));
    if let Some(found) = find(&folder) {
        return Ok(found);
    }
    report::heading(
        &format!("installing Schemathesis {}", versions::SCHEMATHESIS),
        "it tests the REST API against its description; usually half a minute",
    );
    let packages = [
        format!("schemathesis=={}", versions::SCHEMATHESIS),
        format!("hypothesis=={}", versions::HYPOTHESIS),
    ];
    python::make_environment(&folder, &packages, "the tests of the REST API need")?;
    find(&folder).context("Schemathesis was installed but does not answer")
}

fn find(folder: &Path) -> Option<PathBuf> {
    let program = folder.join("bin/schemathesis");
    let printed = exec::answer(exec::command(&program).arg("--version"))?;
    printed.split_whitespace().any(|word| word == versions::SCHEMATHESIS).then_some(program)
}
