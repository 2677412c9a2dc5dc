//! Cargo for the native side. Every command names the same packages: a different selection would enable other
//! features of some dependencies, and everything that depends on them would be compiled again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::client::{CLIENT, PAGE, TEST_KIT};
use crate::{exec, places, report};

/// The packages that may have integration tests, except the end-to-end tests: every crate of the product, and
/// this one.
fn packages() -> Vec<PathBuf> {
    let crates = fs::read_dir(places::root().join("crates")).into_iter().flatten().flatten();
    let mut packages: Vec<_> =
        crates.map(|entry| entry.path()).chain([places::root().join("xtask")]).collect();
    packages.sort();
    packages
}

/// The variable that tells the server's tests, which are compiled once, in which world to run.
const WORLD: &str = "TEST_WORLD";
/// The worlds in which they run again after SQLite, and the modules of `crates/call-server/tests/server` that
/// do.
const WORLDS: [(&str, &[&str]); 2] =
    [("postgres", &["every_world::", "both_databases::"]), ("nodes", &["every_world::"])];

/// A cargo command on every package of the native side.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut cargo = exec::command("cargo");
    cargo.args([subcommand, "--workspace"]);
    cargo.args([CLIENT, PAGE, TEST_KIT].into_iter().flat_map(|package| ["--exclude", package]));
    cargo
}

/// Runs every native test except the end-to-end tests.
pub(crate) fn test() -> Result<()> {
    let mut tests = cargo("test");
    tests.env(WORLD, "sqlite").args(["--lib", "--bins"]);
    for package in packages() {
        tests.args(chosen(&test_targets(&package)));
    }
    exec::run(&mut tests)?;
    for (world, modules) in WORLDS {
        report::heading(&format!("the server's tests in the world `{world}`"), &modules.join(" and "));
        let mut again = cargo("test");
        again.env(WORLD, world).args(["--test", "server", "--"]).args(modules);
        exec::run(&mut again)?;
    }
    // Cargo runs documentation examples only in a run of their own.
    exec::run(cargo("test").arg("--doc"))
}

/// Builds a debug program together with the end-to-end tests, so that they share dependencies; returns its
/// path.
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
        bail!("found no end-to-end tests in tests/e2e/tests");
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

    /// The names in a folder, without the ending of source files.
    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<_> =
            entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn no_test_of_the_server_falls_out_of_its_world() {
        let folder = places::root().join("crates/call-server/tests/server");
        let main = fs::read_to_string(folder.join("main.rs")).unwrap();
        assert_eq!(names_in(&folder), ["both_databases", "every_world", "main", "one_world"]);
        for room in ["both_databases", "every_world", "one_world"] {
            let (_, declared) = main.split_once(&format!("mod {room} {{")).unwrap();
            let declared = declared.split('}').next().unwrap();
            for module in names_in(&folder.join(room)) {
                assert!(declared.contains(&format!(" mod {module};")), "{room}/{module}.rs is no part of it");
            }
        }
        for (world, modules) in WORLDS {
            assert!(modules.iter().all(|name| folder.join(name.trim_end_matches(':')).is_dir()), "{world}");
        }
    }

    #[test]
    fn the_tests_of_the_server_and_of_this_program_are_found() {
        let found: Vec<_> = packages().iter().flat_map(|package| test_targets(package)).collect();
        for target in ["server", "postgres", "nodes", "machine", "rules"] {
            assert!(found.iter().any(|name| name == target), "expected {target} among {found:?}");
        }
    }
}
