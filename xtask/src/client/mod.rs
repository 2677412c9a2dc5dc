//! Builds the client with Trunk and adds `calls.js`, the module by which other pages embed the calls.
//! Owns the client's output folders; compiles nothing itself.

mod fingerprint;
mod small;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::setup::Tools;
use crate::toolchain::Toolchain;
use crate::{compress, exec, places, report};

/// The package of the client.
pub(crate) const CLIENT: &str = "messenger-calls";
/// The package of the page around it, which Trunk builds.
pub(crate) const PAGE: &str = "messenger-page";
/// What the client's tests share.
pub(crate) const TEST_KIT: &str = "kit-browser";

const CALLS_JS: &str = include_str!("calls.js");

/// How the client is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build: for development and for the end-to-end tests.
    Debug,
    /// Small: what browsers of people load.
    Release,
}

impl Profile {
    fn cargo_name(self) -> &'static str {
        match self {
            Self::Debug => "dev",
            Self::Release => "wasm-release",
        }
    }

    fn expectation(self) -> &'static str {
        match self {
            Self::Debug => "a debug build; usually 2 to 4 minutes the first time, seconds later",
            Self::Release => "optimised for size; usually 4 to 8 minutes the first time",
        }
    }
}

/// Makes sure that `dist` holds the client as the source is now.
pub(crate) fn build(tools: &Tools, profile: Profile, dist: &Path) -> Result<()> {
    let built = Built { profile, toolchain: tools.toolchain, dist: dist.to_path_buf() };
    let wanted = fingerprint::of_client(places::root());
    if built.is(&wanted) {
        return Ok(());
    }
    report::heading("building the client", profile.expectation());
    built.forget()?;
    let mut trunk = tools.trunk();
    trunk.args(["build", "--cargo-profile", profile.cargo_name(), "--dist"]).arg(dist);
    match profile {
        Profile::Debug => {}
        Profile::Release => {
            trunk.arg("--minify");
            small::with_own_library(&mut trunk, tools.toolchain)?;
        }
    }
    exec::run(&mut trunk)?;
    write_calls_js(dist)?;
    match profile {
        Profile::Debug => {}
        Profile::Release => compress::folder(dist)?,
    }
    built.remember(&wanted)
}

/// The note about what an output folder was built from.
struct Built {
    profile: Profile,
    toolchain: Toolchain,
    dist: PathBuf,
}

impl Built {
    fn note(&self) -> PathBuf {
        let name = self.dist.file_name().unwrap_or_default().to_string_lossy();
        places::wasm_target().join(format!("built-{name}"))
    }

    fn text(&self, fingerprint: &str) -> String {
        // This program writes `calls.js` and chooses the switches: others count as a change too.
        let switches = match self.profile {
            Profile::Debug => "",
            Profile::Release => small::switches(self.toolchain),
        };
        format!("{} {fingerprint} {switches}\n{CALLS_JS}", self.profile.cargo_name())
    }

    fn is(&self, fingerprint: &str) -> bool {
        let noted = fs::read_to_string(self.note()).is_ok_and(|note| note == self.text(fingerprint));
        noted && self.dist.join("calls.js").exists()
    }

    fn forget(&self) -> Result<()> {
        match fs::remove_file(self.note()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn remember(&self, fingerprint: &str) -> Result<()> {
        let note = self.note();
        fs::write(&note, self.text(fingerprint))
            .with_context(|| format!("{} cannot be written", note.display()))
    }
}

/// Writes the module for embedding beside the files whose hashed names it hides.
fn write_calls_js(dist: &Path) -> Result<()> {
    let wasm = find_wasm(dist)?;
    let name = wasm.file_name().unwrap_or_default().to_string_lossy();
    let file = dist.join("calls.js");
    fs::write(&file, calls_js(&name)?).with_context(|| format!("{} cannot be written", file.display()))
}

fn find_wasm(dist: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(dist).with_context(|| format!("{} cannot be read", dist.display()))?;
    let mut found = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    found
        .find(|path| path.to_string_lossy().ends_with("_bg.wasm"))
        .with_context(|| format!("Trunk left no wasm in {}", dist.display()))
}

/// The text of `calls.js` for a wasm file of this name; its JavaScript is beside it, named alike.
fn calls_js(wasm: &str) -> Result<String> {
    let Some(stem) = wasm.strip_suffix("_bg.wasm") else {
        bail!("{wasm} is not named as wasm-bindgen names its output");
    };
    Ok(CALLS_JS.replace("__GLUE__", &format!("{stem}.js")).replace("__WASM__", wasm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_for_embedding_names_the_hashed_files() {
        let text = calls_js("messenger-calls-1a2b_bg.wasm").unwrap();
        assert!(text.contains("import('./messenger-calls-1a2b.js')"), "{text}");
        assert!(text.contains("messenger-calls-1a2b.js?try="), "{text}");
        assert!(text.contains("new URL('./messenger-calls-1a2b_bg.wasm', import.meta.url)"), "{text}");
        assert!(!text.contains("__"), "a placeholder is left: {text}");
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        assert!(calls_js("logo.wasm").is_err());
    }
}
