//! The size of the first load, for the widget and for the messenger's page: what a browser fetches before the
//! page works, without the sounds, compared with the numbers recorded in `page/size.txt`. Reads the release
//! client and its compressed files; measures nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::client::{self, Entry, Profile};
use crate::compress::with_suffix;
use crate::setup::Tools;
use crate::{exec, places, report};

/// The file with the recorded numbers, and the compiler that they are for.
const RECORD: &str = "page/size.txt";
/// By how many bytes of brotli a first load may exceed its recorded number.
const ROOM: u64 = 1000;

/// The sizes of one file, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Builds the release client, prints its sizes, and fails if one exceeds its recorded number.
pub(crate) fn run(tools: &Tools) -> Result<()> {
    let dist = places::dist();
    client::build(tools, Profile::Release, &dist)?;
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut measured = BTreeMap::<&str, Vec<(String, Sizes)>>::new();
    for file in files {
        let name = file.strip_prefix(&dist).unwrap_or(&file).display().to_string();
        let sizes = sizes(&file)?;
        measured.entry(entry_of(&name).name()).or_default().push((name, sizes));
    }
    println!();
    let mut totals = BTreeMap::new();
    for (entry, files) in &measured {
        println!("{}", table(entry, files));
        totals.insert(*entry, total(files).brotli);
    }
    let path = places::root().join(RECORD);
    let record = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let numbers = numbers(&record)?;
    let compiler = exec::answer(tools.toolchain.command("rustc").arg("--version")).unwrap_or_default();
    if let Some(why) = incomparable(tools, &record, &compiler)? {
        report::skipped(&format!("the sizes are not compared with {RECORD}: {why}"));
        return Ok(());
    }
    let mut over = Vec::new();
    for entry in Entry::ALL {
        let (is, may) = (totals.get(entry.name()), numbers.get(entry.name()));
        let (Some(is), Some(may)) = (is, may) else { bail!("no size recorded for the {}", entry.name()) };
        println!("{}", verdict(entry, *is, *may));
        if *is > may + ROOM {
            println!(
                "\nthe largest rooms of its wasm, bytes of code before compression:\n{}",
                client::largest_rooms(entry)
            );
            over.push(entry.name());
        }
    }
    if !over.is_empty() {
        bail!(
            "larger than {RECORD} records: {}. Find what has grown, or record the new number and say why",
            over.join(", ")
        );
    }
    Ok(())
}

/// Why the sizes cannot be compared with the recorded ones, if so: other tools produce other sizes.
fn incomparable(tools: &Tools, record: &str, compiler: &str) -> Result<Option<String>> {
    let recorded = record.lines().find(|line| line.starts_with("rustc ")).unwrap_or_default();
    Ok(if !compiler.starts_with(recorded) {
        Some(format!("they are of {recorded}, here is {compiler}"))
    } else if !client::is_smallest(tools)? {
        Some("here the client could not be made as small as it can be; see above".to_owned())
    } else {
        None
    })
}

/// The lines `name bytes` of the record.
fn numbers(record: &str) -> Result<BTreeMap<&str, u64>> {
    let lines = record.lines().filter(|line| !line.starts_with(['#', 'r']) && !line.is_empty());
    lines
        .map(|line| {
            let (name, number) =
                line.split_once(' ').with_context(|| format!("{RECORD}: `{line}` has no number"))?;
            Ok((name, number.trim().parse().with_context(|| format!("{RECORD}: `{line}` has no number"))?))
        })
        .collect()
}

/// Which first load a file belongs to.
fn entry_of(name: &str) -> Entry {
    if name == "calls.js" || name.starts_with("widget-") { Entry::Widget } else { Entry::Messenger }
}

/// Every file of the client that is code or style; sounds and compressed siblings are not.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if with_suffix(&path, "br").exists() {
            files.push(path);
        }
    }
    Ok(())
}

fn sizes(file: &Path) -> Result<Sizes> {
    let of = |path: PathBuf| -> Result<u64> {
        let about = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(about.len())
    };
    Ok(Sizes {
        raw: of(file.into())?,
        gzip: of(with_suffix(file, "gz"))?,
        brotli: of(with_suffix(file, "br"))?,
    })
}

fn total(files: &[(String, Sizes)]) -> Sizes {
    files.iter().fold(Sizes::default(), |sum, (_, sizes)| Sizes {
        raw: sum.raw + sizes.raw,
        gzip: sum.gzip + sizes.gzip,
        brotli: sum.brotli + sizes.brotli,
    })
}

fn table(entry: &str, files: &[(String, Sizes)]) -> String {
    let row = |name: &str, sizes: Sizes| {
        vec![name.to_owned(), sizes.raw.to_string(), sizes.gzip.to_string(), sizes.brotli.to_string()]
    };
    let mut rows =
        vec![[&format!("first load: {entry}"), "bytes", "gzip", "brotli"].map(str::to_owned).to_vec()];
    rows.extend(files.iter().map(|(name, sizes)| row(name, *sizes)));
    rows.push(row("together", total(files)));
    report::table(&rows)
}

fn verdict(entry: Entry, is: u64, may: u64) -> String {
    let relation = match is {
        is if is > may + ROOM => "OVER",
        is if is + ROOM < may => "well below: record the new number;",
        _ => "within",
    };
    let kilobytes = |bytes: u64| format!("{:.1} KB", bytes as f64 / 1000.0);
    format!("{}: {} by brotli, {relation} the recorded {}", entry.name(), kilobytes(is), kilobytes(may))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_counts_for_the_page_that_loads_it() {
        for widget in ["calls.js", "widget-0123456789abcdef.js", "widget-0123456789abcdef_bg.wasm"] {
            assert_eq!(entry_of(widget), Entry::Widget, "{widget}");
        }
        for messenger in ["index.html", "mark-0123456789abcdef.svg", "messenger-0123456789abcdef.js"] {
            assert_eq!(entry_of(messenger), Entry::Messenger, "{messenger}");
        }
    }

    #[test]
    fn the_table_ends_with_all_files_together() {
        let file = |name: &str, size| (name.to_owned(), Sizes { raw: size, gzip: size, brotli: size });
        let text = table("messenger", &[file("index.html", 2), file("a.js", 3)]);
        let together = text.lines().find(|line| line.contains("together")).unwrap();
        assert_eq!(together.split_whitespace().collect::<Vec<_>>(), ["together", "5", "5", "5"]);
    }

    #[test]
    fn the_verdict_says_on_which_side_of_the_number_it_is() {
        let [widget, _] = Entry::ALL;
        assert_eq!(
            verdict(widget, 101_000, 100_000),
            "widget: 101.0 KB by brotli, within the recorded 100.0 KB"
        );
        assert!(verdict(widget, 101_001, 100_000).contains("OVER"));
        assert!(verdict(widget, 98_999, 100_000).contains("well below"));
    }

    #[test]
    fn the_record_has_a_number_for_each_and_names_its_compiler() {
        let record = fs::read_to_string(places::root().join(RECORD)).unwrap();
        let numbers = numbers(&record).unwrap();
        assert!(Entry::ALL.iter().all(|entry| numbers.contains_key(entry.name())), "{numbers:?}");
        assert!(record.lines().any(|line| line.starts_with("rustc ")));
    }
}
