//! Which compiler builds the client: the active one if it can, otherwise Debian's, linked into rustup as
//! `debian`. Only finds it; installs nothing.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::{exec, places};

/// The name under which `setup` links Debian's compiler into rustup.
pub(crate) const DEBIAN: &str = "debian";

/// A compiler that can build for wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain that also builds the native side.
    Active,
    /// Debian's, if the active one has no standard library for wasm and cannot download it.
    Debian,
}

impl Toolchain {
    /// The toolchain that can build for wasm right now, if there is one.
    pub(crate) fn detect() -> Option<Self> {
        [Self::Active, Self::Debian].into_iter().find(|toolchain| toolchain.builds_wasm())
    }

    /// Its name for a person.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Debian => DEBIAN,
        }
    }

    /// Cargo of this toolchain, with the target folder of wasm builds.
    pub(crate) fn cargo(self) -> Command {
        self.command("cargo")
    }

    /// A program whose child processes use this toolchain and the target folder of wasm builds.
    pub(crate) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = exec::command(program);
        command.env("CARGO_TARGET_DIR", places::wasm_target());
        match self {
            Self::Active => {}
            Self::Debian => {
                command.env("RUSTUP_TOOLCHAIN", DEBIAN);
            }
        }
        command
    }

    /// Compiles an empty crate: the only check that also detects a standard library of a different compiler
    /// version.
    fn builds_wasm(self) -> bool {
        let probe = std::env::temp_dir().join(format!("messenger-calls-probe-{}.rmeta", std::process::id()));
        let mut rustc = self.command("rustc");
        rustc.args(["--crate-name", "probe", "--crate-type", "lib", "--emit", "metadata"]);
        rustc.args(["--target", "wasm32-unknown-unknown", "-o"]).arg(&probe).arg("-");
        rustc.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let builds = rustc.status().is_ok_and(|status| status.success());
        // There is nothing to remove if the probe failed.
        std::fs::remove_file(&probe).ok();
        builds
    }
}
