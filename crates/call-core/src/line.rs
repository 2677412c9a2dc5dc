//! The line of a call: one connection at a time, and which of them a signal belongs to: the open one, a closed one, or
//! one that it opens. A generation is never opened twice, and a ring opens only so many. Never looks into a signal beyond
//! its kind and numbers.

use crate::connection::{Connection, Far};
use crate::effect::Reach;
use crate::event::Fault;
use crate::io::Io;
use crate::key::{Epoch, PeerKey};
use crate::timing;
use call_protocol::{LiveCall, SessionDescription, Signal, SignalKind, User};

/// Whether a signal opened a connection that nothing is attached to yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    Yes,
    No,
}

/// The answering side's connection, if one is open.
#[derive(Debug)]
pub(crate) struct Line {
    connection: Option<Connection>,
    reach: Reach,
    /// The highest generation that was ever opened.
    newest: u32,
    /// How many connections may still be opened before the person accepts: each costs the browser something that it
    /// gives back late.
    left: u32,
    /// The newest offer that came when none was left; it is taken once the person accepts.
    late: Option<Signal>,
    /// Whose fault it was that the newest connection could not be negotiated.
    failed: Option<Fault>,
}

impl Default for Line {
    fn default() -> Self {
        let left = timing::CONNECTIONS_OF_A_RING;
        Self { connection: None, reach: Reach::AnyWay, newest: 0, left, late: None, failed: None }
    }
}

/// The other side's device in a live call; `None` while nobody sits there.
pub(crate) fn far_of(live: &LiveCall, peer: &User) -> Option<Far> {
    live.seat_of(&peer.id).map(|seat| Far {
        call_id: live.call.id.clone(),
        device: seat.device_id.clone(),
        reliable: seat.reliable,
    })
}

/// Hands a signal to the offering side's connection, whose generations are its own: others are of connections that
/// are closed. An answer to one of those says that the ring carried an older offer than this connection's.
pub(crate) fn hear(connection: &mut Connection, signal: &Signal, io: &mut Io) {
    let current = connection.key.generation;
    let generation = signal.generation.unwrap_or(current);
    if generation == current {
        connection.take_signal(signal, io);
    } else if generation < current
        && signal.kind() == SignalKind::Answer
        && connection.far_device() == signal.from_device.as_ref()
    {
        connection.offer_unless_heard(io);
    }
}

impl Line {
    /// The offering side's line.
    pub(crate) fn of(connection: Connection) -> Self {
        let (newest, reach) = (connection.key.generation, connection.reach());
        Self { newest, reach, connection: Some(connection), ..Self::default() }
    }

    pub(crate) fn connection(&self) -> Option<&Connection> {
        self.connection.as_ref()
    }

    pub(crate) fn connection_mut(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    pub(crate) fn close(&mut self, io: &mut Io) {
        if let Some(connection) = self.connection.take() {
            connection.close(io);
        }
    }

    /// This device's address is hidden from now on: a connection that shows it is void, and the other side makes another.
    pub(crate) fn hide(&mut self, io: &mut Io) {
        self.reach = Reach::RelaysOnly;
        if self.connection.as_ref().is_some_and(|open| open.reach() == Reach::AnyWay) {
            self.close(io);
        }
    }

    /// The far side goes on at another device, which numbers its own connections.
    pub(crate) fn renumber(&mut self, io: &mut Io) {
        self.close(io);
        self.newest = 0;
        self.late = None;
    }

    /// The browser could not negotiate the open connection: it is closed, and this is why there is none.
    pub(crate) fn fail(&mut self, fault: Fault, io: &mut Io) {
        self.close(io);
        self.failed = Some(fault);
    }

    /// Whose fault it is that there is no connection.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.failed
    }

    /// The person has accepted: there is room for connections again, and an offer that had none gets its own.
    pub(crate) fn accept(&mut self, epoch: Epoch, far: &Far, io: &mut Io) {
        self.left = timing::CONNECTIONS_OF_A_RING;
        if let Some(late) = self.late.take() {
            self.route(epoch, far, late, io);
        }
    }

    /// Opens the answering end of an offer that came with the ring, if it is news.
    pub(crate) fn open(&mut self, key: PeerKey, far: &Far, offer: SessionDescription, io: &mut Io) {
        if key.generation <= self.newest || self.left == 0 {
            return;
        }
        self.makes_room(key.generation, io);
        let mut connection = Connection::answer(key, self.reach, far.clone(), offer, io);
        feed_early(&mut connection, far, io);
        self.connection = Some(connection);
    }

    /// Whether a signal belongs to the open connection.
    pub(crate) fn has(&self, signal: &Signal) -> bool {
        let open = self.connection.as_ref().map(|connection| connection.key.generation);
        open.is_some_and(|open| signal.generation.is_none_or(|generation| generation == open))
    }

    /// Hands a signal to the answering side's connection. A newer generation's offer from the far device replaces
    /// the connection; other signals of a newer generation wait for that offer.
    pub(crate) fn route(&mut self, epoch: Epoch, far: &Far, signal: Signal, io: &mut Io) -> Opened {
        let generation = signal.generation.unwrap_or(self.newest.max(1));
        if generation <= self.newest {
            if let Some(open) = self.connection.as_mut().filter(|open| open.key.generation == generation) {
                open.take_signal(&signal, io);
            } // else of a connection that is closed
            return Opened::No;
        }
        let from_far = match (&far.device, &signal.from_device) {
            (Some(far), Some(from)) => far == from,
            (None, _) | (_, None) => true,
        };
        if !from_far {
            return Opened::No; // a device that does not sit in the call
        }
        if signal.kind() != SignalKind::Offer {
            io.keep_early(far.call_id.clone(), signal);
            return Opened::No;
        }
        if self.left == 0 {
            // The connection before is void; this offer waits for the click, and its candidates with it.
            self.close(io);
            self.newest = generation - 1;
            self.late = Some(signal);
            return Opened::No;
        }
        self.makes_room(generation, io);
        let mut fresh = Connection::await_offer(PeerKey { epoch, generation }, self.reach, far.clone(), io);
        fresh.take_signal(&signal, io);
        feed_early(&mut fresh, far, io);
        self.connection = Some(fresh);
        Opened::Yes
    }

    fn makes_room(&mut self, generation: u32, io: &mut Io) {
        self.close(io);
        self.newest = generation;
        self.left -= 1;
        self.failed = None;
    }
}

/// Gives a fresh connection the signals that came before it.
fn feed_early(connection: &mut Connection, far: &Far, io: &mut Io) {
    for early in io.take_early(&far.call_id) {
        if early.generation.is_none_or(|generation| generation == connection.key.generation) {
            connection.take_signal(&early, io);
        }
    }
}
