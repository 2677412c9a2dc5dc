//! Paths: the checkout, the target folders, the folder for installed tools. Creates and removes nothing.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Cargo's target folder for native builds: the one in which this program was built.
pub(crate) fn native_target() -> PathBuf {
    let own = env::current_exe().ok();
    let found = own.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    found.unwrap_or_else(|| root().join("target"))
}

/// The target folder for wasm builds, which is separate since another compiler may be used.
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

/// The folder for tools that we install, shared by all checkouts, and for building them.
pub(crate) fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || env::home_dir().map(|home| home.join(".cache"));
    base.or_else(home).unwrap_or_else(native_target).join("messenger-calls")
}
