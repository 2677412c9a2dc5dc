//! The size of the first load: what a browser fetches before the page works, without the sounds.
//! Reads the release client with its compressed siblings; measures nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::client::{self, Profile};
use crate::compress::with_suffix;
use crate::{places, report, setup};

/// What the first load may weigh, by brotli.
const BUDGET: u64 = 110_000;

/// The sizes of one file, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// The command `bench size`.
pub(super) fn run() -> Result<()> {
    let dist = places::dist();
    client::build(&setup::ensure()?, Profile::Release, &dist)?;
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut measured = Vec::new();
    for file in files {
        let name = file.strip_prefix(&dist).unwrap_or(&file).display().to_string();
        measured.push((name, sizes(&file)?));
    }
    let (embedding, first_load): (Vec<_>, Vec<_>) =
        measured.into_iter().partition(|(name, _)| name == "calls.js");
    println!("\n{}", table(&first_load, &embedding));
    println!("{}", verdict(total(&first_load).brotli));
    Ok(())
}

/// Every file of the client that is code or style; sounds and compressed siblings are not.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
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
        let about = fs::metadata(&path).with_context(|| format!("{} cannot be read", path.display()))?;
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

fn table(first_load: &[(String, Sizes)], embedding: &[(String, Sizes)]) -> String {
    let row = |name: &str, sizes: Sizes| {
        vec![name.to_owned(), sizes.raw.to_string(), sizes.gzip.to_string(), sizes.brotli.to_string()]
    };
    let mut rows = vec![["first load", "bytes", "gzip", "brotli"].map(str::to_owned).to_vec()];
    rows.extend(first_load.iter().map(|(name, sizes)| row(name, *sizes)));
    rows.push(row("together", total(first_load)));
    rows.extend(embedding.iter().map(|(name, sizes)| row(&format!("{name} (to embed)"), *sizes)));
    report::table(&rows)
}

fn verdict(brotli: u64) -> String {
    let relation = if brotli <= BUDGET { "within" } else { "OVER" };
    format!("{:.1} KB by brotli, {relation} the budget of {} KB", brotli as f64 / 1000.0, BUDGET / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_leaves_out_the_module_for_embedding() {
        let file = |name: &str, size| (name.to_owned(), Sizes { raw: size, gzip: size, brotli: size });
        let text = table(&[file("index.html", 2), file("a.js", 3)], &[file("calls.js", 100)]);
        let together = text.lines().find(|line| line.contains("together")).unwrap();
        assert_eq!(together.split_whitespace().collect::<Vec<_>>(), ["together", "5", "5", "5"]);
        assert!(text.contains("calls.js (to embed)"));
    }

    #[test]
    fn the_verdict_says_which_side_of_the_budget_it_is() {
        assert_eq!(verdict(62_000), "62.0 KB by brotli, within the budget of 110 KB");
        assert!(verdict(BUDGET + 1).contains("OVER"));
    }
}
