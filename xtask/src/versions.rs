//! The versions of the tools: pinned ones are listed here, the others come from `Cargo.lock`. Compares version
//! numbers; runs nothing.

use std::fs;

use anyhow::{Context, Result};

use crate::places;

/// The Trunk that is installed if none is found that fits (0.22 needs a newer compiler).
pub(crate) const TRUNK: &str = "0.21.14";

/// The cargo-deny that checks the dependencies.
pub(crate) const CARGO_DENY: &str = "0.20.2";

/// The geckodriver that is compiled if none is found.
pub(crate) const GECKODRIVER: &str = "0.37.1";

/// The Schemathesis that tests the REST API, and the generator of test data that it uses.
pub(crate) const SCHEMATHESIS: &str = "4.32.5";
pub(crate) const HYPOTHESIS: &str = "6.170.15";

/// Tools that make a release client smaller: Binaryen has `wasm-opt`, esbuild minifies JavaScript.
pub(crate) const SQUEEZERS: [(&str, &str); 2] = [("binaryen", "132.0.0"), ("esbuild", "0.28.2")];

/// The third-party WebRTC stack of the tests, with its dependencies and those of its program.
pub(crate) const AIORTC: [(&str, &str); 4] =
    [("aiortc", "1.16.0"), ("aioice", "0.13.0"), ("av", "18.1.0"), ("aiohttp", "3.14.5")];

/// The version of wasm-bindgen in `Cargo.lock`; its command-line tools must have exactly the same version.
pub(crate) fn wasm_bindgen() -> Result<String> {
    let lock = fs::read_to_string(places::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    locked("wasm-bindgen", &lock).map(str::to_owned).context("Cargo.lock does not contain wasm-bindgen")
}

/// The version of a package in the text of a lock file.
fn locked<'lock>(package: &str, lock: &'lock str) -> Option<&'lock str> {
    let name_line = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name_line);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// The version number in the output of a program's `--version`, such as `trunk 0.21.14`.
pub(crate) fn printed(output: &str) -> Option<&str> {
    output.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// Whether `found` is of the same minor series as `wanted` and not older.
pub(crate) fn compatible(found: &str, wanted: &str) -> bool {
    let numbers = |version: &str| -> Option<[u64; 3]> {
        let mut parts = version.splitn(3, '.').map(|part| part.parse().ok());
        Some([parts.next()??, parts.next()??, parts.next()??])
    };
    match (numbers(found), numbers(wanted)) {
        (Some(found), Some(wanted)) => found[..2] == wanted[..2] && found[2] >= wanted[2],
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n\n\
        [[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n";

    #[test]
    fn a_locked_version_is_found_by_the_whole_name() {
        assert_eq!(locked("wasm-bindgen", LOCK), Some("0.2.130"));
        assert_eq!(locked("wasm-bindgen-futures", LOCK), Some("0.4.80"));
        assert_eq!(locked("wasm", LOCK), None);
    }

    #[test]
    fn the_version_is_read_out_of_what_a_tool_prints() {
        assert_eq!(printed("trunk 0.21.14"), Some("0.21.14"));
        assert_eq!(printed("wasm-bindgen 0.2.130 (abc)"), Some("0.2.130"));
        assert_eq!(printed("nonsense"), None);
    }

    #[test]
    fn a_newer_patch_fits_and_another_minor_does_not() {
        assert!(compatible("0.21.14", "0.21.14"));
        assert!(compatible("0.21.15", "0.21.14"));
        assert!(!compatible("0.21.2", "0.21.14"));
        assert!(!compatible("0.22.0", "0.21.14"));
        assert!(!compatible("0.22.0-beta.1", "0.21.14"));
    }

    #[test]
    fn trunk_is_told_the_locked_version_of_wasm_bindgen() {
        let trunk = fs::read_to_string(places::root().join("Trunk.toml")).unwrap();
        let pinned = format!("wasm_bindgen = \"{}\"", wasm_bindgen().unwrap());
        assert!(trunk.contains(&pinned), "Trunk.toml does not say {pinned}");
    }
}
