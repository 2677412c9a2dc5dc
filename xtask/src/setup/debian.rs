//! What is installed from Debian's packages: a compiler whose standard library can be built for wasm, and the
//! browser. Installs as root or with passwordless sudo; links the compiler into rustup as `debian`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};

use crate::toolchain::DEBIAN;
use crate::{exec, places, report};

const COMPILER: [&str; 6] =
    ["rustc-web", "cargo-web", "rust-web-src", "lld-22", "rust-web-llvm", "rust-web-clippy"];
/// Where these packages install their programs, whatever else is on PATH.
const PREFIX: &str = "/usr";

/// Whether packages can be installed here without asking for a password.
pub(crate) fn is_possible() -> bool {
    Path::new("/etc/debian_version").exists() && privileged("true").is_some()
}

/// Installs packages; `why` says what for, and how long it takes.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    report::heading(&format!("installing Debian's {}", packages.join(", ")), why);
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut command = privileged("apt-get").context("this needs root, or sudo without a password")?;
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        exec::run(command.args(["-q", "-o", "Dpkg::Use-Pty=0"]).args(arguments))
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    let known = exec::answer(exec::command("apt-cache").arg("show").args(packages)).is_some();
    if known && apt(&install).is_ok() {
        return Ok(());
    }
    apt(&["update"])?;
    apt(&install).with_context(|| format!("could not install Debian's {}", packages.join(", ")))
}

/// Updates the list of Debian's packages.
pub(crate) fn update() -> Result<()> {
    let mut update = privileged("apt-get").context("this needs root, or sudo without a password")?;
    exec::run(update.args(["-q", "update"]).stdin(Stdio::null()))
}

/// Sets up Debian's compiler for wasm and links it into rustup.
pub(crate) fn build_wasm_target() -> Result<()> {
    install(&COMPILER, "a compiler for the client that comes with its source; usually half a minute")?;
    report::heading(
        "building the standard library for wasm",
        "once per compiler; usually one to two minutes",
    );
    let built = build_standard_library()?;
    let home = standard_library();
    let as_root = |program: &str| privileged(program).context("this needs root, or sudo without a password");
    exec::run(as_root("rm")?.arg("-rf").arg(&home))?;
    exec::run(as_root("mkdir")?.arg("-p").arg(&home))?;
    exec::run(as_root("cp")?.args(built).arg(&home))?;
    // A hundred megabytes that are no longer needed; failing to remove them does not matter.
    fs::remove_dir_all(places::cache().join("wasm-std")).ok();
    exec::run(exec::command("rustup").args(["toolchain", "link", DEBIAN, PREFIX]))
}

/// Removes what was compiled against a different standard library than the present one, if anything was:
/// another checkout may have rebuilt it, which cargo does not notice.
pub(crate) fn remove_stale_builds() -> Result<()> {
    let target = places::wasm_target();
    let note = target.join("standard-library");
    let now = contents(&standard_library())?;
    match fs::read_to_string(&note) {
        Ok(noted) if noted == now => return Ok(()),
        Ok(_) => {
            fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))?
        }
        Err(_) => {}
    }
    fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
    fs::write(&note, now).with_context(|| format!("cannot write {}", note.display()))
}

fn standard_library() -> PathBuf {
    Path::new(PREFIX).join("lib/rustlib/wasm32-unknown-unknown/lib")
}

/// The names, sizes and times of the files in a folder.
fn contents(folder: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let about = entry.metadata()?;
        let time = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        lines.push(format!("{} {} {}", entry.file_name().display(), about.len(), time.as_nanos()));
    }
    lines.sort();
    Ok(lines.join("\n"))
}

/// Compiles an empty crate together with the standard library; returns the library's parts.
fn build_standard_library() -> Result<Vec<PathBuf>> {
    let scratch = places::cache().join("wasm-std");
    fs::create_dir_all(scratch.join("src")).context("cannot write to the cache folder")?;
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"wasm-std\"\nedition = \"2021\"\n[workspace]\n",
    )?;
    fs::write(scratch.join("src/lib.rs"), "//! Empty: only its standard library is needed.\n")?;
    let target = scratch.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let prefix = Path::new(PREFIX);
    let vendored = prefix.join("lib/rustlib/src/rust/library/vendor");
    let mut cargo = exec::command(prefix.join("bin/cargo"));
    cargo.current_dir(&scratch).env("RUSTC", prefix.join("bin/rustc")).env("CARGO_TARGET_DIR", &target);
    cargo.env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
    // `lto = "fat"` needs the bitcode in the library.
    cargo.env("RUSTFLAGS", "-C embed-bitcode=yes");
    // The source package contains the crates that it needs, so no registry is used.
    cargo.args(["--config", "source.crates-io.replace-with='vendored'", "--config"]);
    cargo.arg(format!("source.vendored.directory='{}'", vendored.display()));
    cargo.args(["build", "--release", "--target", "wasm32-unknown-unknown"]);
    exec::run(cargo.args(["-Z", "build-std=std,panic_abort,test"]))?;
    let parts = rlibs(&target.join("wasm32-unknown-unknown/release/deps"))?;
    if parts.is_empty() {
        bail!("building the standard library for wasm produced no libraries");
    }
    Ok(parts)
}

/// The libraries in a folder, without the empty crate's own.
fn rlibs(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libwasm_std-") {
            found.push(path);
        }
    }
    Ok(found)
}

/// A command with root's rights: directly if we are root, otherwise with passwordless sudo.
fn privileged(program: &str) -> Option<Command> {
    if exec::answer(exec::command("id").arg("-u"))? == "0" {
        return Some(exec::command(program));
    }
    exec::answer(exec::command("sudo").args(["-n", "true"]))?;
    let mut sudo = exec::command("sudo");
    sudo.args(["-n", "--preserve-env=DEBIAN_FRONTEND", program]);
    Some(sudo)
}

/// Whether this program runs as root, when Chromium refuses to start with its sandbox.
pub(crate) fn is_root() -> bool {
    exec::answer(exec::command("id").arg("-u")).is_some_and(|id| id == "0")
}
