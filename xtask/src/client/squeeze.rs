//! Makes a release client's files smaller after wasm-bindgen: removes unused exports, shortens the names of
//! imports and exports, and has tools from npm, if available, remove dead code and minify the JavaScript. Never
//! changes what the client does.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::entry::{Entry, Files};
use super::glue;
use super::wasm::Wasm;
use crate::setup::Squeezers;
use crate::{exec, places};

/// The short name of the import module.
const MODULE: &str = "m";

/// Makes an entry's files smaller.
pub(super) fn squeeze(entry: Entry, files: &mut Files, tools: Option<&Squeezers>) -> Result<()> {
    let mut wasm = Wasm::parse(&files.wasm)?;
    wasm.drop_custom_sections()?;
    let mut glue = glue::keep_exports(&files.glue, entry.exports())?;
    let used = glue::used_exports(&glue);
    wasm.rename_exports(|name| used.contains(name).then(|| name.to_owned()))?;
    if let Some(tools) = tools {
        wasm = Wasm::parse(&optimized(&wasm.bytes(), tools)?)?;
    }
    let imports = short_names(wasm.imports()?);
    wasm.rename_imports(MODULE, |name| imports[name].clone())?;
    glue = glue::rename_imports(&glue, MODULE, &imports)?;
    let exports = short_names(wasm.exports()?);
    wasm.rename_exports(|name| exports.get(name).cloned())?;
    let missing: Vec<_> = glue::used_exports(&glue)
        .into_iter()
        .filter(|name| !exports.contains_key(*name))
        .map(str::to_owned)
        .collect();
    ensure!(missing.is_empty(), "wasm-bindgen's JavaScript uses exports that the wasm lacks: {missing:?}");
    glue = glue::rename_exports(&glue, &exports);
    if let Some(tools) = tools {
        glue = minified(&glue, tools)?;
    }
    (files.glue, files.wasm) = (glue, wasm.bytes());
    Ok(())
}

/// Assigns `a` to `z`, `A` to `Z`, then two letters, to these names in order.
fn short_names(names: Vec<String>) -> BTreeMap<String, String> {
    names.into_iter().enumerate().map(|(number, name)| (name, short(number))).collect()
}

fn short(number: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let last = char::from(LETTERS[number % LETTERS.len()]);
    match number / LETTERS.len() {
        0 => last.to_string(),
        more => short(more - 1) + &last.to_string(),
    }
}

/// Runs Binaryen's optimiser for size. The file itself states which wasm features it may use. Nothing lies in the first KiB of
/// memory but the far end of the stack, so that offsets may be folded into loads and stores.
fn optimized(wasm: &[u8], tools: &Squeezers) -> Result<Vec<u8>> {
    let [before, after] = ["before.wasm", "after.wasm"].map(scratch);
    fs::write(&before, wasm).with_context(|| format!("cannot write {}", before.display()))?;
    let mut wasm_opt = exec::command(&tools.wasm_opt);
    exec::run(wasm_opt.args(["-Oz", "--low-memory-unused"]).arg(&before).arg("-o").arg(&after))?;
    fs::read(&after).context("wasm-opt wrote nothing")
}

/// Minifies the glue with esbuild.
fn minified(glue: &str, tools: &Squeezers) -> Result<String> {
    let [before, after] = ["before.js", "after.js"].map(scratch);
    fs::write(&before, glue).with_context(|| format!("cannot write {}", before.display()))?;
    let mut esbuild = exec::command(&tools.esbuild);
    esbuild.args(["--minify", "--format=esm", "--target=es2022", "--log-level=error"]);
    exec::run(esbuild.arg(format!("--outfile={}", after.display())).arg(&before))?;
    fs::read_to_string(&after).context("esbuild wrote nothing")
}

fn scratch(name: &str) -> PathBuf {
    places::wasm_target().join(name)
}

#[cfg(test)]
mod tests {
    use super::super::{glue::tests::GLUE, wasm::tests::sample};
    use super::*;

    fn files() -> Files {
        Files { glue: GLUE.to_owned(), wasm: sample(), stem: "sample".to_owned() }
    }

    #[test]
    fn without_tools_names_are_short_and_what_nobody_calls_is_no_longer_exported() {
        let mut files = files();
        squeeze(Entry::Messenger, &mut files, None).unwrap();
        let wasm = Wasm::parse(&files.wasm).unwrap();
        assert_eq!(
            (wasm.imports().unwrap(), wasm.exports().unwrap()),
            (["a", "b"].map(str::to_owned).to_vec(), ["a", "b"].map(str::to_owned).to_vec())
        );
        assert!(files.glue.contains("b: wasm.a,") && files.glue.contains("wasm.b();"), "{}", files.glue);
        assert!(!files.glue.contains("mount("), "{}", files.glue);
    }

    #[test]
    fn glue_that_needs_more_than_the_wasm_exports_is_refused() {
        let refused = squeeze(Entry::Widget, &mut files(), None).unwrap_err().to_string();
        assert!(refused.contains("widget_hangUp"), "{refused}");
    }

    #[test]
    fn short_names_are_never_the_same() {
        let names: Vec<_> = [0, 1, 51, 52, 53, 103, 104, 2755, 2756].map(short).into();
        assert_eq!(names, ["a", "b", "Z", "aa", "ab", "aZ", "ba", "ZZ", "aaa"]);
    }
}
