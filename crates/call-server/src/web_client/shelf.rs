//! The client's files as they are served: those of a folder are kept in memory once they were requested, so that a slow
//! download holds no open file. A file that changed is read again.
//! Never keeps more than a fixed number of bytes.

use super::{Client, backend::Opened};
use axum::body::Bytes;
use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};
use tower_http::services::fs::{Backend, TokioBackend};

/// Bytes that are kept; a built client has a few millions. Beyond that, files are read from the folder each time.
const ROOM: u64 = 64 * 1024 * 1024;

/// The files of a client; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    client: Client,
    kept: Arc<Mutex<HashMap<PathBuf, Kept>>>,
}

/// A file as it was.
#[derive(Clone, Debug)]
struct Kept {
    built: Option<SystemTime>,
    bytes: Bytes,
}

impl Kept {
    fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }
}

impl Shelf {
    /// An empty one.
    pub(crate) fn new(client: Client) -> Self {
        Self { client, kept: Arc::default() }
    }

    async fn read(self, file: PathBuf) -> io::Result<Opened> {
        let facts = TokioBackend.metadata(file.clone()).await?;
        let (built, length) = (facts.modified().ok(), facts.len());
        let kept = self.lock().get(&file).filter(|kept| kept.built == built && kept.len() == length).cloned();
        let kept = match kept {
            Some(kept) => kept,
            None if facts.is_dir() || !self.has_room(&file, length) => {
                return Opened::from_disk(TokioBackend.open(file).await?).await;
            }
            None => {
                let kept = Kept { built, bytes: tokio::fs::read(&file).await?.into() };
                self.lock().insert(file, kept.clone());
                kept
            }
        };
        Ok(Opened::from_memory(kept.bytes, kept.built))
    }

    fn has_room(&self, file: &PathBuf, length: u64) -> bool {
        let kept = self.lock();
        let others = kept.iter().filter(|(path, _)| *path != file).map(|(_, kept)| kept.len());
        others.sum::<u64>().saturating_add(length) <= ROOM
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Shelf {
    type File = Opened;
    type Metadata = <Client as Backend>::Metadata;
    type OpenFuture = <Client as Backend>::OpenFuture;
    type MetadataFuture = <Client as Backend>::MetadataFuture;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        match &self.client {
            Client::Folder(folder) => Box::pin(self.clone().read(folder.join(path))),
            Client::Embedded(_) => self.client.open(path),
        }
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        self.client.metadata(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    async fn text(shelf: &Shelf, name: &str) -> String {
        let mut text = String::new();
        shelf.open(name.into()).await.unwrap().read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_file_that_was_built_anew_is_read_anew_and_one_that_is_gone_is_gone() {
        let folder = std::env::temp_dir().join(format!("call-server-shelf-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.js");
        let shelf = Shelf::new(Client::Folder(folder.clone()));
        std::fs::write(&file, "first").unwrap();
        assert_eq!([text(&shelf, "a.js").await, text(&shelf, "a.js").await], ["first", "first"]);
        std::fs::write(&file, "second one").unwrap();
        assert_eq!(text(&shelf, "a.js").await, "second one");
        assert_eq!(shelf.lock().len(), 1);
        std::fs::remove_file(&file).unwrap();
        assert!(shelf.open("a.js".into()).await.is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
