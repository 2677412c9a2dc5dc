//! The files of the built web client: in a folder, or inside the program itself.
//! Never knows what a file is for: see `routes::assets` and `routes::page`.

mod backend;
#[cfg(feature = "embedded-client")]
mod embedded;
mod shelf;

pub(crate) use shelf::Shelf;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Where the files of the web client are.
#[derive(Clone)]
pub enum Client {
    /// In a folder.
    Folder(PathBuf),
    /// Inside the program, by their paths, with slashes.
    Embedded(Arc<BTreeMap<String, Asset>>),
}

/// A file inside the program.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// When it was built: part of the tag by which browsers ask whether it changed.
    pub built: SystemTime,
}

impl Default for Client {
    /// The client inside the program; in a program without one, the folder `dist`.
    fn default() -> Self {
        #[cfg(feature = "embedded-client")]
        return Self::Embedded(Arc::new(embedded::assets()));
        #[cfg(not(feature = "embedded-client"))]
        Self::Folder(PathBuf::from("dist"))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "Folder({})", folder.display()),
            Self::Embedded(assets) => write!(f, "Embedded({} files)", assets.len()),
        }
    }
}

impl Client {
    /// A whole file as text.
    ///
    /// # Errors
    /// When it is not there or no text.
    pub async fn read_to_string(&self, path: &str) -> io::Result<String> {
        match self {
            Self::Folder(folder) => tokio::fs::read_to_string(folder.join(path)).await,
            Self::Embedded(assets) => {
                let asset = assets.get(path).ok_or(io::ErrorKind::NotFound)?;
                let text = std::str::from_utf8(&asset.bytes).map_err(|_| io::ErrorKind::InvalidData)?;
                Ok(text.to_owned())
            }
        }
    }
}

/// A path as the names of embedded files are written; what goes upwards or begins at a root is none of them.
fn name(path: &Path) -> Option<String> {
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    let names = parts.map(|part| match part {
        Component::Normal(name) => name.to_str(),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    names.collect::<Option<Vec<_>>>().map(|names| names.join("/"))
}
