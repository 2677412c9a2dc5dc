//! What is not ours and is tried with the product: aiortc, a WebRTC stack in Python, and the web servers that stand before
//! the server at other people's. All of it is kept in folders of our own, and a machine may be without it.
//! Never starts anything, and never installs a web server into the machine, where it would begin to serve.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{debian, python};
use crate::{exec, places, report, versions};

/// A Python with aiortc; nothing on a machine without Python.
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
    report::heading("installing aiortc", "a WebRTC stack that is not ours; usually half a minute");
    let packages = versions::AIORTC.map(|(package, version)| format!("{package}=={version}"));
    python::make_environment(&folder, &packages, "the tests with aiortc need")?;
    whole().then_some(Some(program.clone())).context("aiortc was installed but does not answer")
}

/// A web server: on PATH, where Debian keeps it, or unpacked from Debian's package into our own folder.
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
    fs::create_dir_all(&unpacked).with_context(|| format!("{} cannot be made", unpacked.display()))?;
    let mut download = exec::command("apt-get");
    download.current_dir(&unpacked).args(["-q", "download", name]);
    // No network, or no such package in this Debian: whoever asked says that it is skipped.
    if exec::run(&mut download).is_err() && debian::update().and_then(|()| exec::run(&mut download)).is_err()
    {
        return Ok(None);
    }
    for package in packages_in(&unpacked)? {
        exec::run(exec::command("dpkg-deb").arg("-x").arg(&package).arg(&unpacked))?;
        fs::remove_file(&package).with_context(|| format!("{} cannot be removed", package.display()))?;
    }
    Ok(found())
}

/// Both print their version, each for another word; it needs libraries that a machine may lack.
fn answers(program: &Path) -> bool {
    let says = |word: &str| exec::answer(exec::command(program).arg(word)).is_some();
    program.is_file() && (says("-v") || says("version"))
}

fn packages_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files.filter(|file| file.extension().is_some_and(|kind| kind == "deb")).collect())
}
