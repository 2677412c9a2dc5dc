//! One device of somebody as the hub knows it: its socket, its signs of life, and how its last socket ended.
//! Never decides what that means: the rules do.

use crate::clock::Tick;
use axum::extract::ws::Utf8Bytes;
use call_protocol::{SessionId, close_code};
use call_rules::{Life, Manner, Moment, Parted};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

#[derive(Debug)]
pub(super) struct Device {
    pub(super) link: Option<Link>,
    pub(super) label: Option<String>,
    pub(super) signs: Arc<Signs>,
    /// How and when its last socket ended, if that was the device's own doing.
    pub(super) parted: Option<(Manner, Tick)>,
}

impl Device {
    /// Whether it has a socket that is not about to be closed.
    pub(super) fn is_open(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.close.is_some())
    }
}

/// A device's signs of life, shared with its socket, which changes them with every frame.
#[derive(Debug)]
pub struct Signs {
    /// A [`Tick`] in nanoseconds.
    last_proof: AtomicU64,
    /// The place of its last use among the uses of all devices.
    pub(super) last_use: AtomicU64,
    /// The session that its socket is signed in by, if it is one of this server's.
    session: Mutex<Option<SessionId>>,
}

impl Signs {
    pub(super) fn new(now: Tick, last_use: u64) -> Arc<Self> {
        Arc::new(Self { last_proof: nanos(now).into(), last_use: last_use.into(), session: Mutex::default() })
    }

    /// The socket is signed in by this session from now on. Whether that one lives is to be asked afterwards.
    pub fn belongs_to(&self, session: Option<SessionId>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    pub(super) fn is_of(&self, session: Option<&SessionId>) -> bool {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == session
    }

    /// The device proved that it lives.
    pub fn alive(&self, now: Tick) {
        self.last_proof.store(nanos(now), Ordering::Relaxed);
    }

    pub(super) fn last_proof(&self) -> Tick {
        Tick(Duration::from_nanos(self.last_proof.load(Ordering::Relaxed)))
    }
}

/// Never cut off in practice: 64 bits of nanoseconds are 584 years.
fn nanos(tick: Tick) -> u64 {
    u64::try_from(tick.0.as_nanos()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: u64,
    pub(super) frames: mpsc::Sender<Box<Utf8Bytes>>,
    /// Taken by the first reason to close.
    pub(super) close: Option<oneshot::Sender<u16>>,
}

impl Link {
    /// Queues a frame; `false` for a signal that has no room. Signals fill half of the queue at most: they are sent again by
    /// the machines, and no number of them may disconnect the device, as a full queue does.
    pub(super) fn send(&mut self, text: Utf8Bytes) -> bool {
        if is_signal(&text) && self.frames.capacity() * 2 < self.frames.max_capacity() {
            return false;
        }
        self.put(text);
        true
    }

    fn put(&mut self, text: Utf8Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.frames.try_send(Box::new(text)) {
            self.close(close_code::TOO_SLOW);
        }
    }

    pub(super) fn close(&mut self, code: u16) {
        if let Some(close) = self.close.take() {
            // A socket that is gone needs no closing.
            let _ = close.send(code);
        }
    }
}

/// Whether a frame is a signal, whoever wrote it: the type comes first.
fn is_signal(text: &str) -> bool {
    text.starts_with(r#"{"type":"signal","#)
}

pub(super) fn life(device: &Device, now: Moment, tick: Tick) -> Life {
    let since = |then: Tick| tick.0.saturating_sub(then.0);
    let silent = since(device.signs.last_proof());
    let parted = device.parted.map(|(manner, at)| Parted { manner, ago: since(at) });
    Life {
        connected: device.link.is_some(),
        silent,
        last_proof: Some(now.minus(silent)),
        parted,
        media: None,
    }
}
