//! The two reliable signaling streams of a connection: how its signals are numbered, sent, acknowledged and sent again.
//! Never reads what is in them.

use super::Connection;
use super::remote::Signaling;
use crate::effect::{Effect, PeerMessage};
use crate::event::Link;
use crate::io::Io;
use crate::key::{PeerKey, Time};
use call_protocol::{Signal, SignalBody};

impl Connection {
    /// The transport to the server is open again: everything unacknowledged is sent at once.
    pub(crate) fn resend_now(&mut self, io: &mut Io) {
        self.outgoing.resend_now(io.now);
        self.tick(io);
    }

    pub(crate) fn tick(&mut self, io: &mut Io) {
        if self.link == Link::Connected && self.outgoing.is_never_acknowledged() {
            self.stop_resending(); // the link proves that the signals arrived
        }
        for (seq, body) in self.outgoing.due(io.now) {
            self.transmit(body, Some(seq), io);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.outgoing.deadline()
    }

    /// Takes a signal that belongs to this connection.
    pub(crate) fn take_signal(&mut self, signal: &Signal, io: &mut Io) {
        let Some(remote) = &self.remote else {
            return; // no device has been offered this connection; the sender resends once one has
        };
        if let (Some(ours), Some(theirs)) = (&remote.device, &signal.from_device)
            && ours != theirs
        {
            return; // from another device of the same person, which lost the call or was not chosen for the warm-up
        }
        self.offer = None; // signaling on this connection proves that the offer arrived
        if signal.is_from_reliable_sender() {
            self.signaling = Signaling::Acknowledged;
        } else {
            self.stop_resending();
        }
        let body = match signal.body.clone() {
            SignalBody::IceCandidate(candidate) => SignalBody::IceCandidate(candidate.normalized()),
            body @ (SignalBody::Offer(_) | SignalBody::Answer(_) | SignalBody::Ack { .. }) => body,
        };
        match (body, signal.seq) {
            (SignalBody::Ack { seq }, _) => self.outgoing.acknowledge(seq, io.now),
            (body, Some(seq)) => {
                let ready = self.incoming.take(seq, body);
                self.transmit(SignalBody::Ack { seq: self.incoming.arrived() }, None, io);
                for body in ready {
                    self.deliver(body, io);
                }
            }
            (body, None) => self.deliver(body, io),
        }
    }

    /// The other end does not number or acknowledge, even if it names a device: nothing is resent to it.
    fn stop_resending(&mut self) {
        self.signaling = Signaling::Plain;
        self.outgoing.give_up();
        if let Some(remote) = &mut self.remote {
            remote.reliable = false;
        }
    }

    /// Signals travel over the data channel of another connection too, as long as that is open.
    pub(crate) fn signal_over(&mut self, other: Option<PeerKey>) {
        self.signals_over = other;
    }

    pub(super) fn send(&mut self, body: SignalBody, io: &mut Io) {
        let reliable = self.remote.as_ref().is_some_and(|remote| remote.reliable);
        let seq = reliable.then(|| self.outgoing.push(body.clone(), io.now));
        self.transmit(body, seq, io);
    }

    /// Sends by the server and, once it is open, by the data channel too: either path is enough, and duplicates
    /// are filtered by their numbers.
    fn transmit(&self, body: SignalBody, seq: Option<u32>, io: &mut Io) {
        let Some(remote) = &self.remote else { return };
        let signal = Signal {
            body,
            peer_connection: Some(self.key.number),
            seq,
            from_device: Some(io.device.clone()),
            to_device: remote.device.clone(),
        };
        let channels = self.channel_open.then_some(self.key).into_iter().chain(self.signals_over);
        for channel in channels.filter(|_| remote.reliable) {
            io.order(Effect::SendMessage(channel, PeerMessage::Signal(Box::new(signal.clone()))));
        }
        io.order(Effect::SendSignal(remote.call_id.clone(), signal));
    }
}
