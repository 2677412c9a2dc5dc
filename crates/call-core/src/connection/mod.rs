//! One peer connection as the machine sees it: negotiation, the two reliable signaling streams, early
//! candidates, link state. Knows nothing about ringing or answering, and never attaches a track: the call
//! decides that. `negotiation.rs` holds the order of offers, answers and candidates.

mod hidden;
mod negotiation;
mod remote;
mod signals;
mod silence;

use crate::effect::{Effect, IceTransportPolicy, Negotiator, OfferKind, PeerMessage, SlotState};
use crate::event::{Fault, Link, PeerEvent};
use crate::io::Io;
use crate::key::{PeerKey, Time};
use crate::slot::Slots;
use crate::stream::{Incoming, Outgoing};
use call_protocol::{DeviceId, IceCandidate, SessionDescription, SignalBody};
use negotiation::Negotiation;
use remote::Signaling;
pub(crate) use remote::{OfferDelivery, Remote};
use silence::{Heard, SilenceDetector};

/// What an event of the connection means for the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ConnectionEvent {
    Nothing,
    /// The first offer has been created and can be sent.
    OfferReady,
    Link(Link),
    ChannelOpen,
    Message(PeerMessage),
    /// Media of the other side is arriving.
    MediaArrives,
    /// Packets arrive, though none of media.
    PacketsArrive,
    /// No packet of any kind arrives any more.
    FallsSilent,
    NegotiationFailed(Fault),
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct Connection {
    pub(crate) key: PeerKey,
    side: Negotiator,
    ice_policy: IceTransportPolicy,
    remote: Option<Remote>,
    negotiation: Negotiation,
    /// The first offer, until the other side is known to have received it.
    offer: Option<SessionDescription>,
    outgoing: Outgoing,
    incoming: Incoming,
    signaling: Signaling,
    /// This device's candidates, held back until the description that they belong to has been sent.
    unsent: Vec<IceCandidate>,
    link: Link,
    channel_open: bool,
    media_bytes: u64,
    transport_bytes: u64,
    last_media: Option<Time>,
    silence: SilenceDetector,
    /// What the other side last announced about its slots; used once the call is answered.
    remote_media: Option<Slots<SlotState>>,
    /// Whether the other side said that it waits for a page that is being reloaded.
    pub(crate) awaits: bool,
    /// Whether the other side said that it takes a second connection beside this one.
    pub(crate) hands_over: bool,
    /// The other connection of the call whose data channel carries this one's signals too.
    signals_over: Option<PeerKey>,
    relay: Relay,
}

/// What is known about the TURN servers that this browser was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Relay {
    Unknown,
    /// One of them allocated a relay.
    Works,
    /// At least one refused or did not respond, and none has allocated a relay.
    Failed,
}

impl Connection {
    fn open(key: PeerKey, side: Negotiator, ice_policy: IceTransportPolicy, io: &mut Io) -> Self {
        io.order(Effect::OpenPeer(key, side, ice_policy));
        Self {
            key,
            side,
            ice_policy,
            remote: None,
            negotiation: Negotiation::new(),
            offer: None,
            outgoing: Outgoing::new(),
            incoming: Incoming::new(),
            signaling: Signaling::Unknown,
            unsent: Vec::new(),
            link: Link::Connecting,
            channel_open: false,
            media_bytes: 0,
            transport_bytes: 0,
            last_media: None,
            silence: SilenceDetector::default(),
            remote_media: None,
            awaits: false,
            hands_over: false,
            signals_over: None,
            relay: Relay::Unknown,
        }
    }

    /// Opens the offering end; the remote device is not known yet.
    pub(crate) fn offer(key: PeerKey, ice_policy: IceTransportPolicy, io: &mut Io) -> Self {
        let mut connection = Self::open(key, Negotiator::Offerer, ice_policy, io);
        connection.create_offer(OfferKind::First, io);
        connection
    }

    /// Opens the answering end; the offer arrives as a signal.
    pub(crate) fn await_offer(
        key: PeerKey,
        ice_policy: IceTransportPolicy,
        remote: Remote,
        io: &mut Io,
    ) -> Self {
        let mut connection = Self::open(key, Negotiator::Answerer, ice_policy, io);
        connection.remote = Some(remote);
        connection
    }

    /// Opens the answering end for an offer that was delivered with the ring.
    pub(crate) fn answer(
        key: PeerKey,
        ice_policy: IceTransportPolicy,
        remote: Remote,
        offer: SessionDescription,
        io: &mut Io,
    ) -> Self {
        let mut connection = Self::await_offer(key, ice_policy, remote, io);
        connection.set_remote_offer(offer, io);
        connection
    }

    pub(crate) fn close(self, io: &mut Io) {
        io.order(Effect::ClosePeer(self.key));
    }

    /// The first offer, from its creation until it has been sent.
    pub(crate) fn first_offer(&self) -> Option<&SessionDescription> {
        self.offer.as_ref()
    }

    pub(crate) fn remote_device(&self) -> Option<&DeviceId> {
        self.remote.as_ref().and_then(|remote| remote.device.as_ref())
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.remote.is_some()
    }

    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Whether its data channel is open.
    pub(crate) fn has_channel(&self) -> bool {
        self.channel_open
    }

    pub(crate) fn last_media(&self) -> Option<Time> {
        self.last_media
    }

    pub(crate) fn ice_policy(&self) -> IceTransportPolicy {
        self.ice_policy
    }

    pub(crate) fn side(&self) -> Negotiator {
        self.side
    }

    pub(crate) fn remote_media(&self) -> Option<Slots<SlotState>> {
        self.remote_media
    }

    /// Whether no relay could be allocated.
    pub(crate) fn is_without_relay(&self) -> bool {
        self.relay == Relay::Failed
    }

    /// Whether the other side has sent a description and acknowledges ours, so that only a network path is
    /// missing.
    pub(crate) fn has_exchanged_descriptions(&self) -> bool {
        self.negotiation.is_described() && self.outgoing.is_acknowledged()
    }

    /// The remote device is known: what was held back is sent.
    pub(crate) fn bind(&mut self, remote: Remote, delivery: OfferDelivery, io: &mut Io) {
        self.remote = Some(remote);
        match delivery {
            OfferDelivery::WithRing => {}
            OfferDelivery::AsSignal => self.send_offer_unless_received(io),
        }
        self.send_held_back(io);
    }

    /// The ring does not prove that its offer arrived. Unless the other end has already signaled on this
    /// connection, the offer is sent again as a signal, which is acknowledged; a receiver that has it already
    /// ignores the copy.
    pub(crate) fn send_offer_unless_received(&mut self, io: &mut Io) {
        if let Some(offer) = self.offer.take() {
            self.send(SignalBody::Offer(offer), io);
        }
    }

    /// Whether any device of the person may be at the other end of this connection: none has signaled on it
    /// yet, or a plain client has.
    pub(crate) fn may_be_any_device(&self) -> bool {
        self.is_bound() && self.signaling != Signaling::Acknowledged
    }

    /// A client that names no device answered the call. It may be the device that this connection signaled with
    /// so far, which may know the offer from the ring, or another one: everything is sent again, to all of that
    /// person's devices.
    pub(crate) fn resend_everything_to(&mut self, remote: Remote, io: &mut Io) {
        self.remote = Some(remote);
        let unacknowledged = self.outgoing.give_up();
        self.send_offer_unless_received(io);
        for body in unacknowledged {
            self.send(body, io);
        }
        self.send_held_back(io);
    }

    pub(crate) fn message(&self, message: PeerMessage, io: &mut Io) {
        if self.channel_open {
            io.order(Effect::SendMessage(self.key, message));
        }
    }

    /// Handles an event of the peer connection; events of other connections are stale and ignored.
    pub(crate) fn handle(&mut self, event: PeerEvent, io: &mut Io) -> ConnectionEvent {
        match event {
            PeerEvent::OfferCreated(key, offer) if key == self.key => {
                self.offer_created(self.without_own_addresses(offer), io)
            }
            PeerEvent::AnswerCreated(key, answer) if key == self.key => {
                self.answer_created(self.without_own_addresses(answer), io)
            }
            PeerEvent::RemoteAnswerSet(key) if key == self.key => self.remote_answer_set(io),
            PeerEvent::NegotiationFailed(key, fault) if key == self.key => self.negotiation_failed(fault, io),
            PeerEvent::RelayFailed(key) if key == self.key => {
                if self.relay == Relay::Unknown {
                    self.relay = Relay::Failed;
                }
                ConnectionEvent::Nothing
            }
            PeerEvent::Candidate(key, candidate) if key == self.key => {
                if candidate.candidate.contains(" typ relay") {
                    self.relay = Relay::Works;
                }
                let shown = match self.ice_policy {
                    IceTransportPolicy::All => Some(candidate),
                    IceTransportPolicy::Relay => hidden::candidate(candidate),
                };
                self.unsent.extend(shown);
                self.send_held_back(io);
                ConnectionEvent::Nothing
            }
            PeerEvent::Link(key, link) if key == self.key => {
                self.link = link;
                ConnectionEvent::Link(link)
            }
            PeerEvent::ChannelOpen(key) if key == self.key => {
                self.channel_open = true;
                ConnectionEvent::ChannelOpen
            }
            PeerEvent::Message(key, message) if key == self.key => {
                if let PeerMessage::Media(states) = &message {
                    self.remote_media = Some(*states);
                    self.silence.remote_slots(states, io.now);
                }
                self.awaits |= message == PeerMessage::Awaits;
                self.hands_over |= message == PeerMessage::HandsOver;
                ConnectionEvent::Message(message)
            }
            PeerEvent::Received { peer, media_bytes, transport_bytes } if peer == self.key => {
                self.received(media_bytes, transport_bytes, io)
            }
            PeerEvent::OfferCreated(..)
            | PeerEvent::AnswerCreated(..)
            | PeerEvent::RemoteAnswerSet(_)
            | PeerEvent::NegotiationFailed(..)
            | PeerEvent::RelayFailed(_)
            | PeerEvent::Candidate(..)
            | PeerEvent::Link(..)
            | PeerEvent::ChannelOpen(_)
            | PeerEvent::Message(..)
            | PeerEvent::Received { .. } => ConnectionEvent::Nothing, // of a connection that is closed
        }
    }

    fn received(&mut self, media_bytes: u64, transport_bytes: Option<u64>, io: &mut Io) -> ConnectionEvent {
        let media_grew = media_bytes > self.media_bytes;
        // Browsers that count by path forget the bytes of one that they give up: fewer prove nothing, and what comes after that
        // is more than they.
        let transport_grew = transport_bytes.map(|bytes| bytes > self.transport_bytes);
        self.media_bytes = self.media_bytes.max(media_bytes);
        self.transport_bytes = transport_bytes.unwrap_or_default();
        if media_grew {
            self.last_media = Some(io.now);
        }
        match self.silence.count(media_grew, transport_grew, io.now) {
            Heard::Media => ConnectionEvent::MediaArrives,
            Heard::Packets => ConnectionEvent::PacketsArrive,
            // Asked after the alarm, too: without media nothing else would show that the path is back.
            Heard::Nothing | Heard::StillNothing => {
                self.message(PeerMessage::Ping, io);
                ConnectionEvent::Nothing
            }
            Heard::TooLongNothing => ConnectionEvent::FallsSilent,
        }
    }

    /// An own description as the other side is allowed to see it.
    fn without_own_addresses(&self, own: SessionDescription) -> SessionDescription {
        match self.ice_policy {
            IceTransportPolicy::All => own,
            IceTransportPolicy::Relay => hidden::description(own),
        }
    }
}
