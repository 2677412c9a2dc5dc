//! Tools that make a compiled release client smaller: Binaryen's `wasm-opt` and esbuild, from npm, in a folder
//! of our own. Without them the client is still built, only larger.

use std::path::PathBuf;

use anyhow::Result;

use super::node;
use crate::{exec, places, report, versions};

/// The paths of the programs.
#[derive(Clone, Debug)]
pub(crate) struct Squeezers {
    /// Binaryen's optimiser.
    pub(crate) wasm_opt: PathBuf,
    /// The JavaScript minifier.
    pub(crate) esbuild: PathBuf,
}

/// Finds them, or has npm install them if it is on PATH; reports if they are not available.
pub(super) fn ensure() -> Result<Option<Squeezers>> {
    let [binaryen, esbuild] = versions::SQUEEZERS.map(|(package, version)| format!("{package}@{version}"));
    let folder = places::cache().join("tools").join(format!("squeezers-{binaryen}-{esbuild}"));
    let programs = folder.join("node_modules/.bin");
    let squeezers = Squeezers { wasm_opt: programs.join("wasm-opt"), esbuild: programs.join("esbuild") };
    let whole = || squeezers.wasm_opt.is_file() && squeezers.esbuild.is_file();
    if whole() {
        return Ok(Some(squeezers));
    }
    let Some(npm) = node::find() else {
        println!("Node.js and npm are not on PATH: the client becomes about a tenth larger.");
        return Ok(None);
    };
    report::heading("installing wasm-opt and esbuild", "make the client smaller; takes a few seconds");
    let mut install = exec::command(npm);
    install.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    let installed = exec::run(install.arg(&folder).args([binaryen, esbuild]));
    if installed.is_err() || !whole() {
        println!("npm could not install them: the client becomes about a tenth larger.");
        return Ok(None);
    }
    Ok(Some(squeezers))
}
