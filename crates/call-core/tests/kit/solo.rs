//! A single machine that is fed by hand: for what no well-behaved browser or server would send, and for every
//! event in every state.

use super::order_checker::OrderChecker;
use super::people;
use call_core::{
    AnswerWith, CallView, Effect, Epoch, Event, Link, Machine, MediaEvent, MediaKey, Party, PeerEvent,
    PeerKey, PeerMessage, Rejoin, ReplyEvent, Slot, SlotState, Slots, SocketEvent, Time, UserEvent,
};
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, DeviceId, EndReason, IceCandidate, LiveCall, Offer,
    RingOffer, Seat, SessionDescription, Signal, SignalBody, SignalKind, Timestamp, UserId,
};

/// Ada's laptop.
pub(crate) struct Solo {
    pub(crate) machine: Machine,
    pub(crate) now: Time,
    pub(crate) call_type: CallType,
    /// Whether the other side numbers its signals.
    pub(crate) reliable: bool,
    checker: OrderChecker,
}

pub(crate) const FIRST: Epoch = Epoch(1);

pub(crate) fn peer_key(epoch: u32, number: u32) -> PeerKey {
    PeerKey { epoch: Epoch(epoch), number }
}

pub(crate) fn media_key(epoch: u32, number: u32) -> MediaKey {
    MediaKey { epoch: Epoch(epoch), number }
}

/// What the other side announces for microphone and camera; its client knows no screens.
pub(crate) fn sends(microphone: SlotState, camera: SlotState) -> PeerMessage {
    PeerMessage::Media(Slots::default().with(Slot::Microphone, microphone).with(Slot::Camera, camera))
}

/// The other side says that Answer was pressed there.
pub(crate) fn answered(call: &str, number: u32) -> PeerMessage {
    PeerMessage::Answered { call_id: CallId::new(call), number }
}

pub(crate) fn text(text: &str) -> SessionDescription {
    SessionDescription { sdp: text.to_owned() }
}

pub(crate) fn candidate(number: u32) -> SignalBody {
    SignalBody::IceCandidate(IceCandidate {
        candidate: format!("candidate {number}"),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    })
}

pub(crate) fn signals(orders: &[Effect]) -> Vec<Signal> {
    let signal =
        |order: &Effect| if let Effect::SendSignal(_, signal) = order { Some(signal.clone()) } else { None };
    orders.iter().filter_map(signal).collect()
}

pub(crate) fn kinds(signals: &[Signal]) -> Vec<SignalKind> {
    signals.iter().map(|signal| signal.kind()).collect()
}

pub(crate) fn plain_client() -> Solo {
    let mut solo = Solo::new(CallType::Audio);
    solo.reliable = false;
    solo
}

impl Solo {
    pub(crate) fn new(call_type: CallType) -> Self {
        let machine = Machine::new(UserId::new("ada"), DeviceId::new("laptop"), 0);
        let mut solo =
            Self { machine, now: Time(1_000), call_type, reliable: true, checker: OrderChecker::default() };
        solo.welcome(vec![]);
        solo
    }

    pub(crate) fn handle(&mut self, event: Event) -> Vec<Effect> {
        let orders = self.machine.handle(event.clone(), self.now);
        self.checker.check(&event, &orders, &self.machine.view(self.now));
        orders
    }

    pub(crate) fn press(&mut self, event: UserEvent) -> Vec<Effect> {
        self.handle(Event::User(event))
    }

    pub(crate) fn socket(&mut self, event: SocketEvent) -> Vec<Effect> {
        self.handle(Event::Socket(event))
    }

    pub(crate) fn peer(&mut self, event: PeerEvent) -> Vec<Effect> {
        self.handle(Event::Peer(event))
    }

    pub(crate) fn media(&mut self, event: MediaEvent) -> Vec<Effect> {
        self.handle(Event::Media(event))
    }

    pub(crate) fn reply(&mut self, event: ReplyEvent) -> Vec<Effect> {
        self.handle(Event::Reply(event))
    }

    pub(crate) fn welcome(&mut self, live_calls: Vec<LiveCall>) -> Vec<Effect> {
        self.socket(SocketEvent::Welcome { live_calls, ended_calls: vec![] })
    }

    pub(crate) fn grant(&mut self) {
        for slot in [Slot::Microphone, Slot::Camera] {
            self.media(MediaEvent::Permission { slot, granted: true });
        }
    }

    pub(crate) fn view(&self) -> CallView {
        self.machine.view(self.now)
    }

    pub(crate) fn press_call(&mut self) -> Vec<Effect> {
        self.press(UserEvent::Call {
            conversation_id: people::conversation("ada", "bob"),
            peer: people::user("bob"),
            call_type: self.call_type,
        })
    }

    /// A call between Ada and Bob.
    pub(crate) fn row(&self, id: &str, role: CallRole, status: CallStatus) -> Call {
        Call {
            id: CallId::new(id),
            conversation_id: people::conversation("ada", "bob"),
            initiator_id: UserId::new(if role == CallRole::Caller { "ada" } else { "bob" }),
            call_type: self.call_type,
            status,
            started_at: None,
            ended_at: None,
            error_reason: None,
            created_at: Timestamp(String::new()),
            updated_at: Timestamp(String::new()),
            duration_seconds: None,
        }
    }

    pub(crate) fn over(
        &self,
        id: &str,
        role: CallRole,
        status: CallStatus,
        reason: Option<EndReason>,
    ) -> Call {
        Call { error_reason: reason, ..self.row(id, role, status) }
    }

    /// A seat; a plain client's has no device id.
    pub(crate) fn seat(&self, user: &str, device: &str) -> Seat {
        let named = user == "ada" || self.reliable;
        Seat {
            user_id: UserId::new(user),
            device_id: named.then(|| DeviceId::new(device)),
            device_label: None,
            reliable: named,
        }
    }

    /// The call as Ada's laptop sees it; Bob's phone is the warm device, or the caller's.
    pub(crate) fn live(&self, id: &str, role: CallRole, status: CallStatus) -> LiveCall {
        let (ada, bob) = (self.seat("ada", "laptop"), self.seat("bob", "phone"));
        let seats = match (role, status) {
            (CallRole::Caller, CallStatus::Ringing) => vec![ada],
            (CallRole::Callee, CallStatus::Ringing) => vec![bob],
            (CallRole::Caller | CallRole::Callee, _) => vec![ada, bob],
        };
        let warm = if role == CallRole::Caller { "phone" } else { "laptop" };
        let data = Offer(text("the ring's offer"));
        let offer = RingOffer { peer_connection: 1, from_device: Some(DeviceId::new("phone")), data };
        LiveCall {
            call: self.row(id, role, status),
            peer: people::user("bob"),
            role,
            seats,
            // A client may name a device on its socket and none in its requests.
            warm_device: (self.reliable || role == CallRole::Caller).then(|| DeviceId::new(warm)),
            offer: (role == CallRole::Callee && self.reliable).then_some(offer),
            also_warm: Vec::new(),
            ring_ms_left: (status == CallStatus::Ringing).then_some(45_000),
            relay_only: false,
        }
    }

    /// A signal from Bob's phone.
    pub(crate) fn signal(&self, body: &SignalBody, number: u32, seq: u32) -> Signal {
        Signal {
            body: body.clone(),
            peer_connection: self.reliable.then_some(number),
            seq: (self.reliable && !matches!(body, SignalBody::Ack { .. })).then_some(seq),
            from_device: Some(DeviceId::new("phone")),
            to_device: None,
        }
    }

    pub(crate) fn signal_arrives(&mut self, body: &SignalBody, number: u32, seq: u32) -> Vec<Effect> {
        let signal = self.signal(body, number, seq);
        self.socket(SocketEvent::Signal(CallId::new("x"), signal))
    }

    // The stages of a call, each on top of the one before. The call's id is "x".

    pub(crate) fn calling(&mut self) {
        self.press_call();
    }

    pub(crate) fn placing(&mut self) {
        self.calling();
        self.media(MediaEvent::Ready(media_key(1, 1)));
        self.peer(PeerEvent::OfferCreated(peer_key(1, 1), text("offer 1")));
    }

    pub(crate) fn ringing_out(&mut self) {
        self.placing();
        let live = self.live("x", CallRole::Caller, CallStatus::Ringing);
        self.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    }

    /// Bob's tablet may connect too, by an offer of its own.
    pub(crate) fn two_devices_out(&mut self) {
        self.placing();
        let mut live = self.live("x", CallRole::Caller, CallStatus::Ringing);
        live.also_warm = vec![DeviceId::new("tablet")];
        self.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
        self.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2")));
    }

    pub(crate) fn warm_out(&mut self) {
        self.ringing_out();
        self.signal_arrives(&SignalBody::Answer(text("answer 1")), 1, 1);
        self.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
        self.peer(PeerEvent::Link(peer_key(1, 1), Link::Connected));
        self.peer(PeerEvent::ChannelOpen(peer_key(1, 1)));
    }

    /// Bob says over the channel that he has answered; the server has not said so yet.
    pub(crate) fn answered_there(&mut self) {
        self.warm_out();
        self.peer(PeerEvent::Message(peer_key(1, 1), answered("x", 1)));
    }

    pub(crate) fn ringing_in(&mut self) {
        let live = self.live("x", CallRole::Callee, CallStatus::Ringing);
        self.socket(SocketEvent::Ringing(Box::new(live)));
    }

    pub(crate) fn warm_in(&mut self) {
        self.ringing_in();
        self.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("answer 1")));
        self.peer(PeerEvent::Link(peer_key(1, 1), Link::Connected));
        self.peer(PeerEvent::ChannelOpen(peer_key(1, 1)));
    }

    /// Answer was pressed, and the browser is asking for permission.
    pub(crate) fn answering(&mut self) {
        self.warm_in();
        self.press(UserEvent::Answer(AnswerWith::Everything));
    }

    /// The microphone is live, and the server is being asked for the seat.
    pub(crate) fn asking_for_the_seat(&mut self) {
        self.answering();
        self.media(MediaEvent::Ready(media_key(1, 1)));
    }

    pub(crate) fn in_call_as_caller(&mut self) {
        self.warm_out();
        let live = self.live("x", CallRole::Caller, CallStatus::Active);
        self.socket(SocketEvent::Answered(Box::new(live)));
    }

    pub(crate) fn in_call_as_callee(&mut self) {
        self.asking_for_the_seat();
        let live = self.live("x", CallRole::Callee, CallStatus::Active);
        self.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live))));
    }

    /// Ada reloaded her page while she was in the call; no connection has been numbered yet.
    pub(crate) fn reloaded(&mut self) {
        let party = Party {
            peer: people::user("bob"),
            conversation_id: people::conversation("ada", "bob"),
            call_type: self.call_type,
            call_id: Some("x".into()),
        };
        let rejoin = Rejoin { requested_type: self.call_type, connection: 0, muted: false, camera: true };
        let (party, rejoin) = (Box::new(party), Some(rejoin));
        self.press(UserEvent::Returned { party, seconds: Some(5), rejoin });
    }

    /// Reports a byte count for the current connection.
    pub(crate) fn bytes(&mut self, epoch: u32, media_bytes: u64) -> Vec<Effect> {
        self.peer(PeerEvent::Received { peer: peer_key(epoch, 1), media_bytes, transport_bytes: None })
    }

    /// Bytes arrive, and then none for a while, although the browser reports that the link is up.
    pub(crate) fn falls_silent(&mut self, epoch: u32) -> Vec<Effect> {
        self.peer(PeerEvent::Link(peer_key(epoch, 1), Link::Connected));
        self.bytes(epoch, 1000);
        let mut orders = Vec::new();
        for _ in 0..3 {
            self.now = Time(self.now.0 + 500);
            orders.extend(self.bytes(epoch, 1000));
        }
        orders
    }

    /// Lets time pass, and fires every timer that falls due.
    pub(crate) fn pass(&mut self, ms: u64) -> Vec<Effect> {
        let end = Time(self.now.0 + ms);
        let mut orders = Vec::new();
        while let Some(at) = self.machine.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            orders.extend(self.handle(Event::Timer));
        }
        self.now = end;
        orders
    }
}
