//! Clients that do too much: connections that send or read nothing, and an account that requests as fast as it gets replies.
//! Talks to this machine only; everything that it opens is closed when dropped.

use crate::bounds;
use anyhow::{Result, ensure};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long somebody who comes waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections of the account that asks for too much.
const AT_ONCE: u32 = 16;
/// Requests a second that it tries at most: far beyond any limit, and not all that this machine can do.
const PER_SECOND: u32 = 4_000;

/// Connections that are held open.
#[derive(Debug)]
pub(crate) struct Flood {
    _held: Vec<TcpStream>,
}

impl Flood {
    /// Connections on which a request is begun and not ended.
    ///
    /// # Errors
    /// When the target is not on this machine.
    pub(crate) fn silent(target: SocketAddr, count: u32) -> Result<Self> {
        Self::open(target, count, "GET / HTTP/1.1\r\n")
    }

    /// Connections on which a file is asked for forty times, and nothing is read.
    ///
    /// # Errors
    /// When the target is not on this machine.
    pub(crate) fn unread(target: SocketAddr, path: &str, count: u32) -> Result<Self> {
        Self::open(target, count, &format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").repeat(40))
    }

    fn open(target: SocketAddr, count: u32, said: &str) -> Result<Self> {
        bounds::check_target(target)?;
        bounds::check(count, 0, 0)?;
        let mut held = Vec::new();
        for _ in 0..count {
            // A refused connection is not held: how many are is what is measured.
            if let Ok(mut stream) = TcpStream::connect_timeout(&target, PATIENCE) {
                let _ = stream.write_all(said.as_bytes());
                held.push(stream);
            }
        }
        Ok(Self { _held: held })
    }
}

/// Somebody connects and asks whether the server is there.
///
/// # Errors
/// When there is no good reply in time.
pub(crate) fn visit(target: SocketAddr) -> Result<()> {
    bounds::check_target(target)?;
    let mut stream = TcpStream::connect_timeout(&target, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    ensure!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    Ok(())
}

/// An account that asks for too much, until it is ended.
#[derive(Debug)]
pub(crate) struct Hog {
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
    lanes: Vec<JoinHandle<()>>,
    begun: Instant,
}

#[derive(Debug, Default)]
struct Counts {
    asked: AtomicU64,
    refused: AtomicU64,
}

/// What it asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    asked: u64,
    refused: u64,
    time: Duration,
}

impl Asked {
    /// Requests a second.
    pub(crate) fn per_second(&self) -> u64 {
        (self.asked as f64 / self.time.as_secs_f64()) as u64
    }

    /// The part of them that was refused, of a hundred.
    pub(crate) fn refused(&self) -> f64 {
        100.0 * self.refused as f64 / self.asked.max(1) as f64
    }
}

impl Hog {
    /// Lists its contacts and writes messages, as fast as it may.
    pub(crate) fn start(target: SocketAddr, token: &str, conversation: &str) -> Self {
        let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
        let head = format!("HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n");
        let list = format!("GET /api/contacts {head}\r\n");
        let body = "{\"content\":\"and another one\"}";
        let write = format!(
            "POST /api/conversations/{conversation}/messages {head}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let lane = |_| {
            let (stop, counts) = (Arc::clone(&stop), Arc::clone(&counts));
            let requests = [list.clone(), write.clone()];
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // A connection that is closed is opened again.
                    let _ = ask(target, &requests, &stop, &counts);
                }
            })
        };
        let lanes = (0..AT_ONCE).map(lane).collect();
        Self { stop, counts, lanes, begun: Instant::now() }
    }

    /// Ends it; what it asked for.
    pub(crate) fn end(mut self) -> Asked {
        let time = self.begun.elapsed();
        self.stop.store(true, Ordering::Relaxed);
        for lane in self.lanes.drain(..) {
            // A task that failed has sent fewer requests.
            let _ = lane.join();
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Asked { asked: count(&self.counts.asked), refused: count(&self.counts.refused), time }
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn ask(target: SocketAddr, requests: &[String], stop: &AtomicBool, counts: &Counts) -> Result<()> {
    bounds::check_target(target)?;
    let mut stream = TcpStream::connect_timeout(&target, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let pace = Duration::from_secs(1) * AT_ONCE / PER_SECOND;
    let mut reply = vec![0; 64 * 1024];
    for request in requests.iter().cycle() {
        let begun = Instant::now();
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        stream.write_all(request.as_bytes())?;
        // Every reply of these is small, and comes in one piece.
        let read = stream.read(&mut reply)?;
        ensure!(read > 12, "the connection was closed");
        counts.asked.fetch_add(1, Ordering::Relaxed);
        counts.refused.fetch_add(u64::from(&reply[9..12] == b"429"), Ordering::Relaxed);
        thread::sleep(pace.saturating_sub(begun.elapsed()));
    }
    Ok(())
}
