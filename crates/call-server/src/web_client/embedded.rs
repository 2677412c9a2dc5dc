//! The client that this program was built with: the folder that `CALLS_EMBED_CLIENT` names, an absolute path, when the
//! server is compiled (`cargo xtask dist` does it). Never read while the server runs.

use super::Asset;
use include_dir::{Dir, DirEntry, include_dir};
use std::{collections::BTreeMap, time::UNIX_EPOCH};

/// Makes cargo compile again when another folder is named.
const _: &str = env!("CALLS_EMBED_CLIENT", "names the folder of the client that is built into the program");

static BUILT: Dir<'_> = include_dir!("$CALLS_EMBED_CLIENT");

/// Every file of the folder.
pub(super) fn assets() -> BTreeMap<String, Asset> {
    let mut assets = BTreeMap::new();
    collect(&BUILT, &mut assets);
    assets
}

fn collect(folder: &'static Dir<'static>, assets: &mut BTreeMap<String, Asset>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, assets),
            DirEntry::File(file) => {
                let built = file.metadata().map_or(UNIX_EPOCH, include_dir::Metadata::modified);
                let asset = Asset { bytes: file.contents().into(), built };
                assets.insert(file.path().to_string_lossy().replace('\\', "/"), asset);
            }
        }
    }
}
