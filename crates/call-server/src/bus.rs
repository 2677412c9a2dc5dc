//! The bus between the nodes of one server: what one node publishes, all others hear. Connects by itself, for ever.
//! Never the truth, and waited for at the start only, for a second at most: whatever it loses is read from the database
//! again, and it says when it may have lost something. Never knows what a notice means.

use async_nats::{ConnectOptions, Event, ServerAddr, Subscriber};
use axum::body::Bytes;
use futures_util::StreamExt;
use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::timeout,
};

/// The one subject: every node hears every notice, and drops what is for nobody who is connected to it.
const SUBJECT: &str = "messenger-calls.notices";
/// Notices that may wait to be sent.
const QUEUE: usize = 8192;
/// How long the bus may take to accept a notice.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a silent bus is asked whether it lives; the third question without an answer gives it up.
const PING: Duration = Duration::from_secs(1);
/// How long an attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// The pause between attempts to connect.
const RETRY: Duration = Duration::from_millis(300);

/// The way out: publishes notices.
#[derive(Clone, Debug)]
pub struct Bus {
    queue: mpsc::Sender<Bytes>,
    state: Arc<State>,
}

/// The way in: what the other nodes publish.
#[derive(Debug)]
pub struct Ear {
    subscriber: Subscriber,
    state: Arc<State>,
}

/// What comes in.
#[derive(Debug)]
pub enum Heard {
    /// A notice of another node.
    Notice(Bytes),
    /// Notices may have been lost, in either direction.
    Loss,
}

#[derive(Debug, Default)]
struct State {
    up: AtomicBool,
    /// Something was, or could have been, said while the bus was not connected.
    missed: AtomicBool,
    loss: Notify,
}

/// Why there is no bus; a server that does not answer is none of these reasons, it is tried again.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the bus: {0}; write its address as nats://host:4222")]
pub struct BusError(String);

impl Bus {
    /// Connects to a NATS server, now or as soon as it answers; `name` is what the server's own tools show.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub async fn connect(url: &str, name: &str) -> Result<(Self, Ear), BusError> {
        let refused = |error: &dyn std::error::Error| BusError(error.to_string());
        // Several servers of one cluster are written with commas between them.
        let addresses = url.split(',').map(|part| ServerAddr::from_str(part.trim()));
        let addresses = addresses.collect::<Result<Vec<_>, _>>().map_err(|error| refused(&error))?;
        let state = Arc::<State>::default();
        let told = Arc::clone(&state);
        let client = ConnectOptions::new()
            .name(name)
            .no_echo()
            .ping_interval(PING)
            .connection_timeout(CONNECT)
            .reconnect_delay_callback(|attempt| if attempt <= 1 { Duration::ZERO } else { RETRY })
            .retry_on_initial_connect()
            .event_callback(move |event| {
                told.take_note(&event);
                std::future::ready(())
            })
            .connect(addresses)
            .await
            .map_err(|error| refused(&error))?;
        let subscriber = client.subscribe(SUBJECT).await.map_err(|error| refused(&error))?;
        // Whoever connects to this node reads the truth then, and hears of what comes after it only if this has arrived. A
        // bus that is away is not waited for: what was said meanwhile is told anew when it is there.
        let _heard = timeout(PATIENCE, client.flush()).await;
        let (queue, mut waiting) = mpsc::channel::<Bytes>(QUEUE);
        let losses = Arc::clone(&state);
        // Ends with the last `Bus`.
        tokio::spawn(async move {
            while let Some(notice) = waiting.recv().await {
                // Kept until the bus is back it would be too old for anybody.
                if !losses.up.load(Ordering::Relaxed) {
                    continue;
                }
                if !matches!(timeout(PATIENCE, client.publish(SUBJECT, notice)).await, Ok(Ok(()))) {
                    losses.loss.notify_one();
                }
            }
        });
        Ok((Self { queue, state: Arc::clone(&state) }, Ear { subscriber, state }))
    }

    /// Publishes a notice, unless too many wait already.
    pub fn publish(&self, notice: Bytes) {
        if !self.is_up() {
            self.state.missed.store(true, Ordering::Relaxed);
        }
        if self.queue.try_send(notice).is_err() {
            self.state.loss.notify_one();
        }
    }

    /// Whether the bus is connected, as far as is known.
    pub fn is_up(&self) -> bool {
        self.state.up.load(Ordering::Relaxed)
    }
}

impl Ear {
    /// Waits for what comes in next; `None` when the bus is closed for good.
    pub async fn hear(&mut self) -> Option<Heard> {
        tokio::select! {
            () = self.state.loss.notified() => Some(Heard::Loss),
            message = self.subscriber.next() => message.map(|message| Heard::Notice(message.payload)),
        }
    }
}

impl State {
    fn take_note(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.up.store(true, Ordering::Relaxed);
                tracing::info!("the bus is connected");
                if self.missed.swap(false, Ordering::Relaxed) {
                    self.loss.notify_one();
                }
            }
            Event::Disconnected | Event::Closed => {
                self.up.store(false, Ordering::Relaxed);
                self.missed.store(true, Ordering::Relaxed);
                tracing::warn!(
                    "the bus is gone; changes reach other nodes within seconds, through the database"
                );
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
