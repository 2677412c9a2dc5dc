//! What makes the release client small beyond its profile: a standard library that is compiled with it, for size, and
//! whose panics are a trap without words (nobody reads them in a release; the debug client says them all).
//! That takes the library's source and two unstable switches of the compiler. Without the source the client is built
//! as well, an eighth larger.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::toolchain::Toolchain;
use crate::{exec, places, report};

/// Panics become traps; neither their places in the source nor texts for debugging are kept.
const RUSTFLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";
/// How long adding the source may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Has this build of the client compile its own standard library, if the source is here or can be had.
pub(super) fn with_own_library(build: &mut Command, toolchain: Toolchain) -> Result<()> {
    if !has_source(toolchain) && !add_source(toolchain) {
        println!("The standard library's source is not here: the client becomes about an eighth larger.");
        return Ok(());
    }
    // A folder of its own: what the switch below changes would be compiled anew at every change of profile.
    build.env("CARGO_TARGET_DIR", places::wasm_target().join("small"));
    build.env("RUSTC_BOOTSTRAP", "1");
    build.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    build.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
    Ok(())
}

/// How the release client is compiled here, as its note says it.
pub(super) fn switches(toolchain: Toolchain) -> &'static str {
    if has_source(toolchain) { RUSTFLAGS } else { "" }
}

fn has_source(toolchain: Toolchain) -> bool {
    let sysroot = exec::answer(toolchain.command("rustc").args(["--print", "sysroot"]));
    sysroot.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file())
}

fn add_source(toolchain: Toolchain) -> bool {
    match toolchain {
        Toolchain::Active => {
            report::heading(
                "adding the standard library's source",
                "it makes the client smaller; a few seconds",
            );
            let mut rustup = exec::command("rustup");
            rustup.args(["component", "add", "rust-src"]).env("RUSTUP_MAX_RETRIES", "0");
            exec::run_within(&mut rustup, PATIENCE).is_ok() && has_source(toolchain)
        }
        // Came with the compiler.
        Toolchain::Debian => false,
    }
}
