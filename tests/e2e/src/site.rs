//! A minimal web server for the files of a folder: the other origin, whose page embeds the calls. Serves GET
//! only, and nothing outside its folder.

use std::path::Path;
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

/// A reserved port: a server must be told the allowed origins before the site is started.
pub struct Reserved(std::net::TcpListener);

impl Reserved {
    /// The origin of a site on this port.
    pub fn origin(&self) -> Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }
}

impl Site {
    /// Reserves a port for a site that is started later.
    pub fn reserve() -> Result<Reserved> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Reserved(listener))
    }

    /// Serves the files of a folder.
    pub fn start(reserved: Reserved, folder: &Path) -> Result<Self> {
        Self::start_with(reserved, folder, "")
    }

    /// Serves the files of a folder with these header lines, each with its line ending.
    pub fn start_with(reserved: Reserved, folder: &Path, headers: &'static str) -> Result<Self> {
        let origin = reserved.origin()?;
        let listener = TcpListener::from_std(reserved.0)?;
        let folder = Arc::new(folder.canonicalize()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let folder = folder.clone();
                tokio::spawn(async move {
                    // The browser may have disconnected.
                    let _ = answer(stream, &folder, headers).await;
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

async fn answer(mut stream: TcpStream, folder: &Path, headers: &str) -> Result<()> {
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
    let (status, kind, body) = match path.and_then(|path| read(folder, path)) {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", b"there is nothing here".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

/// A file's content type and content.
fn read(folder: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let name = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = folder.join(name.trim_start_matches('/')).canonicalize().ok()?;
    if !file.starts_with(folder) {
        return None;
    }
    let kind = match file.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        _ => "application/octet-stream",
    };
    Some((kind, std::fs::read(&file).ok()?))
}
