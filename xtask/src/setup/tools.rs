//! Trunk, wasm-bindgen, cargo-deny and geckodriver: found on PATH in a version that fits, or compiled once into our own
//! tools folder. Knows how each is best compiled; knows nothing about wasm compilers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{exec, places, report, versions};

/// Trunk, which builds the page.
pub(crate) fn trunk() -> Result<PathBuf> {
    let fits = |version: &str| versions::compatible(version, versions::TRUNK);
    let folder = own_folder("trunk", versions::TRUNK);
    if let Some(found) = find("trunk", &folder, fits) {
        return Ok(found);
    }
    let why = "builds the page; usually 5 to 8 minutes, only once";
    // Its release profile takes very long to compile, and rustc does the heavy work anyway.
    let mut cargo = install(&format!("Trunk {}", versions::TRUNK), why, &folder);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").args([
        "trunk",
        "--version",
        versions::TRUNK,
        "--locked",
        "--debug",
    ]);
    // Without TLS: it downloads nothing for us.
    finish(cargo.arg("--no-default-features"))?;
    find("trunk", &folder, fits).context("Trunk was installed but does not answer")
}

/// The program `wasm-bindgen` of exactly this version, together with its test runner.
pub(crate) fn wasm_bindgen(version: &str) -> Result<PathBuf> {
    let complete = |path: &Path| path.with_file_name("wasm-bindgen-test-runner").is_file();
    let folder = own_folder("wasm-bindgen", version);
    if let Some(found) = find("wasm-bindgen", &folder, |found| found == version).filter(|path| complete(path))
    {
        return Ok(found);
    }
    let why = "makes the client callable from JavaScript; usually 3 to 5 minutes, only once";
    let mut cargo = install(&format!("wasm-bindgen {version}"), why, &folder);
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    // No `--locked`: the lock file of some versions names a package that registries no longer serve.
    // Without TLS: it speaks to the browser's driver on this machine only.
    cargo.args(["wasm-bindgen-cli", "--version", version, "--no-default-features"]);
    finish(cargo.args(["--bin", "wasm-bindgen", "--bin", "wasm-bindgen-test-runner"]))?;
    find("wasm-bindgen", &folder, |found| found == version)
        .context("wasm-bindgen was installed but does not answer")
}

/// cargo-deny, which checks licences, advisories and sources of the dependencies; none if it cannot be
/// compiled.
pub(crate) fn cargo_deny() -> Option<PathBuf> {
    let fits = |version: &str| versions::compatible(version, versions::CARGO_DENY);
    let folder = own_folder("cargo-deny", versions::CARGO_DENY);
    if let Some(found) = find("cargo-deny", &folder, fits) {
        return Some(found);
    }
    let why = "checks the dependencies; usually 1 to 2 minutes, only once";
    let mut cargo = install(&format!("cargo-deny {}", versions::CARGO_DENY), why, &folder);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    cargo.args(["cargo-deny", "--version", versions::CARGO_DENY, "--locked", "--debug"]);
    // Without the libraries that read the registry's index: the lock file is what is checked.
    // The caller reports that it is skipped.
    finish(cargo.arg("--no-default-features")).ok()?;
    find("cargo-deny", &folder, fits)
}

/// geckodriver, through which the tests drive Firefox; none if it cannot be compiled.
pub(crate) fn geckodriver() -> Option<PathBuf> {
    let fits = |version: &str| versions::compatible(version, versions::GECKODRIVER);
    let folder = own_folder("geckodriver", versions::GECKODRIVER);
    if let Some(found) = find("geckodriver", &folder, fits) {
        return Some(found);
    }
    let why = "drives Firefox in the tests; usually 2 to 4 minutes, only once";
    let mut cargo = install(&format!("geckodriver {}", versions::GECKODRIVER), why, &folder);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    cargo.args(["geckodriver", "--version", versions::GECKODRIVER, "--locked", "--debug"]);
    // The caller reports that it is skipped.
    finish(&mut cargo).ok()?;
    find("geckodriver", &folder, fits)
}

/// The program on PATH or in our own folder, if its version fits.
fn find(name: &str, folder: &Path, fits: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let candidates = [exec::on_path(&[name]), Some(folder.join("bin").join(name))];
    candidates.into_iter().flatten().find(|program| {
        let printed = exec::answer(exec::command(program).arg("--version"));
        printed.as_deref().and_then(versions::printed).is_some_and(&fits)
    })
}

fn own_folder(name: &str, version: &str) -> PathBuf {
    places::cache().join("tools").join(format!("{name}-{version}"))
}

/// The common arguments of `cargo install`. An interrupted one continues where it stopped, thanks to the kept
/// folder.
fn install(title: &str, why: &str, folder: &Path) -> std::process::Command {
    report::heading(&format!("compiling {title}"), why);
    let mut cargo = exec::command("cargo");
    cargo.env("CARGO_TARGET_DIR", scratch()).env("CARGO_INCREMENTAL", "0");
    cargo.arg("install").arg("--root").arg(folder);
    cargo
}

fn finish(cargo: &mut std::process::Command) -> Result<()> {
    if exec::on_path(&["cc", "gcc", "clang"]).is_none() {
        bail!(
            "there is no C compiler, which building the tools needs: on Debian, `apt-get install build-essential`"
        );
    }
    exec::run(cargo)?;
    // A few hundred megabytes that are no longer needed; failing to remove them does not matter.
    fs::remove_dir_all(scratch()).ok();
    Ok(())
}

fn scratch() -> PathBuf {
    places::cache().join("build")
}
