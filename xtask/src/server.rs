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

/// Builds the release server with a client inside and puts the program where it is wanted.
pub(crate) fn build_with_client(client: &Path, program: &Path) -> Result<()> {
    report::heading("building the server with the client inside", "usually 2 to 4 minutes the first time");
    let mut cargo = exec::command("cargo");
    cargo.args(["build", "-p", "call-server", "--release", "--features", "embedded-client"]);
    exec::run(cargo.env("CALLS_EMBED_CLIENT", client))?;
    // A copy: the next build without the client takes the place in the target folder.
    let built = places::native_target().join("release").join("call-server");
    let folder = program.parent().unwrap_or(program);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(&built, program))
        .with_context(|| format!("{} cannot be written", program.display()))?;
    Ok(())
}
