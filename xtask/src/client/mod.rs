//! Builds the client with Trunk and adds `calls.js`, the module that other pages embed. Owns the client's
//! output folders; compiles nothing itself.

mod entry;
mod fingerprint;
mod glue;
mod rooms;
mod small;
mod squeeze;
mod wasm;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) use self::entry::Entry;
use self::entry::Files;
use self::wasm::Wasm;
use crate::setup::{self, Tools};
use crate::toolchain::Toolchain;
use crate::{compress, exec, places, report};

/// The package of the client.
pub(crate) const CLIENT: &str = "messenger-calls";
/// The package of its two programs, which Trunk builds.
pub(crate) const PAGE: &str = "messenger-page";

/// The package that the browser tests share.
pub(crate) const TEST_KIT: &str = "kit-browser";

const CALLS_JS: &str = include_str!("calls.js");
/// How many rows of the size breakdown are printed.
const ROOMS: usize = 10;

/// How the client is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build: for development.
    Debug,
    /// Small: for people's browsers.
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

/// Makes sure that `dist` contains the client built from the current source.
pub(crate) fn build(tools: &Tools, profile: Profile, dist: &Path) -> Result<()> {
    let squeezers = match profile {
        Profile::Debug => None,
        Profile::Release => setup::squeezers()?,
    };
    let switches = match profile {
        Profile::Debug => String::new(),
        Profile::Release => format!("{} {squeezers:?}", small::switches(tools.toolchain)),
    };
    let built = Built { profile, switches, dist: dist.to_path_buf() };
    let wanted = fingerprint::of_client(places::root());
    if built.is(&wanted) {
        return Ok(());
    }
    report::heading("building the client", profile.expectation());
    built.forget()?;
    let compiled = Compiled { profile, toolchain: tools.toolchain };
    // Builds both programs at once; Trunk, which builds one after the other, then finds them compiled.
    let mut cargo = tools.toolchain.cargo();
    cargo.args(["build", "--target", "wasm32-unknown-unknown", "--manifest-path", "page/Cargo.toml"]);
    exec::run(compiled.configure(&mut cargo)?.args(["--profile", profile.cargo_name(), "--bins"]))?;
    let mut trunk = tools.trunk();
    trunk.args(["build", "--cargo-profile", profile.cargo_name(), "--dist"]).arg(dist);
    match profile {
        Profile::Debug => {}
        // Trunk minifies the page, but not the JavaScript.
        Profile::Release => drop(trunk.arg("--minify")),
    }
    exec::run(compiled.configure(&mut trunk)?)?;
    for entry in Entry::ALL {
        finish(entry, profile, squeezers.as_ref(), dist)?;
    }
    match profile {
        Profile::Debug => {}
        Profile::Release => compress::folder(dist)?,
    }
    built.remember(&wanted)
}

/// Whether all the tools are available that make the release client as small as possible.
pub(crate) fn is_smallest(tools: &Tools) -> Result<bool> {
    Ok(!small::switches(tools.toolchain).is_empty() && setup::squeezers()?.is_some())
}

/// Puts an entry's files into their final form and names.
fn finish(entry: Entry, profile: Profile, squeezers: Option<&setup::Squeezers>, dist: &Path) -> Result<()> {
    let mut files = Files::take(entry, dist)?;
    match profile {
        Profile::Debug => {}
        Profile::Release => {
            let rooms = rooms::largest(&Wasm::parse(&files.wasm)?.functions()?, ROOMS);
            let rows: Vec<_> = rooms.into_iter().map(|(room, bytes)| vec![room, bytes.to_string()]).collect();
            fs::write(rooms_note(entry), report::table(&rows)).context("cannot write the size breakdown")?;
            squeeze::squeeze(entry, &mut files, squeezers)?;
        }
    }
    let stem = files.put(entry, dist)?;
    match entry {
        Entry::Messenger => Ok(()),
        Entry::Widget => {
            let file = dist.join("calls.js");
            fs::write(&file, calls_js(&stem)).with_context(|| format!("cannot write {}", file.display()))
        }
    }
}

/// The largest parts of an entry's wasm, as a table, from its last release build.
pub(crate) fn largest_rooms(entry: Entry) -> String {
    fs::read_to_string(rooms_note(entry)).unwrap_or_default()
}

fn rooms_note(entry: Entry) -> PathBuf {
    places::wasm_target().join(format!("rooms-{}", entry.name()))
}

/// How cargo compiles, alone and within Trunk.
struct Compiled {
    profile: Profile,
    toolchain: Toolchain,
}

impl Compiled {
    fn configure<'command>(
        &self,
        command: &'command mut std::process::Command,
    ) -> Result<&'command mut std::process::Command> {
        match self.profile {
            Profile::Debug => {}
            Profile::Release => small::with_own_library(command, self.toolchain)?,
        }
        Ok(command)
    }
}

/// The note that records what an output folder was built from.
struct Built {
    profile: Profile,
    switches: String,
    dist: PathBuf,
}

impl Built {
    fn note(&self) -> PathBuf {
        let name = self.dist.file_name().unwrap_or_default().to_string_lossy();
        places::wasm_target().join(format!("built-{name}"))
    }

    fn text(&self, fingerprint: &str) -> String {
        // This program writes `calls.js` and chooses the switches, so changes to them count, too.
        format!("{} {fingerprint} {}\n{CALLS_JS}", self.profile.cargo_name(), self.switches)
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
        fs::write(&note, self.text(fingerprint)).with_context(|| format!("cannot write {}", note.display()))
    }
}

/// The text of `calls.js` for a widget whose files have this name.
fn calls_js(stem: &str) -> String {
    CALLS_JS.replace("__GLUE__", &format!("{stem}.js")).replace("__WASM__", &format!("{stem}_bg.wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_for_embedding_names_the_hashed_files() {
        let text = calls_js("widget-1a2b");
        assert!(text.contains("import('./widget-1a2b.js')"), "{text}");
        assert!(text.contains("widget-1a2b.js?try="), "{text}");
        assert!(text.contains("new URL('./widget-1a2b_bg.wasm', import.meta.url)"), "{text}");
        assert!(!text.contains("__"), "a placeholder was not replaced: {text}");
    }
}
