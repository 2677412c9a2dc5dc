//! Builds the server.

use std::path::PathBuf;

use anyhow::Result;

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
