//! Where things are: the checkout, the target folders, the folder of our own tools.
//! Only names paths; creates and removes nothing.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Cargo's target folder for native builds: the one that this very program was built into.
pub(crate) fn native_target() -> PathBuf {
    let own = env::current_exe().ok();
    let found = own.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    found.unwrap_or_else(|| root().join("target"))
}

/// The target folder of wasm builds: apart from the native one, because another compiler may fill it.
pub(crate) fn wasm_target() -> PathBuf {
    native_target().join("wasm")
}

/// The release client that `run` serves.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The debug client that the end-to-end tests drive.
pub(crate) fn e2e_dist() -> PathBuf {
    native_target().join("e2e-dist")
}

/// What we install and may reuse in any checkout: tools, and scratch space for building them.
pub(crate) fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || env::home_dir().map(|home| home.join(".cache"));
    base.or_else(home).unwrap_or_else(native_target).join("messenger-calls")
}
