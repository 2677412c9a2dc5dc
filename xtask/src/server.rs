//! Builds the server, alone or with the client inside.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::client::Profile;
use crate::{exec, places, report};

/// Builds the server and says where its program is.
pub(crate) fn build(profile: Profile) -> Result<PathBuf> {
    let (folder, flag, expectation) = match profile {
        Profile::Debug => ("debug", None, "a debug build; usually 1 to 2 minutes the first time"),
        Profile::Release => ("release", Some("--release"), "usually 2 to 4 minutes the first time"),
    };
    let program = places::native_target().join(folder).join("call-server");
    let detail = if program.exists() { "what changed since the last time" } else { expectation };
    report::heading("building the server", detail);
    exec::run(exec::command("cargo").args(["build", "-p", "call-server"]).args(flag))?;
    Ok(program)
}

/// The profile of what is distributed, and measured: see `Cargo.toml`.
const FOR_PRODUCTION: [&str; 5] = ["build", "-p", "call-server", "--profile", "dist"];
const HOW_LONG: &str = "usually 4 to 6 minutes the first time: everything is optimised as one";

/// Builds the server as it is distributed, without a client inside, and says where its program is.
pub(crate) fn build_for_production() -> Result<PathBuf> {
    report::heading("building the server as it is distributed", HOW_LONG);
    exec::run(exec::command("cargo").args(FOR_PRODUCTION))?;
    Ok(built_for_production())
}

/// Builds the server as it is distributed, with a client inside, and puts the program where it is wanted.
pub(crate) fn build_with_client(client: &Path, program: &Path) -> Result<()> {
    report::heading("building the server with the client inside", HOW_LONG);
    let mut cargo = exec::command("cargo");
    cargo.args(FOR_PRODUCTION).args(["--features", "embedded-client"]);
    exec::run(cargo.env("CALLS_EMBED_CLIENT", client))?;
    // A copy: the next build without the client takes the place in the target folder.
    let built = built_for_production();
    let folder = program.parent().unwrap_or(program);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(&built, program))
        .with_context(|| format!("{} cannot be written", program.display()))?;
    Ok(())
}

fn built_for_production() -> PathBuf {
    places::native_target().join("dist").join("call-server")
}
