//! Third-party programs that the product is tested with: aiortc, a WebRTC stack in Python, and the web servers
//! that operators put in front of the server. All are kept in folders of our own, and all are optional. Never
//! starts anything, and never installs a web server as a system package, which would start it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{debian, python};
use crate::{exec, places, report, versions};

/// A Python with aiortc; none on a machine without Python.
pub(crate) fn aiortc() -> Result<Option<PathBuf>> {
    let name = format!("aiortc-{}", versions::AIORTC[0].1);
    let folder = places::cache().join("tools").join(name);
    let program = folder.join("bin/python");
    let whole = || exec::answer(exec::command(&program).args(["-c", "import aiohttp, aiortc, av"])).is_some();
    if whole() {
        return Ok(Some(program));
    }
    if !python::is_possible() {
        return Ok(None);
    }
    report::heading("installing aiortc", "a third-party WebRTC stack; usually half a minute");
    let packages = versions::AIORTC.map(|(package, version)| format!("{package}=={version}"));
    python::make_environment(&folder, &packages, "the tests with aiortc need")?;
    whole().then_some(Some(program.clone())).context("aiortc was installed but does not answer")
}

/// A web server: from PATH, from where Debian installs it, or unpacked from Debian's package into our own
/// folder.
pub(crate) fn web_server(name: &str) -> Result<Option<PathBuf>> {
    let unpacked = places::cache().join("tools").join(name);
    let found = || {
        let path = env::var_os("PATH").unwrap_or_default();
        let own = ["usr/sbin", "usr/bin"].map(|folder| unpacked.join(folder));
        let folders: Vec<_> = env::split_paths(&path).chain(["/usr/sbin".into()]).chain(own).collect();
        folders.into_iter().map(|folder| folder.join(name)).find(|program| answers(program))
    };
    if let Some(program) = found() {
        return Ok(Some(program));
    }
    if exec::on_path(&["apt-get"]).is_none() || exec::on_path(&["dpkg-deb"]).is_none() {
        return Ok(None);
    }
    report::heading(
        &format!("fetching Debian's {name}"),
        "unpacked, not installed: the calls are tried behind it; a few seconds",
    );
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
    let mut download = exec::command("apt-get");
    download.current_dir(&unpacked).args(["-q", "download", name]);
    // No network, or no such package in this Debian: the caller reports that it is skipped.
    if exec::run(&mut download).is_err() && debian::update().and_then(|()| exec::run(&mut download)).is_err()
    {
        return Ok(None);
    }
    for package in packages_in(&unpacked)? {
        exec::run(exec::command("dpkg-deb").arg("-x").arg(&package).arg(&unpacked))?;
        fs::remove_file(&package).with_context(|| format!("cannot remove {}", package.display()))?;
    }
    Ok(found())
}

/// Both print their version, with different arguments; fails if a shared library is missing.
fn answers(program: &Path) -> bool {
    let says = |word: &str| exec::answer(exec::command(program).arg(word)).is_some();
    program.is_file() && (says("-v") || says("version"))
}

fn packages_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files.filter(|file| file.extension().is_some_and(|kind| kind == "deb")).collect())
}
