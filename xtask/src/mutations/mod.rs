//! `cargo xtask mutations`: removes rules from a copy of the machine and of the server's rules, one at a time, and tells
//! which test notices. All removals are compiled at once, and a variable chooses one: a run takes minutes, not hours.
//! Changes nothing in the checkout.

mod list;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::{exec, places, report};
use list::{MUTATIONS, Mutation};

/// Remove rules from the machine and the server's rules, one at a time, and show which test notices each.
///
/// Fails if no test notices a removal. Not part of `test`: it takes some minutes.
#[derive(Args)]
pub(crate) struct Options {
    /// Only rules whose description contains this.
    filter: Option<String>,
}

/// The crates with rules, and everything that they need.
const CRATES: [&str; 3] = ["call-protocol", "call-core", "call-rules"];
/// How long one group of tests may take: several times as long as the longest does.
const LIMIT: Duration = Duration::from_secs(150);
/// Chooses the rule that is removed.
const VARIABLE: &str = "CALL_MUTATION";
/// Stands for whether the rule is removed.
const MARK: &str = "MUTATED";

/// Which tests are run, one group after the other until one notices. The table of reactions is left out: it changes with
/// everything, so that it proves nothing about people.
const GROUPS: [(&str, &[&str], &[&str]); 5] = [
    ("call_rules", &[], &[]),
    ("call_core", &[], &[]),
    ("machine", &["scenarios::", "every::no_"], &[]),
    ("machine", &["random::"], &[]),
    ("machine", &["search::"], &[]),
];

/// The command `mutations`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let wanted = |mutation: &&Mutation| {
        options.filter.as_ref().is_none_or(|filter| mutation.rule.contains(filter.as_str()))
    };
    let chosen: Vec<_> = MUTATIONS.iter().filter(wanted).collect();
    ensure!(!chosen.is_empty(), "no rule is described like that");
    let copy = places::native_target().join("mutations");
    copy_crates(&copy)?;
    let mut moved = Vec::new();
    for crate_name in ["call-core", "call-rules"] {
        moved.extend(mutate(&copy, crate_name)?);
    }
    report::heading("compiling the machine with every rule removable", "usually a minute");
    let tests = Tests::build(&copy)?;
    if let Some(failed) = tests.first_failure(None)? {
        bail!("{failed} fails although no rule is removed");
    }
    let mut rows = vec![["rule", "noticed by"].map(str::to_owned).to_vec()];
    let mut survivors = Vec::new();
    let started = Instant::now();
    for mutation in chosen {
        if moved.contains(&mutation.rule) {
            rows.push(
                [mutation.rule, "its source has changed: mend src/mutations/list.rs"]
                    .map(str::to_owned)
                    .to_vec(),
            );
            continue;
        }
        let noticed = tests.first_failure(Some(mutation))?;
        println!("{}: {}", mutation.rule, noticed.as_deref().unwrap_or("NOBODY"));
        survivors.extend(noticed.is_none().then_some(mutation.rule));
        rows.push(vec![mutation.rule.to_owned(), noticed.unwrap_or_else(|| "NOBODY".to_owned())]);
    }
    println!("\n{}", report::table(&rows));
    println!("{} rules in {}", rows.len() - 1, report::duration(started.elapsed()));
    ensure!(moved.is_empty(), "the source of these has changed: {moved:#?}");
    ensure!(survivors.is_empty(), "no test notices when these are removed: {survivors:#?}");
    Ok(())
}

/// The compiled tests.
struct Tests {
    copy: PathBuf,
    programs: Vec<PathBuf>,
}

impl Tests {
    fn build(copy: &Path) -> Result<Self> {
        let mut build = exec::command("cargo");
        build.current_dir(copy).env("CARGO_TARGET_DIR", copy.join("target"));
        build.args(["test", "--no-run", "--lib", "--test", "machine", "-p", "call-core", "-p", "call-rules"]);
        build.stderr(Stdio::piped());
        let mut child = build.spawn().context("could not start cargo")?;
        let output = child.stderr.take().context("cargo has no output")?;
        let mut programs = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line?;
            eprintln!("{line}");
            // "  Executable tests/machine.rs (target/debug/deps/machine-0123456789abcdef)"
            let program = line.trim().strip_prefix("Executable").and_then(|rest| rest.split_once('('));
            programs.extend(program.map(|(_, path)| copy.join(path.trim_end_matches(')'))));
        }
        ensure!(child.wait()?.success(), "the rules could not be made removable: see the errors above");
        Ok(Self { copy: copy.to_owned(), programs })
    }

    /// The first test that fails, if any does.
    fn first_failure(&self, mutation: Option<&Mutation>) -> Result<Option<String>> {
        for (target, filters, skipped) in GROUPS {
            let named = |path: &&PathBuf| {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                name.is_some_and(|name| name.rsplit_once('-').is_some_and(|(name, _)| name == target))
            };
            let program = self.programs.iter().find(named).with_context(|| format!("no test {target}"))?;
            let mut tests = exec::command(program);
            // Where cargo would run them.
            tests.current_dir(self.copy.join("crates").join(target_folder(target)));
            tests.args(filters).args(skipped.iter().flat_map(|name| ["--skip", name]));
            if let Some(mutation) = mutation {
                tests.env(VARIABLE, mutation.rule);
            }
            let mut child = tests.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
            let output = child.stdout.take().context("the tests have no output")?;
            let child = Arc::new(Mutex::new(child));
            let watched = Arc::downgrade(&child);
            thread::spawn(move || {
                thread::sleep(LIMIT);
                // Without a rule something may go on forever, which the tests notice by not ending.
                if let Some(child) = watched.upgrade() {
                    locked(&child).kill().ok();
                }
            });
            for line in BufReader::new(output).lines() {
                let line = line?;
                let failed = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
                if let Some(name) = failed {
                    locked(&child).kill().ok();
                    locked(&child).wait()?;
                    return Ok(Some(format!("{target} {name}")));
                }
            }
            if !locked(&child).wait()?.success() {
                return Ok(Some(format!("{target}, which broke off or did not end")));
            }
        }
        Ok(None)
    }
}

fn locked(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

fn target_folder(target: &str) -> &'static str {
    if target == "call_rules" { "call-rules" } else { "call-core" }
}

/// Copies the crates into a workspace of their own. Files that have not changed keep their time, so that little is
/// compiled again.
fn copy_crates(copy: &Path) -> Result<()> {
    for name in CRATES {
        copy_folder(&places::root().join("crates").join(name), &copy.join("crates").join(name))?;
    }
    write(&copy.join("Cargo.toml"), &workspace(&read(&places::root().join("Cargo.toml"))?)?)?;
    write(&copy.join("Cargo.lock"), &read(&places::root().join("Cargo.lock"))?)
}

/// The workspace's settings with these crates only. A run does not need every debug line.
fn workspace(manifest: &str) -> Result<String> {
    let (_, settings) = manifest.split_once("resolver =").context("the workspace names its resolver")?;
    let (settings, package) = settings.split_once("\n[package]\n").context("the root is a package, too")?;
    let (_, profiles) = package.split_once("\n[profile.").context("there are profiles")?;
    let members = CRATES.map(|name| format!("\"crates/{name}\"")).join(", ");
    // Only those of crates that are here.
    let fitting = profiles.split("\n[profile.").filter(|profile| {
        !profile.contains(".package.")
            || CRATES.iter().any(|name| profile.contains(&format!(".package.{name}]")))
    });
    let profiles: Vec<_> = fitting.map(|profile| format!("[profile.{profile}")).collect();
    Ok(format!("[workspace]\nmembers = [{members}]\nresolver ={settings}\n{}", profiles.join("\n")))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            write(&target, &read(&path)?)?;
        }
    }
    Ok(())
}

/// Makes every rule of a crate removable; returns those whose source has changed.
fn mutate(copy: &Path, crate_name: &str) -> Result<Vec<&'static str>> {
    let lib = format!("{crate_name}/src/lib.rs");
    let own: Vec<_> = MUTATIONS.iter().filter(|mutation| mutation.file.starts_with(crate_name)).collect();
    let mut files: Vec<_> = own.iter().map(|mutation| mutation.file).collect();
    files.sort_unstable();
    files.dedup();
    let mut moved = Vec::new();
    for file in files {
        let path = copy.join("crates").join(file);
        let mut text = read(&path)?;
        for mutation in own.iter().filter(|mutation| mutation.file == file) {
            match without_rule(&text, mutation) {
                Some(removable) => text = removable,
                None => moved.push(mutation.rule),
            }
        }
        write(&path, &text)?;
    }
    let switch = format!(
        "\npub(crate) fn is_removed(rule: &str) -> bool {{\n    \
         static RULE: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();\n    \
         RULE.get_or_init(|| std::env::var(\"{VARIABLE}\").ok()).as_deref() == Some(rule)\n}}\n"
    );
    let path = copy.join("crates").join(lib);
    let text = read(&path)?;
    write(&path, &format!("{}{switch}", text.replace(&switch, "")))?;
    Ok(moved)
}

/// The source in which this rule can be removed; none if it is not there exactly once.
fn without_rule(text: &str, mutation: &Mutation) -> Option<String> {
    let Mutation { rule, file: _, held, removed } = mutation;
    if text.matches(held).count() != 1 {
        return None;
    }
    let condition = format!("crate::is_removed({rule:?})");
    let instead = if removed.contains(MARK) {
        removed.replace(MARK, &condition)
    } else if let (Some(held), Some(removed)) = (held.strip_prefix("let "), removed.strip_prefix("let ")) {
        let ((pattern, held), (_, removed)) = (held.split_once(" = ")?, removed.split_once(" = ")?);
        format!("let {pattern} = (if {condition} {{ {removed} }} else {{ {held} }})")
    } else {
        format!("(if {condition} {{ {removed} }} else {{ {held} }})")
    };
    Some(text.replace(held, &instead))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_rule_is_one_of_two_branches() {
        let mutation = Mutation { rule: "r", file: "f", held: "a == b", removed: "true" };
        let text = without_rule("if a == b {}", &mutation).unwrap();
        assert_eq!(text, "if (if crate::is_removed(\"r\") { true } else { a == b }) {}");
        assert_eq!(without_rule("if a != b {}", &mutation), None);
    }

    #[test]
    fn the_copy_is_a_workspace_of_its_own() {
        let manifest = read(&places::root().join("Cargo.toml")).unwrap();
        let text = workspace(&manifest).unwrap();
        assert!(text.starts_with("[workspace]\nmembers = [\"crates/call-protocol\""), "{text}");
        assert!(!text.contains("argon2") && text.contains("[profile.dev.package.call-core]"), "{text}");
    }
}
