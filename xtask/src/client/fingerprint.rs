//! A cheap fingerprint of everything that the client is built from, to tell whether it has to be rebuilt. Looks
//! at the names, sizes and times of files, never into them.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// What the client is built from, relative to the root of the checkout.
const INPUTS: [&str; 13] = [
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    ".cargo",
    "crates/call-client",
    "crates/call-core",
    "crates/call-protocol",
    "index.html",
    "page",
    "sounds",
    "src",
    "styles",
    "xtask/src/client",
];

/// A number that changes when a file of the client is added, removed or written.
pub(crate) fn of_client(root: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    for input in INPUTS {
        add(&root.join(input), &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// Adds a file, or a folder with everything in it; something missing counts as missing.
fn add(path: &Path, hasher: &mut DefaultHasher) {
    path.hash(hasher);
    let Ok(about) = fs::metadata(path) else {
        return;
    };
    if !about.is_dir() {
        about.len().hash(hasher);
        about.modified().ok().hash(hasher);
        return;
    }
    let mut entries: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for entry in entries {
        add(&entry, hasher);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_notices_every_kind_of_change() {
        let root = std::env::temp_dir().join(format!("xtask-fingerprint-{}", std::process::id()));
        fs::create_dir_all(root.join("src/ui")).unwrap();
        fs::write(root.join("src/ui/button.rs"), "one").unwrap();
        let before = of_client(&root);
        assert_eq!(of_client(&root), before);

        fs::write(root.join("src/ui/button.rs"), "three").unwrap();
        let rewritten = of_client(&root);
        assert_ne!(rewritten, before);

        fs::write(root.join("src/lib.rs"), "").unwrap();
        let added = of_client(&root);
        assert_ne!(added, rewritten);

        fs::remove_dir_all(root.join("src/ui")).unwrap();
        assert_ne!(of_client(&root), added);

        let unchanged = of_client(&root);
        fs::write(root.join("README.md"), "no part of the client").unwrap();
        assert_eq!(of_client(&root), unchanged);
        fs::remove_dir_all(&root).unwrap();
    }
}
