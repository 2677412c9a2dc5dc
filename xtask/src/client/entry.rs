//! The two programs of the client and their files in an output folder: a wasm file and its JavaScript, named by
//! a hash of both, so that they can be cached forever. Never knows how the files were made.

use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A program of the package `page`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// What other pages embed, through `calls.js`.
    Widget,
    /// The messenger's page, which contains the widget.
    Messenger,
}

impl Entry {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Widget, Self::Messenger];

    /// The name of its binary and its files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Widget => "widget",
            Self::Messenger => "messenger",
        }
    }

    /// What its JavaScript has to export, besides the function that loads the wasm.
    pub(super) fn exports(self) -> &'static [&'static str] {
        match self {
            Self::Widget => &["Widget", "mount"],
            Self::Messenger => &[],
        }
    }
}

/// The files of an entry.
pub(super) struct Files {
    /// The JavaScript.
    pub(super) glue: String,
    /// The wasm.
    pub(super) wasm: Vec<u8>,
    /// The beginning of both names.
    pub(super) stem: String,
}

impl Files {
    /// Takes an entry's files out of the folder, as Trunk wrote them.
    pub(super) fn take(entry: Entry, dist: &Path) -> Result<Self> {
        let stem = find(entry, dist)?;
        let glue = dist.join(format!("{stem}.js"));
        let wasm = dist.join(format!("{stem}_bg.wasm"));
        let context = || format!("Trunk did not write a complete {} to {}", entry.name(), dist.display());
        let files = Self {
            glue: fs::read_to_string(&glue).with_context(context)?,
            wasm: fs::read(&wasm).with_context(context)?,
            stem,
        };
        fs::remove_file(glue).and_then(|()| fs::remove_file(wasm)).with_context(context)?;
        Ok(files)
    }

    /// Writes them back under names that fit their content, and updates the page if it names them; returns the
    /// beginning of both names.
    pub(super) fn put(&self, entry: Entry, dist: &Path) -> Result<String> {
        let stem = format!("{}-{:016x}", entry.name(), self.hash());
        fs::write(dist.join(format!("{stem}.js")), &self.glue)?;
        fs::write(dist.join(format!("{stem}_bg.wasm")), &self.wasm)?;
        let page = dist.join("index.html");
        let text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        // Trunk has named the messenger's files by a hash of their earlier content.
        if self.stem.len() > entry.name().len() {
            fs::write(page, text.replace(&self.stem, &stem))?;
        }
        Ok(stem)
    }

    fn hash(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        (&self.glue, &self.wasm).hash(&mut hasher);
        hasher.finish()
    }
}

/// What the names of an entry's files begin with: its own name, perhaps with a hash.
fn find(entry: Entry, dist: &Path) -> Result<String> {
    let entries = fs::read_dir(dist).with_context(|| format!("cannot read {}", dist.display()))?;
    for file in entries.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix("_bg.wasm") else { continue };
        let rest = stem.strip_prefix(entry.name());
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Ok(stem.to_owned());
        }
    }
    bail!("Trunk did not write {} to {}", entry.name(), dist.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_what_is_in_the_files_and_the_page_follows_the_names() {
        let dist = std::env::temp_dir().join(format!("xtask-entry-{}", std::process::id()));
        fs::create_dir_all(&dist).unwrap();
        for (file, text) in [
            ("index.html", "import './messenger-1a2b.js'; './messenger-1a2b_bg.wasm'"),
            ("messenger-1a2b.js", "m"),
            ("messenger-1a2b_bg.wasm", "m"),
            ("widget.js", "w"),
            ("widget_bg.wasm", "w"),
        ] {
            fs::write(dist.join(file), text).unwrap();
        }
        let [widget, messenger] = Entry::ALL.map(|entry| {
            let files = Files::take(entry, &dist).unwrap();
            files.put(entry, &dist).unwrap()
        });
        let page = fs::read_to_string(dist.join("index.html")).unwrap();
        assert_eq!(page, format!("import './{messenger}.js'; './{messenger}_bg.wasm'"));
        for stem in [&widget, &messenger] {
            assert!(
                dist.join(format!("{stem}.js")).is_file() && dist.join(format!("{stem}_bg.wasm")).is_file()
            );
        }
        assert_eq!(fs::read_dir(&dist).unwrap().count(), 5, "the files with the old names are gone");
        assert_eq!(widget.len(), "widget-".len() + 16);

        let mut files = Files::take(Entry::Widget, &dist).unwrap();
        files.glue.push('!');
        assert_ne!(files.put(Entry::Widget, &dist).unwrap(), widget);
        assert!(Files::take(Entry::Widget, &dist.join("nowhere")).is_err());
        fs::remove_dir_all(&dist).unwrap();
    }
}
