//! The line of a call: one connection at a time, and which of them a signal belongs to: the open one, a closed one, or
//! one that it opens. A generation is never opened twice, and a ring opens only so many. Never looks into a signal beyond
//! its kind and numbers.

use crate::connection::{Connection, Remote};
use crate::effect::IceTransportPolicy;
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
pub(crate) struct CurrentConnection {
    connection: Option<Connection>,
    ice_policy: IceTransportPolicy,
    /// The highest generation that was ever opened.
    newest: u32,
    /// How many connections may still be opened before the person accepts: each costs the browser something that it
    /// gives back late.
    remaining: u32,
    /// The newest offer that came when none was left; it is taken once the person accepts.
    postponed_offer: Option<Signal>,
    /// Whose fault it was that the newest connection could not be negotiated.
    failed: Option<Fault>,
}

impl Default for CurrentConnection {
    fn default() -> Self {
        let remaining = timing::CONNECTIONS_OF_A_RING;
        Self {
            connection: None,
            ice_policy: IceTransportPolicy::All,
            newest: 0,
            remaining,
            postponed_offer: None,
            failed: None,
        }
    }
}

/// The other side's device in a live call; `None` while nobody sits there.
pub(crate) fn remote_of(live: &LiveCall, peer: &User) -> Option<Remote> {
    live.seat_of(&peer.id).map(|seat| Remote {
        call_id: live.call.id.clone(),
        device: seat.device_id.clone(),
        reliable: seat.reliable,
    })
}

/// Hands a signal to the offering side's connection, whose generations are its own: others are of connections that
/// are closed. An answer to one of those says that the ring carried an older offer than this connection's.
pub(crate) fn deliver_to_offerer(connection: &mut Connection, signal: &Signal, io: &mut Io) {
    let open = connection.key.number;
    let number = signal.peer_connection.unwrap_or(open);
    if number == open {
        connection.take_signal(signal, io);
    } else if number < open
        && signal.kind() == SignalKind::Answer
        && connection.remote_device() == signal.from_device.as_ref()
    {
        connection.send_offer_unless_received(io);
    }
}

impl CurrentConnection {
    /// The offering side's line.
    pub(crate) fn of(connection: Connection) -> Self {
        let (newest, ice_policy) = (connection.key.number, connection.ice_policy());
        Self { newest, ice_policy, connection: Some(connection), ..Self::default() }
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
        self.ice_policy = IceTransportPolicy::Relay;
        if self.connection.as_ref().is_some_and(|open| open.ice_policy() == IceTransportPolicy::All) {
            self.close(io);
        }
    }

    /// The other side goes on at another device, which numbers its own connections.
    pub(crate) fn reset_numbers(&mut self, io: &mut Io) {
        self.close(io);
        self.newest = 0;
        self.postponed_offer = None;
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
    pub(crate) fn accept(&mut self, epoch: Epoch, remote: &Remote, io: &mut Io) {
        self.remaining = timing::CONNECTIONS_OF_A_RING;
        if let Some(late) = self.postponed_offer.take() {
            self.route(epoch, remote, late, io);
        }
    }

    /// Opens the answering end of an offer that came with the ring, if it is news.
    pub(crate) fn open(&mut self, key: PeerKey, remote: &Remote, offer: SessionDescription, io: &mut Io) {
        if key.number <= self.newest || self.remaining == 0 {
            return;
        }
        self.replace_with(key.number, io);
        let mut connection = Connection::answer(key, self.ice_policy, remote.clone(), offer, io);
        replay_early(&mut connection, remote, io);
        self.connection = Some(connection);
    }

    /// Whether a signal belongs to the open connection.
    pub(crate) fn has(&self, signal: &Signal) -> bool {
        let open = self.connection.as_ref().map(|connection| connection.key.number);
        open.is_some_and(|open| signal.peer_connection.is_none_or(|number| number == open))
    }

    /// Hands a signal to the answering side's connection. A newer generation's offer from the remote device replaces
    /// the connection; other signals of a newer generation wait for that offer.
    pub(crate) fn route(&mut self, epoch: Epoch, remote: &Remote, signal: Signal, io: &mut Io) -> Opened {
        let number = signal.peer_connection.unwrap_or(self.newest.max(1));
        if number <= self.newest {
            if let Some(open) = self.connection.as_mut().filter(|open| open.key.number == number) {
                open.take_signal(&signal, io);
            } // else of a connection that is closed
            return Opened::No;
        }
        let from_remote = match (&remote.device, &signal.from_device) {
            (Some(remote), Some(from)) => remote == from,
            (None, _) | (_, None) => true,
        };
        if !from_remote {
            return Opened::No; // a device that does not sit in the call
        }
        if signal.kind() != SignalKind::Offer {
            io.keep_early(remote.call_id.clone(), signal);
            return Opened::No;
        }
        if self.remaining == 0 {
            // The connection before is void; this offer waits for the click, and its candidates with it.
            self.close(io);
            self.newest = number - 1;
            self.postponed_offer = Some(signal);
            return Opened::No;
        }
        self.replace_with(number, io);
        let mut fresh =
            Connection::await_offer(PeerKey { epoch, number }, self.ice_policy, remote.clone(), io);
        fresh.take_signal(&signal, io);
        replay_early(&mut fresh, remote, io);
        self.connection = Some(fresh);
        Opened::Yes
    }

    fn replace_with(&mut self, number: u32, io: &mut Io) {
        self.close(io);
        self.newest = number;
        self.remaining -= 1;
        self.failed = None;
    }
}

/// Gives a fresh connection the signals that came before it.
fn replay_early(connection: &mut Connection, remote: &Remote, io: &mut Io) {
    for early in io.take_early(&remote.call_id) {
        if early.peer_connection.is_none_or(|number| number == connection.key.number) {
            connection.take_signal(&early, io);
        }
    }
}
