//! The caller's connections while it rings: that of the ring's offer, and one for every further device that the server
//! lets connect before the answer. Never attaches anything: that is the call's decision.

use crate::connection::{Connection, ConnectionEvent, OfferDelivery, Remote};
use crate::context::Context;
use crate::current_connection::deliver_to_offerer;
use crate::effect::IceTransportPolicy;
use crate::event::PeerEvent;
use crate::io::Io;
use crate::key::{Epoch, PeerKey, Time};
use crate::timing;
use call_protocol::{CallId, DeviceId, Signal, limits};

#[derive(Clone, Debug, Hash)]
pub(crate) struct WarmConnections {
    /// That of the ring's offer, or what has taken its place; there is always one, for whoever answers.
    pub(crate) first: Connection,
    others: Vec<Connection>,
    /// How many were given up for another one.
    replaced: u32,
}

impl WarmConnections {
    pub(crate) fn new(first: Connection) -> Self {
        Self { first, others: Vec::new(), replaced: 0 }
    }

    /// Whether none may be given up for another one any more.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.replaced >= timing::CONNECTIONS_OF_A_RING
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.each().filter_map(Connection::deadline).min()
    }

    pub(crate) fn tick(&mut self, io: &mut Io) {
        self.each_mut().for_each(|connection| connection.tick(io));
    }

    pub(crate) fn resend_now(&mut self, io: &mut Io) {
        self.each_mut().for_each(|connection| connection.resend_now(io));
    }

    /// Whether a connection is among them.
    pub(crate) fn has(&self, key: PeerKey) -> bool {
        self.each().any(|connection| connection.key == key)
    }

    /// Takes what a peer connection says; of one that is closed it means nothing.
    pub(crate) fn handle(&mut self, event: PeerEvent, io: &mut Io) -> ConnectionEvent {
        let key = event.key();
        let connection = self.each_mut().find(|connection| connection.key == key);
        connection.map_or(ConnectionEvent::Nothing, |connection| connection.handle(event, io))
    }

    /// Hands a signal to the connection that it belongs to.
    pub(crate) fn deliver(&mut self, signal: &Signal, io: &mut Io) {
        let other = self.others.iter_mut().find(|other| signal.peer_connection == Some(other.key.number));
        match other {
            Some(other) => other.take_signal(signal, io),
            None => deliver_to_offerer(&mut self.first, signal, io),
        }
    }

    /// Opens the connection of a further device, whose offer travels as a signal. One that comes back has lost the
    /// connection that it had.
    pub(crate) fn offer_to(
        &mut self,
        device: DeviceId,
        (call_id, epoch): (&CallId, Epoch),
        cx: &mut Context,
    ) {
        if let Some(at) = self.others.iter().position(|other| other.remote_device() == Some(&device)) {
            // What it had is dead; whoever came back too often gets a connection once it has answered.
            self.replaced += 1;
            self.others.swap_remove(at).close(&mut cx.io);
        }
        if self.is_exhausted() {
            return;
        }
        if self.others.len() + 1 < limits::WARM_DEVICES {
            let mut connection = Connection::offer(cx.next_peer(epoch), IceTransportPolicy::All, &mut cx.io);
            let remote = Remote { call_id: call_id.clone(), device: Some(device), reliable: true };
            connection.bind(remote, OfferDelivery::AsSignal, &mut cx.io);
            self.others.push(connection);
        }
    }

    /// Whether a further device has a connection of its own.
    pub(crate) fn is_offered_to(&self, device: &DeviceId) -> bool {
        self.each().any(|connection| connection.remote_device() == Some(device))
    }

    /// Puts another connection in the place of the first.
    pub(crate) fn replace_first(&mut self, epoch: Epoch, cx: &mut Context) {
        self.replaced += 1;
        self.open_first(epoch, self.first.ice_policy(), cx);
    }

    /// This person hides their address: whatever shows it is void, and only one is opened anew.
    pub(crate) fn hide(&mut self, epoch: Epoch, cx: &mut Context) {
        self.close_others(&mut cx.io);
        self.open_first(epoch, IceTransportPolicy::Relay, cx);
    }

    /// A connection could not be negotiated: that of a further device is closed.
    pub(crate) fn give_up(&mut self, key: PeerKey, io: &mut Io) {
        if let Some(at) = self.others.iter().position(|other| other.key == key) {
            self.others.swap_remove(at).close(io);
        }
    }

    /// The connection to a device becomes the first one, if there is one.
    pub(crate) fn prefer(&mut self, device: Option<&DeviceId>) {
        let chosen = |other: &&mut Connection| device.is_some() && other.remote_device() == device;
        if let Some(other) = self.others.iter_mut().find(chosen) {
            core::mem::swap(&mut self.first, other);
        }
    }

    /// The first one, and those that are to be closed.
    pub(crate) fn part(self) -> (Connection, Vec<Connection>) {
        (self.first, self.others)
    }

    pub(crate) fn close(mut self, io: &mut Io) {
        self.close_others(io);
        self.first.close(io);
    }

    fn close_others(&mut self, io: &mut Io) {
        self.others.drain(..).for_each(|other| other.close(io));
    }

    fn open_first(&mut self, epoch: Epoch, ice_policy: IceTransportPolicy, cx: &mut Context) {
        let fresh = Connection::offer(cx.next_peer(epoch), ice_policy, &mut cx.io);
        core::mem::replace(&mut self.first, fresh).close(&mut cx.io);
    }

    fn each(&self) -> impl Iterator<Item = &Connection> {
        core::iter::once(&self.first).chain(&self.others)
    }

    fn each_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        core::iter::once(&mut self.first).chain(&mut self.others)
    }
}
