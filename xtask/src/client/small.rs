//! What makes the release client small besides its profile: a standard library compiled with it for size, whose
//! panics are traps without messages (the debug client prints them). This needs the library's source and two
//! unstable compiler switches. Without the source the client is still built, an eighth larger.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::toolchain::Toolchain;
use crate::{exec, places, report};

/// Panics become traps; source locations and debug texts are dropped.
const RUSTFLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";
/// How long adding the source component may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes this build of the client compile its own standard library, if the source is installed or can be.
pub(super) fn with_own_library(build: &mut Command, toolchain: Toolchain) -> Result<()> {
    if !has_source(toolchain) && !add_source(toolchain) {
        println!(
            "The standard library's source is not installed: the client will be about an eighth larger."
        );
        return Ok(());
    }
    // In a target folder of its own, since the switch below would cause a rebuild at every change of profile.
    build.env("CARGO_TARGET_DIR", places::wasm_target().join("small"));
    build.env("RUSTC_BOOTSTRAP", "1");
    build.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    build.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
    Ok(())
}

/// How the release client is compiled here, for the note in its folder.
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
                "installing the standard library's source",
                "makes the client smaller; takes a few seconds",
            );
            let mut rustup = exec::command("rustup");
            rustup.args(["component", "add", "rust-src"]).env("RUSTUP_MAX_RETRIES", "0");
            exec::run_within(&mut rustup, PATIENCE).is_ok() && has_source(toolchain)
        }
        // Installed with the compiler.
        Toolchain::Debian => false,
    }
}
