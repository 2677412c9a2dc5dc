//! Builds the server, with or without the client embedded. Never starts it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::client::Profile;
use crate::{exec, places, report};

/// Builds the server and returns the path of its program.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let (folder, flag, expectation) = match profile {
        Profile::Debug => ("debug", None, "a debug build; usually 1 to 2 minutes the first time"),
        Profile::Release => ("release", Some("--release"), "usually 2 to 4 minutes the first time"),
    };
    let program = places::native_target().join(folder).join("call-server");
    let detail = if program.exists() { "only what has changed" } else { expectation };
    report::heading("building the server", detail);
    exec::run(exec::command("cargo").args(["build", "-p", "call-server"]).args(flag))?;
    Ok(program)
}

/// The profile that is distributed and measured: see `Cargo.toml`.
const FOR_PRODUCTION: [&str; 5] = ["build", "-p", "call-server", "--profile", "dist"];
const HOW_LONG: &str = "usually 4 to 6 minutes the first time: everything is optimised as one";

/// Builds the server with the distribution profile, without a client, and returns the path of its program.
pub(crate) fn build_for_production() -> Result<PathBuf> {
    report::heading("building the server with the distribution profile", HOW_LONG);
    exec::run(exec::command("cargo").args(FOR_PRODUCTION))?;
    Ok(built_for_production())
}

/// Builds the server with the distribution profile and the client embedded, and copies the program to the
/// requested path.
pub(crate) fn build_with_client(client: &Path, program: &Path) -> Result<()> {
    report::heading("building the server with the client embedded", HOW_LONG);
    let mut cargo = exec::command("cargo");
    cargo.args(FOR_PRODUCTION).args(["--features", "embedded-client"]);
    exec::run(cargo.env("CALLS_EMBED_CLIENT", client))?;
    // Copied, since the next build without the client overwrites the one in the target folder.
    let built = built_for_production();
    let folder = program.parent().unwrap_or(program);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(&built, program))
        .with_context(|| format!("cannot write {}", program.display()))?;
    Ok(())
}

fn built_for_production() -> PathBuf {
    places::native_target().join("dist").join("call-server")
}
