//! Lets `tower-http` serve both kinds of client in the same way, with its ranges, tags and compressed variants.
//! Never leaves the client's files.

use super::{Client, name};
use axum::body::Bytes;
use std::{
    borrow::Cow,
    io::{self, Cursor, SeekFrom},
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio_util::either::Either;
use tower_http::services::fs::{Backend, File, Metadata, TokioBackend, TokioFile};

type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// An open file of the client.
pub struct Opened {
    data: Either<TokioFile, Cursor<Bytes>>,
    facts: Facts,
}

/// What is known of a file or folder of the client.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    folder: bool,
    built: Option<SystemTime>,
    length: u64,
}

impl Backend for Client {
    type File = Opened;
    type Metadata = Facts;
    type OpenFuture = Later<'static, Opened>;
    type MetadataFuture = Later<'static, Facts>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        match self {
            Self::Folder(folder) => {
                let opening = TokioBackend.open(folder.join(path));
                Box::pin(async move { Opened::from_disk(opening.await?).await })
            }
            Self::Embedded(_) => {
                let found = self.embedded(&path);
                Box::pin(async move {
                    let (facts, bytes) = found?;
                    Ok(Opened { data: Either::Right(Cursor::new(bytes)), facts })
                })
            }
        }
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        match self {
            Self::Folder(folder) => {
                let asking = TokioBackend.metadata(folder.join(path));
                Box::pin(async move { Ok(Facts::of(&asking.await?)) })
            }
            Self::Embedded(_) => {
                let found = self.embedded(&path);
                Box::pin(async move { Ok(found?.0) })
            }
        }
    }
}

impl Client {
    /// An embedded file, or a folder that embedded files are in.
    fn embedded(&self, path: &std::path::Path) -> io::Result<(Facts, Bytes)> {
        let Self::Embedded(assets) = self else { return Err(io::ErrorKind::NotFound.into()) };
        let name = name(path).ok_or(io::ErrorKind::NotFound)?;
        if let Some(asset) = assets.get(&name) {
            let length = u64::try_from(asset.bytes.len()).unwrap_or(u64::MAX);
            let bytes = match &asset.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
            };
            return Ok((Facts { folder: false, built: Some(asset.built), length }, bytes));
        }
        let inside = format!("{name}/");
        let is_folder = name.is_empty() || assets.keys().any(|file| file.starts_with(&inside));
        if is_folder {
            return Ok((Facts { folder: true, built: None, length: 0 }, Bytes::new()));
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Opened {
    /// A file in a folder.
    pub(super) async fn from_disk(file: TokioFile) -> io::Result<Self> {
        let facts = Facts::of(&file.metadata().await?);
        Ok(Self { data: Either::Left(file), facts })
    }

    /// A file that was read before.
    pub(super) fn from_memory(bytes: Bytes, built: Option<SystemTime>) -> Self {
        let facts = Facts { folder: false, built, length: u64::try_from(bytes.len()).unwrap_or(u64::MAX) };
        Self { data: Either::Right(Cursor::new(bytes)), facts }
    }
}

impl Facts {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self { folder: metadata.is_dir(), built: metadata.modified().ok(), length: metadata.len() }
    }
}

impl Metadata for Facts {
    fn is_dir(&self) -> bool {
        self.folder
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.built.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn len(&self) -> u64 {
        self.length
    }
}

impl File for Opened {
    type Metadata = Facts;
    type MetadataFuture<'a> = std::future::Ready<io::Result<Facts>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        std::future::ready(Ok(self.facts))
    }
}

impl AsyncRead for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.data).poll_read(cx, buf)
    }
}

impl AsyncSeek for Opened {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.data).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.data).poll_complete(cx)
    }
}
