//! Cargo for the native side. Every command names the same packages, because another choice would give some
//! dependencies other features, and all that builds on them would be compiled again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::client::{CLIENT, PAGE, TEST_KIT};
use crate::{exec, places};

/// Where packages keep their integration tests, apart from the end-to-end tests.
const PACKAGES: [&str; 4] = ["crates/call-protocol", "crates/call-core", "crates/call-server", "xtask"];

/// A cargo command on every package of the native side.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut cargo = exec::command("cargo");
    cargo.args([subcommand, "--workspace"]);
    cargo.args([CLIENT, PAGE, TEST_KIT].into_iter().flat_map(|package| ["--exclude", package]));
    cargo
}

/// Runs every native test but the end-to-end ones.
pub(crate) fn test() -> Result<()> {
    let mut tests = cargo("test");
    tests.args(["--lib", "--bins"]);
    for package in PACKAGES {
        tests.args(chosen(&test_targets(&places::root().join(package))));
    }
    exec::run(&mut tests)?;
    // Cargo runs the examples in the documentation only by themselves.
    exec::run(cargo("test").arg("--doc"))
}

/// Builds a debug program together with the end-to-end tests, whose dependencies it shares then; says where it is.
pub(crate) fn build_beside_e2e(program: &str) -> Result<PathBuf> {
    exec::run(cargo("build").args(["--bin", program]).args(chosen(&e2e_targets()?)))?;
    Ok(places::native_target().join("debug").join(program))
}

/// Cargo that runs the end-to-end tests.
pub(crate) fn e2e_tests() -> Result<Command> {
    let mut tests = cargo("test");
    tests.args(chosen(&e2e_targets()?));
    Ok(tests)
}

fn e2e_targets() -> Result<Vec<String>> {
    let targets = test_targets(&places::root().join("tests/e2e"));
    if targets.is_empty() {
        bail!("there are no end-to-end tests in tests/e2e/tests");
    }
    Ok(targets)
}

/// Cargo's arguments that choose these test targets.
fn chosen(targets: &[String]) -> Vec<&str> {
    targets.iter().flat_map(|target| ["--test", target]).collect()
}

/// The integration tests of a package, as cargo finds them: files, and folders with a `main.rs`.
fn test_targets(package: &Path) -> Vec<String> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(package.join("tests")).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_target = path.extension().is_some_and(|kind| kind == "rs") || path.join("main.rs").exists();
        targets
            .extend(path.file_stem().filter(|_| is_target).map(|stem| stem.to_string_lossy().into_owned()));
    }
    targets.sort();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_with_a_main_file_are_test_targets() {
        let package = std::env::temp_dir().join(format!("xtask-targets-{}", std::process::id()));
        fs::create_dir_all(package.join("tests/rules")).unwrap();
        fs::create_dir_all(package.join("tests/support")).unwrap();
        for file in ["tests/races.rs", "tests/rules/main.rs", "tests/support/mod.rs", "tests/notes.md"] {
            fs::write(package.join(file), "").unwrap();
        }
        assert_eq!(test_targets(&package), ["races", "rules"]);
        assert_eq!(chosen(&["races".into()]), ["--test", "races"]);
        fs::remove_dir_all(&package).unwrap();
        assert!(test_targets(&package).is_empty());
    }

    #[test]
    fn the_tests_of_this_program_are_found() {
        assert!(test_targets(&places::root().join("xtask")).contains(&"rules".to_owned()));
    }
}
