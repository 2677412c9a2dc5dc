//! One person's socket: signs in, sends what it is given, and notes what arrives. Answers pings, as every client does.
//! Never reconnects by itself.

use super::{dialect::Heard, payload};
use crate::{figures::Times, orders::Brief, people};
use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use std::{
    net::{SocketAddr, SocketAddrV4},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

/// What all sockets of a worker share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) brief: Brief,
    /// The worker's clock begins here; both ends of a pair are in one worker, so one clock measures both.
    pub(super) began: Instant,
    /// Whether sockets report events to the tasks that make calls.
    pub(super) calling: AtomicBool,
    /// Whether every signal is answered by one back.
    pub(super) bouncing: AtomicBool,
    tally: Mutex<Tally>,
}

/// The signals that arrived.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) arrived: u64,
    /// How many were sent for those that arrived.
    pub(super) sent_back: u64,
    pub(super) times: Times,
}

/// A signed-in socket; closed without a goodbye when dropped.
#[derive(Debug)]
pub(super) struct Line {
    /// The number of the person.
    pub(super) person: u32,
    /// How many candidates this side has sent.
    pub(super) candidates: u32,
    pub(super) events: mpsc::UnboundedReceiver<Heard>,
    outgoing: mpsc::UnboundedSender<String>,
    task: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    pub(super) fn new(brief: Brief) -> Self {
        Self {
            brief,
            began: Instant::now(),
            calling: AtomicBool::new(false),
            bouncing: AtomicBool::new(false),
            tally: Mutex::default(),
        }
    }

    /// The person with this number among the worker's.
    pub(super) fn person(&self, number: u32) -> u32 {
        self.brief.first + number
    }

    /// Where a person is served.
    pub(super) fn target(&self, person: u32) -> SocketAddr {
        self.brief.targets[person as usize % self.brief.targets.len()]
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection from one of the worker's addresses.
    pub(super) async fn connection(&self, person: u32) -> Result<TcpStream> {
        let source = self.brief.sources[person as usize % self.brief.sources.len()];
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddrV4::new(source, 0).into())?;
        let stream = socket.connect(self.target(person)).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Notes a signal that arrived; the moment at which one goes back, if one does.
    fn arrived(&self, intended: u64) -> Option<Duration> {
        let now = self.began.elapsed();
        let bouncing = self.bouncing.load(Ordering::Relaxed);
        let mut tally = self.tally();
        tally.arrived += 1;
        tally.sent_back += u64::from(bouncing);
        tally.times.note(now.saturating_sub(Duration::from_nanos(intended)));
        bouncing.then_some(now)
    }
}

impl Line {
    /// Opens a socket; `ready` hears how many live calls the welcome named.
    pub(super) async fn open(shared: &Arc<Shared>, number: u32, ready: oneshot::Sender<u64>) -> Result<Self> {
        let person = shared.person(number);
        let dialect = shared.brief.dialect;
        let url = format!("ws://{}{}", shared.target(person), dialect.path(person));
        let config = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0);
        let stream = shared.connection(person).await?;
        let (mut socket, _) =
            client_async_with_config(url.into_client_request()?, stream, Some(config)).await?;
        let hello = dialect.hello(person, &people::token(person, &shared.brief.secret)?);
        if let Some(hello) = hello.clone().filter(|_| dialect.speaks_first()) {
            socket.send(Message::text(hello)).await?;
        }
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (reports, events) = mpsc::unbounded_channel();
        let shared = Arc::clone(shared);
        let talk = Talk { shared, person, sent_back: 0, reports, ready: Some(ready), hello };
        let task = tokio::spawn(talk.run(socket, to_send));
        Ok(Self { person, candidates: 0, events, outgoing, task })
    }

    /// Sends a frame.
    pub(super) fn send(&self, text: String) {
        // A socket that is gone sends nothing: what does not arrive is counted.
        let _ = self.outgoing.send(text);
    }
}

struct Talk {
    shared: Arc<Shared>,
    person: u32,
    /// How many signals this side sent for others.
    sent_back: u32,
    reports: mpsc::UnboundedSender<Heard>,
    ready: Option<oneshot::Sender<u64>>,
    hello: Option<String>,
}

impl Talk {
    async fn run(
        mut self,
        mut socket: WebSocketStream<TcpStream>,
        mut to_send: mpsc::UnboundedReceiver<String>,
    ) {
        loop {
            let answer = tokio::select! {
                text = to_send.recv() => match text {
                    Some(text) => Some(text),
                    None => return,
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.heard(&text),
                    // The library answers pings when it is asked for the next message.
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => None,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                },
            };
            if let Some(answer) = answer
                && socket.send(Message::text(answer)).await.is_err()
            {
                return;
            }
        }
    }

    /// Notes what was heard; what is to be answered.
    fn heard(&mut self, text: &str) -> Option<String> {
        match self.shared.brief.dialect.read(text) {
            Heard::Opened => return self.hello.take(),
            Heard::Ping => return Some("3".to_owned()),
            Heard::Welcome { live_calls } => {
                if let Some(ready) = self.ready.take() {
                    // Whoever waited for it gave up.
                    let _ = ready.send(live_calls);
                }
            }
            Heard::Signal { intended } => {
                if let Some(now) = self.shared.arrived(intended) {
                    self.sent_back += 1;
                    // Partners are neighbours: the even one's is the next.
                    let partner = self.person ^ 1;
                    let candidate = payload::candidate(now);
                    let call = payload::call(text).unwrap_or_default();
                    let dialect = self.shared.brief.dialect;
                    return Some(dialect.signal(call, candidate, partner, self.sent_back));
                }
                self.report(Heard::Signal { intended });
            }
            event @ (Heard::Ringing | Heard::Answered | Heard::Ended | Heard::Refused(_)) => {
                self.report(event)
            }
            Heard::Nothing => {}
        }
        None
    }

    fn report(&self, event: Heard) {
        if self.shared.calling.load(Ordering::Relaxed) {
            // The task that makes calls may be done already.
            let _ = self.reports.send(event);
        }
    }
}
