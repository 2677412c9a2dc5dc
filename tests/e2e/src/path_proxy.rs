//! A reverse proxy as self-hosters use it: it serves the calls below a path, which it strips, and something
//! else everywhere else. On request it drops the response for a file. Never looks into the data except for the
//! first line of a request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A running proxy.
pub struct PathProxy {
    url: String,
    rules: Arc<Rules>,
    task: JoinHandle<()>,
}

struct Rules {
    server: SocketAddr,
    path: &'static str,
    /// The endings of addresses whose next request is dropped.
    lost: Mutex<Vec<&'static str>>,
}

impl PathProxy {
    /// Starts on a free port, in front of a server at this address; the path begins with a slash and does not
    /// end with one.
    pub async fn start(server: &str, path: &'static str) -> Result<Self> {
        let server = server.parse().context("the server's address")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}{path}", listener.local_addr()?);
        let rules = Arc::new(Rules { server, path, lost: Mutex::default() });
        let own = Arc::clone(&rules);
        let task = tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let rules = Arc::clone(&own);
                tokio::spawn(async move {
                    // Either end may close at any time.
                    let _ = pass(visitor, &rules).await;
                });
            }
        });
        Ok(Self { url, rules, task })
    }

    /// The address of the calls, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Drops the next request for a file whose address ends like this.
    pub fn lose(&self, ending: &'static str) {
        self.rules.lost.lock().unwrap_or_else(PoisonError::into_inner).push(ending);
    }
}

impl Drop for PathProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Rules {
    /// The path as the server knows it, if it belongs to the calls and is not dropped.
    fn inside<'path>(&self, asked: &'path str) -> Option<&'path str> {
        let inside = asked.strip_prefix(self.path).filter(|rest| rest.starts_with('/'))?;
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lost.iter().position(|ending| inside.ends_with(ending));
        if let Some(at) = at {
            lost.remove(at);
        }
        at.is_none().then_some(inside)
    }
}

/// One request per connection, which is enough for tests and does not need to read bodies.
async fn pass(mut visitor: TcpStream, rules: &Rules) -> Result<()> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD) {
            break at;
        }
        if visitor.read_buf(&mut read).await? == 0 || read.len() > 65_536 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, asked) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(inside) = rules.inside(asked) else {
        visitor
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await?;
        return Ok(());
    };
    let mut passed = format!("{method} {inside} HTTP/1.1\r\n");
    for line in lines.filter(|line| !line.eq_ignore_ascii_case("connection: keep-alive")) {
        passed.push_str(line);
        passed.push_str("\r\n");
    }
    if !head.to_ascii_lowercase().contains("\r\nupgrade:") {
        passed.push_str("Connection: close\r\n");
    }
    let mut server = TcpStream::connect(rules.server).await?;
    server.write_all(passed.as_bytes()).await?;
    server.write_all(&read[end + 2..]).await?;
    copy_bidirectional(&mut visitor, &mut server).await?;
    Ok(())
}
