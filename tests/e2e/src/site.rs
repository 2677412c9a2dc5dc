//! A tiny web server for the files of a folder: the other origin from which a page embeds the calls.
//! Serves GET only, and nothing outside its folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running web server.
pub struct Site {
    origin: String,
    task: JoinHandle<()>,
}

struct Content {
    folder: PathBuf,
    /// Texts that are replaced in the files: a page that names its server cannot know the port.
    replacements: HashMap<String, String>,
}

impl Site {
    /// A port for a site that is started later, since a server must be told the origins that it allows.
    pub async fn reserve() -> Result<TcpListener> {
        Ok(TcpListener::bind("127.0.0.1:0").await?)
    }

    /// Serves a folder; in its files every key of `replacements` becomes its value.
    pub fn start(listener: TcpListener, folder: &Path, replacements: &[(&str, &str)]) -> Result<Self> {
        let origin = format!("http://{}", listener.local_addr()?);
        let replacements = replacements.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
        let content =
            Arc::new(Content { folder: folder.canonicalize()?, replacements: replacements.collect() });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let content = content.clone();
                tokio::spawn(async move {
                    // A browser that goes away in between is its own affair.
                    let _ = answer(stream, &content).await;
                });
            }
        });
        Ok(Self { origin, task })
    }

    /// Its origin, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, content: &Content) -> Result<()> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = stream.read(&mut part).await?;
        if length == 0 || head.len() > 65_536 {
            return Ok(());
        }
        head.extend_from_slice(&part[..length]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.strip_prefix("GET ").and_then(|rest| rest.split([' ', '?']).next());
    let (status, kind, body) = match path.and_then(|path| content.read(path)) {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", b"there is nothing here".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

impl Content {
    /// A file's kind and content.
    fn read(&self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
        let file = self.folder.join(name.trim_start_matches('/')).canonicalize().ok()?;
        if !file.starts_with(&self.folder) {
            return None;
        }
        let kind = match file.extension()?.to_str()? {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript",
            "css" => "text/css",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            _ => "application/octet-stream",
        };
        let mut body = std::fs::read(&file).ok()?;
        if let Ok(mut text) = String::from_utf8(body.clone()) {
            for (old, new) in &self.replacements {
                text = text.replace(old, new);
            }
            body = text.into_bytes();
        }
        Some((kind, body))
    }
}
