//! Finds the Rust files of the project and removes comments, literals and test modules from their text.
//! Checks nothing.

use std::fs;
use std::path::Path;

/// A Rust file: its name relative to the checkout, and its text.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The folders that hold the project's source.
const FOLDERS: [&str; 6] = ["crates", "examples", "page", "src", "tests", "xtask"];

/// Every Rust file of the project, sorted by name.
pub(crate) fn everything() -> Vec<Source> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().unwrap_or(manifest);
    let mut files = Vec::new();
    for folder in FOLDERS {
        add(root, &root.join(folder), &mut files);
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

fn add(root: &Path, path: &Path, files: &mut Vec<Source>) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            add(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = fs::read_to_string(&path)
        {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(Source { name, text });
        }
    }
}

impl Source {
    /// The text without comments, without the contents of literals and without the test module at the end.
    pub(crate) fn code(&self) -> String {
        let mut code = String::new();
        let mut rest = self.text.split("\nmod tests {").next().unwrap_or_default();
        while let Some(first) = rest.chars().next() {
            let skipped = comment(rest).or_else(|| literal(rest, &code)).unwrap_or(0);
            if skipped > 0 {
                code.push(' ');
                rest = &rest[skipped..];
            } else {
                code.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        code
    }
}

/// The length of the comment that begins here.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    text.starts_with("/*").then(|| text.find("*/").map_or(text.len(), |end| end + 2))
}

/// The length of the text literal that begins here.
fn literal(text: &str, before: &str) -> Option<usize> {
    let after_name = before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    if let Some(raw) = text.strip_prefix('r').filter(|_| !after_name) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = &raw[hashes + 1..];
            return Some(1 + hashes + 1 + body.find(&end).map_or(body.len(), |found| found + end.len()));
        }
    }
    if text.starts_with("'\"'") {
        return Some(3);
    }
    if !text.starts_with('"') {
        return None;
    }
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return Some(at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_literals_and_tests_are_removed() {
        let text = "//! shell\nuse a::b; // sqlx\n/* env */ fn f() { g(\"x // \\\" y\", r#\"z\"\"#, '\"', 'q'); }\n\
                    #[cfg(test)]\nmod tests {\n use secret;\n}\n";
        let code = Source { name: String::new(), text: text.into() }.code();
        let words: Vec<_> = code.split_whitespace().collect();
        assert_eq!(words.join(" "), "use a::b; fn f() { g( , , , 'q'); } #[cfg(test)]");
    }

    #[test]
    fn a_name_that_ends_in_r_does_not_start_a_raw_literal() {
        let code = Source { name: String::new(), text: "let ar = br\"x\"; for\"y\"; z".into() }.code();
        assert!(code.ends_with("; z"), "{code}");
    }
}
