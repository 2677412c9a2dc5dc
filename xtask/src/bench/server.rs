//! `cargo xtask bench server`: builds the server and the measuring program, installs the servers that ours is
//! compared with, and runs `bench-server` of the package `load`, which prints the table.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{exec, places, report, server, setup};

/// Runs the measurement with these arguments.
pub(super) fn run(arguments: &[String]) -> Result<()> {
    let npm = setup::ensure_for_load()?;
    let program = server::build_for_production()?;
    report::heading("building the load generator", "usually 2 to 3 minutes the first time");
    exec::run(exec::command("cargo").args(["build", "--release", "-p", "load"]))?;
    let peers = install_peers(&npm)?;
    let mut measuring = exec::command(places::native_target().join("release/bench-server"));
    measuring.env("BENCH_SERVER", program).env("BENCH_PEERS", &peers);
    exec::run(measuring.args(arguments))
}

/// Installs what ours is compared with; returns the folder.
pub(super) fn install_peers(npm: &Path) -> Result<PathBuf> {
    let peers = places::root().join("tests/load/peers");
    if !is_installed(&peers)? {
        report::heading("installing what ours is compared with", "usually ten seconds");
        exec::run(exec::command(npm).arg("ci").current_dir(&peers))?;
    }
    Ok(peers)
}

/// Whether npm has installed what the lock file lists: its note is newer than the lock file then.
fn is_installed(folder: &Path) -> Result<bool> {
    let lock = folder.join("package-lock.json");
    let changed = fs::metadata(&lock).and_then(|about| about.modified());
    let changed = changed.with_context(|| format!("cannot read {}", lock.display()))?;
    let note = fs::metadata(folder.join("node_modules/.package-lock.json"));
    Ok(note.and_then(|about| about.modified()).is_ok_and(|installed| installed >= changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_installed_or_before_the_list_changed_is_not_installed() {
        let folder = std::env::temp_dir().join(format!("xtask-peers-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        assert!(is_installed(&folder).is_err(), "without a lock file nothing can be installed");
        fs::write(folder.join("package-lock.json"), "{}").unwrap();
        assert!(!is_installed(&folder).unwrap());
        fs::write(folder.join("node_modules/.package-lock.json"), "{}").unwrap();
        assert!(is_installed(&folder).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }
}
