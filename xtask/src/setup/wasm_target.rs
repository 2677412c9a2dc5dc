//! The standard library for wasm: installed already, from rustup, or built from Debian's packages. Owns the
//! order of these three; `debian` does the last.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::toolchain::Toolchain;
use crate::{exec, report};

/// How long rustup may take if Debian's packages are an alternative.
const PATIENCE_WITH_AN_ALTERNATIVE: Duration = Duration::from_secs(60);
/// How long rustup may take if there is no alternative.
const PATIENCE_WITHOUT: Duration = Duration::from_secs(1200);

/// Makes sure that some toolchain can build for wasm.
pub(crate) fn ensure() -> Result<Toolchain> {
    let toolchain = find_or_add()?;
    match toolchain {
        Toolchain::Active => {}
        Toolchain::Debian => debian::remove_stale_builds()?,
    }
    Ok(toolchain)
}

fn find_or_add() -> Result<Toolchain> {
    if let Some(toolchain) = Toolchain::detect() {
        return Ok(toolchain);
    }
    let alternative = debian::is_possible();
    if exec::on_path(&["rustup"]).is_none() {
        bail!(
            "Rust has no wasm32-unknown-unknown target and there is no rustup to add it: see https://rustup.rs"
        );
    }
    report::heading("adding the wasm target", "the client is compiled to wasm; usually a few seconds");
    let mut rustup = exec::command("rustup");
    // One try: if rustup's server is unreachable, there is an alternative.
    rustup.args(["target", "add", "wasm32-unknown-unknown"]).env("RUSTUP_MAX_RETRIES", "0");
    let patience = if alternative { PATIENCE_WITH_AN_ALTERNATIVE } else { PATIENCE_WITHOUT };
    let added = exec::run_within(&mut rustup, patience);
    if added.is_ok()
        && let Some(toolchain) = Toolchain::detect()
    {
        return Ok(toolchain);
    }
    if !alternative {
        added.context(
            "rustup could not add the wasm target and there is no other way here (Debian, as root, has one)",
        )?;
        bail!(
            "rustup added the wasm target, but the active rustc still cannot build for it: check `which rustc`"
        );
    }
    println!("rustup could not add it: Debian's own compiler will build the client");
    debian::build_wasm_target()?;
    Toolchain::detect().context("Debian's compiler still cannot build for wasm after its set-up")
}
