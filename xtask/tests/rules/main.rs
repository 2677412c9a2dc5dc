//! Rules for the source that the compiler does not check: which module may import which, and how long a file may be.
//! Reads every Rust file of the project; a folder that does not exist breaks no rule.

mod layers;
mod paths;
mod rooms;
mod source;

use source::{Source, everything};

/// How many lines a file may have; a longer one should be split.
const MOST_LINES: usize = 400;

/// Fails with every line that breaks the rule.
fn assert_none(rule: &str, violations: Vec<String>) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

fn without_header(file: &Source) -> Option<String> {
    (!file.text.starts_with("//!")).then(|| file.name.clone())
}

/// Written in two parts, so that searching for the attribute does not find this line.
const PATH_ATTRIBUTE: &str = concat!("#[", "path");

fn module_by_path(file: &Source) -> Option<String> {
    file.text.contains(PATH_ATTRIBUTE).then(|| format!("{} includes a module by path", file.name))
}

fn too_long(file: &Source) -> Option<String> {
    let lines = file.text.lines().count();
    (lines > MOST_LINES).then(|| format!("{} has {lines} lines", file.name))
}

#[test]
fn every_file_begins_with_a_description() {
    assert_none("a file begins with `//!`", everything().iter().filter_map(without_header).collect());
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    assert_none("no file has more than 400 lines", everything().iter().filter_map(too_long).collect());
}

#[test]
fn no_module_is_included_by_path() {
    assert_none("no module is included by path", everything().iter().filter_map(module_by_path).collect());
    let text = format!("//! About.\n{PATH_ATTRIBUTE} = \"b.rs\"]\nmod b;\n");
    assert!(module_by_path(&Source { name: "a.rs".into(), text }).is_some());
}

#[test]
fn a_file_without_a_header_and_a_file_that_is_too_long_are_found() {
    let bare = Source { name: "a.rs".into(), text: "fn main() {}\n".repeat(MOST_LINES + 1) };
    assert!(without_header(&bare).is_some());
    assert!(too_long(&bare).is_some());
    let good = Source { name: "a.rs".into(), text: format!("//! About.\n{}", "\n".repeat(MOST_LINES - 1)) };
    assert!(without_header(&good).is_none());
    assert!(too_long(&good).is_none());
}

#[test]
fn the_rules_read_the_whole_project() {
    let names: Vec<_> = everything().into_iter().map(|file| file.name).collect();
    for expected in
        ["src/lib.rs", "crates/call-core/src/lib.rs", "xtask/src/main.rs", "xtask/tests/rules/main.rs"]
    {
        assert!(names.iter().any(|name| name == expected), "{expected} is not among the checked files");
    }
}
