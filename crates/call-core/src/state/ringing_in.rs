//! The callee while it rings. If the server chose this device for the warm-up, its transport connects
//! meanwhile, by the ring's offer or by one of its own, without microphone and camera. Any other device answers no
//! offer before the person does, since that would expose its address.

use super::{Answering, Attempt, Ended, InSnapshot, State, find, release_late};
use crate::call_end;
use crate::connection::{Connection, ConnectionEvent, Remote};
use crate::context::Context;
use crate::current_connection::{CurrentConnection, Opened, remote_of};
use crate::end_requests::EndRequest;
use crate::event::{AnswerWith, Event, MediaError, PeerEvent, SocketEvent, UserEvent};
use crate::key::{PeerKey, Time};
use crate::timing;
use crate::view::{IncomingStage, IncomingView, Outcome};
use crate::waiting::ring_time;
use call_protocol::{CallId, CallStatus, CallType, LiveCall, RingOffer, Signal, SignalKind};
use core::cmp::Reverse;

#[derive(Clone, Debug, Hash)]
pub(crate) struct RingingIn {
    pub(super) attempt: Attempt,
    pub(super) call_id: CallId,
    /// The caller's device.
    pub(super) remote: Remote,
    pub(super) current: CurrentConnection,
    /// The ring's offer, if it is for whichever device answers.
    unassigned_offer: Option<RingOffer>,
    warm_up: WarmUp,
    pub(super) until: Time,
    pub(super) problem: Option<MediaError>,
    /// How many acquisitions earlier presses on Answer have used.
    pub(super) acquisitions: u32,
}

/// Whether the server chose this device to connect while it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum WarmUp {
    Chosen,
    NotChosen,
}

impl RingingIn {
    /// Somebody calls.
    pub(crate) fn enter(live: LiveCall, cx: &mut Context) -> State {
        let epoch = cx.next_epoch();
        let attempt = Attempt::of_ring(&live, epoch);
        let call_id = live.call.id.clone();
        let nobody = Remote { call_id: call_id.clone(), device: None, reliable: true };
        let remote = remote_of(&live, &attempt.peer).unwrap_or(nobody);
        let until = cx.io.now + ring_time(&live) + timing::RING_GRACE;
        let mut state = Self {
            attempt,
            call_id,
            remote,
            current: CurrentConnection::default(),
            unassigned_offer: None,
            warm_up: WarmUp::NotChosen,
            until,
            problem: None,
            acquisitions: 0,
        };
        state.warm(live, cx);
        State::RingingIn(Box::new(state))
    }

    pub(super) fn view(&self) -> IncomingView {
        let stage = self.problem.map_or(IncomingStage::Ringing, IncomingStage::MicrophoneProblem);
        IncomingView { party: self.attempt.party(Some(&self.call_id)), stage, waiting_for: None }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let resend = self.current.connection().and_then(Connection::deadline);
        resend.into_iter().chain([self.until]).min()
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::Answer(with)) => {
                self.attempt.requested_type = self.attempt.call_type; // resets an earlier press that could not be followed
                Answering::enter(self, with, cx)
            }
            // Calling a person who is calling means answering, with the devices that the pressed button names.
            Event::User(UserEvent::Call { conversation_id, call_type, .. })
                if conversation_id == self.attempt.conversation_id =>
            {
                self.attempt.requested_type = call_type;
                let with = match call_type {
                    CallType::Audio => AnswerWith::VoiceOnly,
                    CallType::Video => AnswerWith::Everything,
                };
                Answering::enter(self, with, cx)
            }
            Event::User(UserEvent::Decline | UserEvent::HangUp) => {
                cx.send_end(self.call_id.clone(), EndRequest::Decline);
                self.end(Outcome::DeclinedByMe, cx)
            }
            // Leaving decides nothing for the person's other devices, nor for this page if it comes back.
            Event::User(UserEvent::Leave | UserEvent::Unload) => {
                self.current.close(&mut cx.io);
                State::Idle
            }
            Event::User(
                UserEvent::Call { .. } // one call at a time
                | UserEvent::ToggleMute // no media yet
                | UserEvent::ToggleCamera
                | UserEvent::ToggleScreen
                | UserEvent::RetryMedia // pressing Answer tries again
                | UserEvent::Dismiss // no card
                | UserEvent::Returned { .. }, // the present call takes precedence
            ) => State::RingingIn(self),
            Event::Reply(_) => State::RingingIn(self), // to an earlier attempt
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => {
                release_late(event, cx);
                State::RingingIn(self)
            }
            Event::Peer(event) => {
                self.peer(event, cx);
                State::RingingIn(self)
            }
            Event::Timer if cx.io.now >= self.until => self.end(Outcome::Missed, cx),
            Event::Timer => {
                self.tick(cx);
                State::RingingIn(self)
            }
        }
    }

    pub(super) fn tick(&mut self, cx: &mut Context) {
        if let Some(connection) = self.current.connection_mut() {
            connection.tick(&mut cx.io);
        }
    }

    /// What the warm connection reports; the person sees no difference.
    pub(super) fn peer(&mut self, event: PeerEvent, cx: &mut Context) {
        let Some(connection) = self.current.connection_mut() else { return };
        match connection.handle(event, &mut cx.io) {
            ConnectionEvent::NegotiationFailed(fault) => self.current.fail(fault, &mut cx.io), // no warm connection until another offer arrives
            ConnectionEvent::Message(_) => {} // nothing that they send counts before this person answers
            ConnectionEvent::Nothing
            | ConnectionEvent::OfferReady
            | ConnectionEvent::Link(_)
            | ConnectionEvent::ChannelOpen
            | ConnectionEvent::MediaArrives
            | ConnectionEvent::PacketsArrive
            | ConnectionEvent::FallsSilent => {}
        }
    }

    fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                let found = find(&self.call_id, live_calls, ended_calls);
                if let InSnapshot::Live(live) = &found
                    && live.relay_only
                {
                    self.current.require_relay(&mut cx.io); // do not resend signals of an outdated connection
                }
                if let Some(connection) = self.current.connection_mut() {
                    connection.resend_now(&mut cx.io);
                }
                match found {
                    InSnapshot::Live(live) => self.is_live(*live, cx),
                    InSnapshot::Over(call) => self.end(call_end::for_callee(&call), cx),
                    InSnapshot::Missing => self.end(Outcome::Missed, cx),
                }
            }
            SocketEvent::Ringing(live) if live.call.id == self.call_id => self.is_live(*live, cx),
            SocketEvent::Answered(live) if live.call.id == self.call_id => self.answered_elsewhere(&live, cx),
            SocketEvent::Ended(call) if call.id == self.call_id => self.end(call_end::for_callee(&call), cx),
            SocketEvent::Signal(call_id, signal) if call_id == self.call_id => {
                // A plain caller makes a single offer: it is for the device that answers.
                let may_open = self.warm_up == WarmUp::Chosen && signal.is_from_reliable_sender();
                if may_open || self.current.is_for_open(&signal) {
                    self.signal(signal, cx);
                } else {
                    cx.io.keep_early(call_id, signal);
                }
                State::RingingIn(self)
            }
            SocketEvent::Ringing(_) => State::RingingIn(self), // the machine keeps it until this device is free
            SocketEvent::Lost => State::RingingIn(self), // it keeps ringing; the snapshot will tell what was missed
            SocketEvent::DeviceRinging { .. } | SocketEvent::Presence { .. } => State::RingingIn(self), // for callers only
            SocketEvent::Answered(_) | SocketEvent::Ended(_) | SocketEvent::Signal(..) => {
                State::RingingIn(self)
            } // of another call
        }
    }

    pub(super) fn signal(&mut self, signal: Signal, cx: &mut Context) -> Opened {
        self.current.route(self.attempt.epoch, &self.remote, signal, &mut cx.io)
    }

    /// Answer was pressed: applies the offers that had to wait for it, the newest first, since older ones
    /// belong to closed connections. A plain client's offer keeps waiting: the server would refuse the answer
    /// before the seat is assigned, and a plain client never resends.
    pub(super) fn take_waiting_signals(&mut self, cx: &mut Context) {
        self.current.accept(self.attempt.epoch, &self.remote, &mut cx.io);
        if self.remote.reliable
            && let Some(offer) = self.unassigned_offer.take()
        {
            self.open(offer, cx);
        }
        for early in self.newest_first(cx) {
            if early.is_from_reliable_sender() {
                self.signal(early, cx);
            } else {
                cx.io.keep_early(self.call_id.clone(), early);
            }
        }
    }

    /// This device has the seat: delivers every signal that still waits.
    pub(super) fn take_all_signals(&mut self, cx: &mut Context) {
        if let Some(offer) = self.unassigned_offer.take() {
            self.open(offer, cx);
        }
        for early in self.newest_first(cx) {
            self.signal(early, cx);
        }
    }

    /// The waiting signals, the newest offer first.
    fn newest_first(&self, cx: &mut Context) -> Vec<Signal> {
        let mut early = cx.io.take_early(&self.call_id);
        early.sort_by_key(|early| Reverse((early.kind() == SignalKind::Offer, early.peer_connection)));
        early
    }

    fn is_live(mut self: Box<Self>, live: LiveCall, cx: &mut Context) -> State {
        match live.call.status {
            CallStatus::Ringing => {
                self.until = cx.io.now + ring_time(&live) + timing::RING_GRACE;
                self.warm(live, cx);
                State::RingingIn(self)
            }
            CallStatus::Active => self.answered_elsewhere(&live, cx),
            CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => {
                self.end(call_end::for_callee(&live.call), cx)
            }
        }
    }

    /// Opens a connection for the ring's offer, if this device was chosen and the offer is new.
    fn warm(&mut self, live: LiveCall, cx: &mut Context) {
        if let Some(remote) = remote_of(&live, &self.attempt.peer) {
            if self.remote.device.is_some() && remote.device.is_some() && remote.device != self.remote.device
            {
                self.attempt.epoch = cx.next_epoch();
                self.current.reset_numbers(&mut cx.io);
            }
            self.remote = remote;
        }
        if live.relay_only {
            self.current.require_relay(&mut cx.io);
        }
        if live.relay_only || live.warm_device.is_none() || !self.remote.reliable {
            self.warm_up = WarmUp::NotChosen;
            self.unassigned_offer = live.offer.or(self.unassigned_offer.take());
            return;
        }
        let first = live.warm_device.as_ref() == Some(&cx.io.device);
        let chosen = first || live.also_warm.contains(&cx.io.device);
        self.warm_up = if chosen { WarmUp::Chosen } else { WarmUp::NotChosen };
        if let Some(offer) = live.offer.filter(|_| first) {
            self.open(offer, cx);
        }
    }

    fn open(&mut self, offer: RingOffer, cx: &mut Context) {
        let key = PeerKey { epoch: self.attempt.epoch, number: offer.peer_connection };
        self.current.open(key, &self.remote, offer.data.0, &mut cx.io);
    }

    pub(super) fn answered_elsewhere(self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        let label = live.seat_of(&cx.me).and_then(|seat| seat.device_label.clone());
        self.end(Outcome::AnsweredElsewhere(label), cx)
    }

    pub(super) fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, call_id, mut current, .. } = *self;
        current.close(&mut cx.io);
        Ended::card(&attempt, Some(&call_id), outcome, None, cx)
    }
}
