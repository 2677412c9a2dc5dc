//! The peer connection that a call uses, and which connection a signal belongs to: the open one, one that is
//! closed, or a new one that it opens. No connection number is opened twice, and one ring opens only a few.
//! One that is opened beside the current one is the call's until it takes the other's place (`in_call/handover.rs`).
//! Reads nothing of a signal but its kind and numbers.

use crate::connection::{Connection, Remote};
use crate::effect::{IceTransportPolicy, Negotiator};
use crate::event::Fault;
use crate::io::Io;
use crate::key::{Epoch, PeerKey};
use crate::timing;
use call_protocol::{LiveCall, SessionDescription, Signal, SignalKind, User};

/// Whether a signal opened a new connection, which has no tracks yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Opened {
    Yes,
    No,
}

/// The peer connection of a call, if one is open.
#[derive(Clone, Debug, Hash)]
pub(crate) struct CurrentConnection {
    connection: Option<Connection>,
    ice_policy: IceTransportPolicy,
    /// The highest connection number that was ever opened.
    newest: u32,
    /// How many connections may still be opened before the person answers. Browsers release a closed
    /// connection's resources late.
    remaining: u32,
    /// The newest offer that arrived when no more could be opened; applied once the person answers.
    postponed_offer: Option<Signal>,
    /// Which side caused the newest connection's negotiation to fail.
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

/// The other side's device in a live call; `None` while it has no seat.
pub(crate) fn remote_of(live: &LiveCall, peer: &User) -> Option<Remote> {
    live.seat_of(&peer.id).map(|seat| Remote {
        call_id: live.call.id.clone(),
        device: seat.device_id.clone(),
        reliable: seat.reliable,
    })
}

/// Delivers a signal to the offering side's connection. The offerer assigns the connection numbers, so a signal
/// with another number belongs to a closed connection. An answer to a closed one shows that the ring carried an
/// older offer than this connection's.
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
    } else if number < open && signal.kind() == SignalKind::Offer && connection.side() == Negotiator::Offerer
    {
        connection.resend_now(io); // both pages were reloaded, and this connection's offer is the one that counts
    }
}

impl CurrentConnection {
    /// For the offering side.
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

    /// Hides this device's address from now on: a connection that exposes it is closed, and the other side
    /// offers a new one.
    pub(crate) fn require_relay(&mut self, io: &mut Io) {
        self.ice_policy = IceTransportPolicy::Relay;
        if self.connection.as_ref().is_some_and(|open| open.ice_policy() == IceTransportPolicy::All) {
            self.close(io);
        }
    }

    /// The other side continues on another device, which numbers its connections itself.
    pub(crate) fn reset_numbers(&mut self, io: &mut Io) {
        self.close(io);
        self.newest = 0;
        self.postponed_offer = None;
    }

    /// Closes the open connection, which could not be negotiated, and keeps the cause.
    pub(crate) fn fail(&mut self, fault: Fault, io: &mut Io) {
        self.close(io);
        self.failed = Some(fault);
    }

    /// Which side caused that there is no connection.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.failed
    }

    /// The person answered: connections can be opened again, and a postponed offer is applied.
    pub(crate) fn accept(&mut self, epoch: Epoch, remote: &Remote, io: &mut Io) {
        self.remaining = timing::CONNECTIONS_OF_A_RING;
        if let Some(late) = self.postponed_offer.take() {
            self.route(epoch, remote, late, io);
        }
    }

    /// By which ways connections may come about.
    pub(crate) fn ice_policy(&self) -> IceTransportPolicy {
        self.ice_policy
    }

    /// This side opens a connection with this number beside the current one.
    pub(crate) fn reserve(&mut self, number: u32) {
        self.newest = number;
    }

    /// Whether another connection may be opened for an offer: it is of the device with the seat, and not one too many.
    pub(crate) fn may_open(&self, remote: &Remote, offer: &Signal) -> bool {
        self.remaining > 0 && is_from(remote, offer)
    }

    /// Whether a signal is from whom the call is with, as far as it says.
    pub(crate) fn is_from(remote: &Remote, signal: &Signal) -> bool {
        is_from(remote, signal)
    }

    /// Opens the answering end for the other side's offer of a connection beside the current one.
    pub(crate) fn open_beside(
        &mut self,
        key: PeerKey,
        remote: &Remote,
        offer: &Signal,
        io: &mut Io,
    ) -> Connection {
        self.newest = key.number;
        self.remaining = self.remaining.saturating_sub(1);
        self.answer_to(key, remote, offer, io)
    }

    /// A connection that was opened beside the current one takes its place.
    pub(crate) fn adopt(&mut self, connection: Connection, io: &mut Io) {
        self.close(io);
        self.connection = Some(connection);
        self.is_up();
    }

    fn answer_to(&self, key: PeerKey, remote: &Remote, offer: &Signal, io: &mut Io) -> Connection {
        let mut fresh = Connection::await_offer(key, self.ice_policy, remote.clone(), io);
        fresh.take_signal(offer, io);
        replay_early(&mut fresh, remote, io);
        fresh
    }

    /// The connection is up: others may be opened after it.
    pub(crate) fn is_up(&mut self) {
        self.remaining = timing::CONNECTIONS_OF_A_RING;
    }

    /// The highest connection number so far.
    pub(crate) fn newest(&self) -> u32 {
        self.newest
    }

    /// Whether a signal belongs to a connection that the other side opens.
    pub(crate) fn is_newer(&self, signal: &Signal) -> bool {
        signal.peer_connection.is_some_and(|number| number > self.newest)
    }

    /// Opens the answering end for the offer that came with the ring, unless it is old.
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
    pub(crate) fn is_for_open(&self, signal: &Signal) -> bool {
        let open = self.connection.as_ref().map(|connection| connection.key.number);
        open.is_some_and(|open| signal.peer_connection.is_none_or(|number| number == open))
    }

    /// Delivers a signal to the answering side's connection. A newer connection's offer from the remote device
    /// replaces the open connection; other signals of a newer connection wait for its offer.
    pub(crate) fn route(&mut self, epoch: Epoch, remote: &Remote, signal: Signal, io: &mut Io) -> Opened {
        let number = signal.peer_connection.unwrap_or(self.newest.max(1));
        if number <= self.newest {
            if let Some(open) = &mut self.connection {
                deliver_to_offerer(open, &signal, io);
            }
            return Opened::No;
        }
        if !is_from(remote, &signal) {
            return Opened::No; // a device without a seat in the call
        }
        if signal.kind() != SignalKind::Offer {
            io.keep_early(remote.call_id.clone(), signal);
            return Opened::No;
        }
        if self.remaining == 0 {
            // The open connection is outdated; this offer and its candidates wait until the person answers.
            self.close(io);
            self.newest = number - 1;
            self.postponed_offer = Some(signal);
            return Opened::No;
        }
        self.replace_with(number, io);
        self.connection = Some(self.answer_to(PeerKey { epoch, number }, remote, &signal, io));
        Opened::Yes
    }

    fn replace_with(&mut self, number: u32, io: &mut Io) {
        self.close(io);
        self.newest = number;
        self.remaining -= 1;
        self.failed = None;
    }
}

/// Whether a signal may be of the device that has the seat.
fn is_from(remote: &Remote, signal: &Signal) -> bool {
    match (&remote.device, &signal.from_device) {
        (Some(remote), Some(from)) => remote == from,
        (None, _) | (_, None) => true,
    }
}

/// Gives a new connection the signals that arrived before it was opened.
fn replay_early(connection: &mut Connection, remote: &Remote, io: &mut Io) {
    for early in io.take_early(&remote.call_id) {
        if early.peer_connection.is_none_or(|number| number == connection.key.number) {
            connection.take_signal(&early, io);
        }
    }
}
