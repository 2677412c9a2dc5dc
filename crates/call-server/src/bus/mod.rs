//! The bus between the nodes of one server: a notice that one node publishes reaches all others once, and only if a node wrote
//! it. Two ways: NATS, and the database's notifications, where there is no NATS or a node cannot reach it. Never the truth:
//! the bus says when notices may have been lost, and then the database is read again. Never knows what a notice means.

mod nats;
mod reader;
mod seal;

pub use nats::BusError;
pub use seal::{Keys, Rejected};

use async_nats::Subscriber;
use futures_util::StreamExt;
use reader::{Reader, Way};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
};
use tokio::sync::{Notify, mpsc};

/// Notices that may wait to be sent.
const QUEUE: usize = 8192;
/// Bytes of notices that may wait to be sent, by each way.
const BYTES: usize = 16 * 1024 * 1024;
/// What came through the database and waits to be read.
const HEARD: usize = 256;
/// For how many of its beats a node also publishes through the database after another one announced that it cannot hear NATS,
/// which such a node does once each beat.
const BEATS: u32 = 4;

/// The way out: publishes notices.
#[derive(Clone, Debug)]
pub struct Bus {
    queue: mpsc::Sender<Order>,
    state: Arc<State>,
}

/// The way in: what the other nodes publish.
#[derive(Debug)]
pub struct Subscription {
    subscriber: Option<Subscriber>,
    database: mpsc::Receiver<String>,
    reader: Reader,
    state: Arc<State>,
}

/// What comes in.
#[derive(Debug)]
pub enum Received {
    /// A notice of another node.
    Notice(String),
    /// Something that no node wrote, or that was here before.
    Rejected(Rejected),
    /// Notices may have been lost, in either direction.
    Loss,
}

/// The way through the database, for whoever can use that.
#[derive(Debug)]
pub struct DatabaseWay {
    outgoing: mpsc::Receiver<Vec<String>>,
    incoming: mpsc::Sender<String>,
    state: Arc<State>,
}

/// The half of it that takes what the database delivered.
#[derive(Clone, Debug)]
pub struct DatabaseListener {
    incoming: mpsc::Sender<String>,
    state: Arc<State>,
}

/// The half of it that hands out what the database has to deliver.
#[derive(Debug)]
pub struct DatabaseSender {
    outgoing: mpsc::Receiver<Vec<String>>,
    state: Arc<State>,
}

#[derive(Debug)]
struct Order {
    notice: String,
    everywhere: bool,
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is a NATS server at all.
    configured: bool,
    nats: AtomicBool,
    /// Notifications of the database are listened to.
    listens: AtomicBool,
    /// Notices were, or could have been, published while there was no way.
    missed: AtomicBool,
    /// How many beats ago, counted down, another node could not hear NATS.
    deaf: AtomicU32,
    /// Bytes that wait.
    waiting: AtomicUsize,
    loss: Notify,
}

impl Bus {
    /// Joins the nodes by the NATS server at this address, as soon as it answers, and by the way through the database that is
    /// returned. `id` is what the other nodes know this one by, and what the NATS server's own tools show.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub async fn connect(
        url: Option<&str>,
        id: &str,
        keys: Keys,
    ) -> Result<(Self, Subscription, DatabaseWay), BusError> {
        let state = Arc::new(State { configured: url.is_some(), ..State::default() });
        let told = Arc::clone(&state);
        let joined = match url {
            Some(url) => Some(nats::join(url, id, move |event| told.take_note(&event)).await?),
            None => None,
        };
        let (client, subscriber) = joined.unzip();
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (out, outgoing) = mpsc::channel(QUEUE);
        let (incoming, database) = mpsc::channel(HEARD);
        let keys = Arc::new(keys);
        let publisher = Publisher {
            id: id.to_owned(),
            keys: Arc::clone(&keys),
            number: 0,
            nats: client,
            out,
            state: Arc::clone(&state),
        };
        // Ends with the last `Bus`.
        tokio::spawn(publisher.run(waiting));
        let subscription =
            Subscription { subscriber, database, reader: Reader::new(id, keys), state: Arc::clone(&state) };
        let by_database = DatabaseWay { outgoing, incoming, state: Arc::clone(&state) };
        Ok((Self { queue, state }, subscription, by_database))
    }

    /// Publishes a notice, unless too many wait already.
    pub fn publish(&self, notice: String) {
        self.put(Order { notice, everywhere: false });
    }

    /// Publishes a notice by each way that there is.
    pub fn publish_everywhere(&self, notice: String) {
        self.put(Order { notice, everywhere: true });
    }

    fn put(&self, order: Order) {
        let bytes = order.notice.len();
        if !self.state.takes(bytes) || self.queue.try_send(order).is_err() {
            self.state.loss.notify_one();
        }
    }

    /// Whether notices reach the other nodes at once, as far as is known.
    pub fn is_up(&self) -> bool {
        if self.state.configured { self.hears_nats() } else { self.state.listens.load(Ordering::Relaxed) }
    }

    /// Whether a NATS server is configured, reachable or not.
    pub fn is_configured(&self) -> bool {
        self.state.configured
    }

    /// Whether NATS is connected, as far as is known.
    pub fn hears_nats(&self) -> bool {
        self.state.nats.load(Ordering::Relaxed)
    }

    /// Another node says that it does not hear NATS.
    pub fn note_deaf_node(&self) {
        self.state.deaf.store(BEATS, Ordering::Relaxed);
    }

    /// A beat of this node has passed.
    pub fn beat(&self) {
        let less = |beats: u32| beats.checked_sub(1);
        let _ = self.state.deaf.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// Seals notices in the order in which they were published, and hands them to the ways that there are.
struct Publisher {
    id: String,
    keys: Arc<Keys>,
    number: u64,
    nats: Option<async_nats::Client>,
    out: mpsc::Sender<Vec<String>>,
    state: Arc<State>,
}

impl Publisher {
    async fn run(mut self, mut waiting: mpsc::Receiver<Order>) {
        while let Some(order) = waiting.recv().await {
            self.state.waiting.fetch_sub(order.notice.len(), Ordering::Relaxed);
            self.number += 1;
            self.tell(&order).await;
        }
    }

    async fn tell(&self, order: &Order) {
        let nats = self.nats.as_ref().filter(|_| self.state.nats.load(Ordering::Relaxed));
        if let Some(nats) = nats {
            // Not kept until NATS is back: it would be too old by then.
            let sealed = self.keys.seal(&self.id, self.number, &order.notice);
            if !nats::publish(nats, sealed).await {
                self.state.loss.notify_one();
            }
        }
        if nats.is_none() || order.everywhere || self.state.deaf.load(Ordering::Relaxed) > 0 {
            let pieces = self.keys.seal_in_pieces(&self.id, self.number, &order.notice);
            let bytes = bytes(&pieces);
            if !self.state.takes(bytes) {
                self.state.missed.store(true, Ordering::Relaxed);
            } else if self.out.try_send(pieces).is_err() {
                self.state.waiting.fetch_sub(bytes, Ordering::Relaxed);
                self.state.missed.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn bytes(pieces: &[String]) -> usize {
    pieces.iter().map(String::len).sum()
}

impl Subscription {
    /// Waits for what comes in next; `None` when the bus is closed for good.
    pub async fn next(&mut self) -> Option<Received> {
        loop {
            let nats = async {
                match &mut self.subscriber {
                    Some(subscriber) => subscriber.next().await,
                    None => std::future::pending().await,
                }
            };
            let read = tokio::select! {
                () = self.state.loss.notified() => return Some(Received::Loss),
                message = nats => self.reader.read(&message?.payload, Way::Nats),
                text = self.database.recv() => self.reader.read(text?.as_bytes(), Way::Database),
            };
            match read {
                Ok(Some(notice)) => return Some(Received::Notice(notice)),
                Ok(None) => {} // a piece, an echo, or what came by the other way already
                Err(rejected) => return Some(Received::Rejected(rejected)),
            }
        }
    }
}

impl DatabaseWay {
    /// Its two halves.
    pub fn split(self) -> (DatabaseListener, DatabaseSender) {
        let Self { outgoing, incoming, state } = self;
        (DatabaseListener { incoming, state: Arc::clone(&state) }, DatabaseSender { outgoing, state })
    }
}

impl DatabaseListener {
    /// Notifications are listened to from now on. What was said before may have been missed, unless this is the first time.
    pub fn begin(&self) {
        self.state.listens.store(true, Ordering::Relaxed);
    }

    /// They cannot be listened to for now.
    pub fn end(&self) {
        if self.state.listens.swap(false, Ordering::Relaxed) && !self.state.nats.load(Ordering::Relaxed) {
            self.state.missed.store(true, Ordering::Relaxed);
        }
    }

    /// Hands in a text that was delivered; waits while too many wait; `false` when nobody reads them any more.
    pub async fn put(&self, text: String) -> bool {
        self.incoming.send(text).await.is_ok()
    }
}

impl DatabaseSender {
    /// Waits for pieces to deliver, some at a time, in their order; `None` when nothing is published any more.
    pub async fn take(&mut self, most: usize) -> Option<Vec<String>> {
        let mut pieces = self.outgoing.recv().await?;
        // A notice's pieces stay together.
        while pieces.len() < most
            && let Ok(more) = self.outgoing.try_recv()
        {
            pieces.extend(more);
        }
        self.state.waiting.fetch_sub(bytes(&pieces), Ordering::Relaxed);
        Some(pieces)
    }

    /// They were delivered; what could not be delivered before counts as lost from now on.
    pub fn told(&self) {
        if self.state.missed.swap(false, Ordering::Relaxed) {
            self.state.loss.notify_one();
        }
    }

    /// They could not be delivered.
    pub fn failed(&self) {
        self.state.missed.store(true, Ordering::Relaxed);
    }
}

impl State {
    /// Whether there is room for so many bytes more, which are counted then.
    fn takes(&self, bytes: usize) -> bool {
        let fits = |waiting: usize| waiting.checked_add(bytes).filter(|sum| *sum <= BYTES);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn take_note(&self, event: &async_nats::Event) {
        use async_nats::Event;
        match event {
            Event::Connected => {
                self.nats.store(true, Ordering::Relaxed);
                tracing::info!("the bus is connected");
                if self.missed.swap(false, Ordering::Relaxed) {
                    self.loss.notify_one();
                }
            }
            Event::Disconnected | Event::Closed => {
                // What was under way may be lost: everybody reads the database again.
                if self.nats.swap(false, Ordering::Relaxed) {
                    self.loss.notify_one();
                }
                self.missed.store(true, Ordering::Relaxed);
                tracing::warn!("the bus is gone; nodes speak through the database until it is back");
            }
            Event::SlowConsumer(_) => {
                tracing::warn!("the bus brings more than this node can take");
                self.loss.notify_one();
            }
            Event::ServerError(error) => tracing::warn!(%error, "the bus refused something"),
            Event::ClientError(error) => tracing::debug!(%error, "the bus does not answer"),
            Event::LameDuckMode | Event::Draining => {} // another server of the cluster takes over by itself
        }
    }
}
