//! The caller while it rings. Transports may already be connecting to the devices that the server chose for the warm-up;
//! no track is attached before the call is answered: before that very device says so over the data channel, or the
//! server does, whichever comes first. Only the server's message begins the call; until it comes, the other can be
//! taken back.

use super::{Attempt, Ended, InCall, InSnapshot, State, find};
use crate::call_end;
use crate::connection::{Connection, ConnectionEvent, OfferDelivery, Remote};
use crate::context::Context;
use crate::current_connection::{CurrentConnection, remote_of};
use crate::effect::{Effect, IceTransportPolicy, PeerMessage, Tone};
use crate::end_requests::EndRequest;
use crate::event::{Event, Link, PeerEvent, SocketEvent, UserEvent};
use crate::io::Io;
use crate::key::{PeerKey, Time};
use crate::media::LocalMedia;
use crate::slot::{Slot, Slots};
use crate::timing;
use crate::view::{Outcome, OutgoingStage, OutgoingView};
use crate::waiting::ring_time;
use crate::warm::WarmConnections;
use call_protocol::{CallId, CallRole, CallStatus, DeviceId, LiveCall};

/// What the other end of a connection said, without the server. It is believed once in a ring, so that a device which
/// never takes the call cannot go on listening by saying it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum AnsweredThere {
    /// Nothing.
    Unsaid,
    /// Answer was pressed at the other end of this connection: what is live is attached to it, and to no other, until
    /// then or until the server says it too.
    Until(PeerKey, Time),
    /// What was attached has been taken back.
    TakenBack,
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct RingingOut {
    pub(super) attempt: Attempt,
    call_id: CallId,
    media: LocalMedia,
    warm: WarmConnections,
    until: Time,
    answered_there: AnsweredThere,
    /// No device of the other person is connected.
    away: bool,
}

impl RingingOut {
    /// The server confirmed that it rings.
    pub(super) fn enter(
        attempt: Attempt,
        media: LocalMedia,
        connection: Connection,
        live: LiveCall,
        cx: &mut Context,
    ) -> State {
        let call_id = live.call.id.clone();
        let until = cx.io.now + ring_time(&live) + timing::RING_GRACE;
        let mut state = Box::new(Self {
            attempt,
            call_id,
            media,
            warm: WarmConnections::new(connection),
            until,
            answered_there: AnsweredThere::Unsaid,
            away: false,
        });
        state.require_relay_if_asked(&live, cx);
        if let Some(device) = live.warm_device.clone().filter(|_| !state.warm.first.is_bound()) {
            let remote = Remote { call_id: state.call_id.clone(), device: Some(device), reliable: true };
            let delivery = match state.warm.first.ice_policy() {
                IceTransportPolicy::All => OfferDelivery::WithRing,
                IceTransportPolicy::Relay => OfferDelivery::AsSignal, // the ring's was of the connection before
            };
            state.warm.first.bind(remote, delivery, &mut cx.io);
        }
        for early in cx.io.take_early(&state.call_id) {
            state.warm.deliver(&early, &mut cx.io);
        }
        state.is_live(&live, cx)
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.call_id
    }

    pub(super) fn view(&self) -> OutgoingView {
        OutgoingView {
            party: self.attempt.party(Some(&self.call_id)),
            stage: if self.away { OutgoingStage::Away } else { OutgoingStage::Ringing },
            local_video: self.media.live()[Slot::Camera],
            microphone_problem: self.media.error(Slot::Microphone),
            camera_problem: self.media.error(Slot::Camera),
            waiting_for: None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let until = match self.answered_there {
            AnsweredThere::Until(_, at) => at.min(self.until),
            AnsweredThere::Unsaid | AnsweredThere::TakenBack => self.until,
        };
        self.warm.deadline().into_iter().chain(self.media.deadline()).chain([until]).min()
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::HangUp) => {
                cx.send_end(self.call_id.clone(), EndRequest::END);
                self.end(Outcome::Cancelled, cx)
            }
            Event::User(UserEvent::Leave | UserEvent::Unload) => {
                cx.send_end(self.call_id.clone(), EndRequest::END);
                self.end(Outcome::LeftByMe, cx)
            }
            Event::User(UserEvent::ToggleMute) => {
                self.media.toggle_mute(&mut cx.io);
                State::RingingOut(self)
            }
            Event::User(UserEvent::ToggleCamera) => self.change_media(cx, LocalMedia::toggle_camera),
            Event::User(UserEvent::RetryMedia) => self.change_media(cx, LocalMedia::retry),
            Event::User(
                UserEvent::Call { .. } // one call at a time
                | UserEvent::Answer(_) // it rings at the other side
                | UserEvent::Decline
                | UserEvent::ToggleScreen // in a call only
                | UserEvent::Dismiss // no card
                | UserEvent::Returned { .. }, // the present call takes precedence
            ) => State::RingingOut(self),
            // A second reply to a repeated request, or one to an earlier attempt; the machine ends what it
            // brought.
            Event::Reply(_) => State::RingingOut(self),
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => self.change_media(cx, |media, io| media.handle(event, io)),
            Event::Peer(event) => self.peer(event, cx),
            Event::Timer if cx.io.now >= self.until => {
                // The server should have ended the ring; its message did not arrive, so this device gives up by
                // itself.
                cx.send_end(self.call_id.clone(), EndRequest::END);
                self.end(Outcome::NoAnswer, cx)
            }
            Event::Timer => {
                self.warm.tick(&mut cx.io);
                if matches!(self.answered_there, AnsweredThere::Until(_, at) if cx.io.now >= at) {
                    self.detach(cx);
                }
                self.change_media(cx, LocalMedia::tick)
            }
        }
    }

    fn peer(mut self: Box<Self>, event: PeerEvent, cx: &mut Context) -> State {
        let key = event.key();
        match self.warm.handle(event, &mut cx.io) {
            ConnectionEvent::NegotiationFailed(_) if key == self.warm.first.key => {
                return self.replace_failed_connection(cx);
            }
            ConnectionEvent::NegotiationFailed(_) => {
                self.warm.give_up(key, &mut cx.io);
                self.forget_closed();
            }
            ConnectionEvent::Message(PeerMessage::Answered { call_id, number }) => {
                let meant = call_id == self.call_id && number == key.number;
                if meant && self.answered_there == AnsweredThere::Unsaid {
                    self.answered_there = AnsweredThere::Until(key, cx.io.now + timing::ANSWERED_ALONE);
                    cx.order(Effect::ReplaceTracks(key, self.media.live()));
                }
            }
            // That device gives up after all, or is gone; the call is over only if the server says so.
            ConnectionEvent::Message(PeerMessage::HangUp | PeerMessage::Left)
            | ConnectionEvent::Link(Link::Disconnected | Link::Failed) => {
                if self.attached_to() == Some(key) {
                    self.detach(cx);
                }
            }
            ConnectionEvent::Message(
                PeerMessage::Media(_)
                | PeerMessage::Signal(_)
                | PeerMessage::Away
                | PeerMessage::Awaits
                | PeerMessage::HandsOver
                | PeerMessage::Ping,
            ) => {} // nothing else counts before they answer
            // The transport warms by itself.
            ConnectionEvent::Link(Link::Connecting | Link::Connected)
            | ConnectionEvent::Nothing
            | ConnectionEvent::OfferReady
            | ConnectionEvent::ChannelOpen
            | ConnectionEvent::MediaArrives
            | ConnectionEvent::PacketsArrive
            | ConnectionEvent::FallsSilent => {} // a device that does not answer is the server's to judge
        }
        State::RingingOut(self)
    }

    fn attached_to(&self) -> Option<PeerKey> {
        match self.answered_there {
            AnsweredThere::Until(key, _) => Some(key),
            AnsweredThere::Unsaid | AnsweredThere::TakenBack => None,
        }
    }

    /// What was attached on the other side's word is taken back.
    fn detach(&mut self, cx: &mut Context) {
        if let Some(key) = self.attached_to() {
            self.answered_there = AnsweredThere::TakenBack;
            cx.order(Effect::ReplaceTracks(key, Slots::default()));
        }
    }

    /// What was attached to a connection that is closed by now is taken back with it.
    fn forget_closed(&mut self) {
        if self.attached_to().is_some_and(|key| !self.warm.has(key)) {
            self.answered_there = AnsweredThere::TakenBack;
        }
    }

    /// Changes the own media; what is live is attached where Answer was pressed.
    fn change_media(
        mut self: Box<Self>,
        cx: &mut Context,
        change: impl FnOnce(&mut LocalMedia, &mut Io),
    ) -> State {
        let before = self.media.live();
        change(&mut self.media, &mut cx.io);
        if let Some(key) = self.attached_to()
            && self.media.live() != before
        {
            cx.order(Effect::ReplaceTracks(key, self.media.live()));
        }
        State::RingingOut(self)
    }

    fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                let found = find(&self.call_id, live_calls, ended_calls);
                if let InSnapshot::Live(live) = &found {
                    self.require_relay_if_asked(live, cx);
                }
                self.warm.resend_now(&mut cx.io);
                match found {
                    InSnapshot::Live(live) => self.is_live(&live, cx),
                    InSnapshot::Over(call) => self.end(call_end::for_caller(&call), cx),
                    // The snapshot may be older than the call; at worst the deadline ends this.
                    InSnapshot::Missing => State::RingingOut(self),
                }
            }
            SocketEvent::Answered(live) if live.call.id == self.call_id => self.answered(&live, cx),
            SocketEvent::Ended(call) if call.id == self.call_id => self.end(call_end::for_caller(&call), cx),
            SocketEvent::Signal(call_id, signal) if call_id == self.call_id => {
                self.warm.deliver(&signal, &mut cx.io);
                State::RingingOut(self)
            }
            SocketEvent::DeviceRinging { call_id, device_id, offer_known, also_warm }
                if call_id == self.call_id =>
            {
                self.away = false;
                let first = &self.warm.first;
                let has_another = first.is_bound() && first.remote_device() != Some(&device_id);
                // One that has a connection of its own gets the next one there, whatever the server remembers.
                if has_another && (also_warm || self.warm.is_offered_to(&device_id)) {
                    self.warm.offer_to(device_id, (&self.call_id, self.attempt.epoch), cx);
                    self.forget_closed();
                } else {
                    self.device_rings(device_id, offer_known, cx);
                }
                State::RingingOut(self)
            }
            SocketEvent::Presence { user_id, online } if user_id == self.attempt.peer.id => {
                self.away = !online;
                State::RingingOut(self)
            }
            SocketEvent::Ringing(_) => State::RingingOut(self), // the machine keeps it until this device is free
            SocketEvent::Lost => State::RingingOut(self),       // the snapshot will tell what was missed
            SocketEvent::Answered(_)
            | SocketEvent::Ended(_)
            | SocketEvent::Signal(..)
            | SocketEvent::DeviceRinging { .. }
            | SocketEvent::Presence { .. } => State::RingingOut(self), // of another call or another person
        }
    }

    fn is_live(mut self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        match live.call.status {
            CallStatus::Active => self.answered(live, cx),
            CallStatus::Ringing => {
                for device in live.also_warm.iter().filter(|_| !live.relay_only) {
                    if !self.warm.is_offered_to(device) {
                        self.warm.offer_to(device.clone(), (&self.call_id, self.attempt.epoch), cx);
                    }
                }
                State::RingingOut(self)
            }
            CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => {
                self.end(call_end::for_caller(&live.call), cx)
            }
        }
    }

    /// The person hides their address: a connection that would expose it is replaced before anything of it is
    /// sent or, if they hide it only now, as soon as this device learns of it. The new one is bound to the
    /// device that answers.
    fn require_relay_if_asked(&mut self, live: &LiveCall, cx: &mut Context) {
        if live.relay_only && self.warm.first.ice_policy() == IceTransportPolicy::All {
            self.warm.hide(self.attempt.epoch, cx);
            self.forget_closed();
        }
    }

    /// Another device began to ring. It needs an offer of its own if it is the warm device after a reload,
    /// which lost its connection, or if the server has no offer for it. A connection that is up is kept
    /// instead. After several replacements the connection is kept for the device that answers.
    fn device_rings(&mut self, device: DeviceId, offer_known: bool, cx: &mut Context) {
        if self.warm.is_exhausted() {
            return;
        }
        let come_back = self.warm.first.remote_device() == Some(&device);
        let remote = Remote { call_id: self.call_id.clone(), device: Some(device), reliable: true };
        if !self.warm.first.is_bound() {
            let delivery = if offer_known { OfferDelivery::WithRing } else { OfferDelivery::AsSignal };
            self.warm.first.bind(remote, delivery, &mut cx.io);
        } else if come_back || !(offer_known || self.warm.first.link() == Link::Connected) {
            self.replace_first(cx);
            if !self.warm.is_exhausted() {
                self.warm.first.bind(remote, OfferDelivery::AsSignal, &mut cx.io);
            }
        }
    }

    /// The call was answered: the connection to the device that answered carries it.
    fn answered(mut self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        if let Some(seat) = live.seat_of(&cx.me).filter(|seat| !seat.is_of(&cx.io.device)) {
            let outcome = Outcome::AnsweredElsewhere(seat.device_label.clone());
            return self.end(outcome, cx); // another device of this person has taken over the call
        }
        let Some(remote) = remote_of(live, &self.attempt.peer) else {
            return State::RingingOut(self); // an answer without a seat is incomplete
        };
        self.require_relay_if_asked(live, cx);
        self.warm.prefer(remote.device.as_ref());
        if self.attached_to() != Some(self.warm.first.key) {
            self.detach(cx); // another device has the seat, so nothing live goes to that one
        }
        if self.warm.first.remote_device() == remote.device.as_ref() && self.warm.first.is_bound() {
            self.warm.first.send_offer_unless_received(&mut cx.io);
        } else if remote.device.is_none() && self.warm.first.may_be_any_device() {
            self.warm.first.resend_everything_to(remote.clone(), &mut cx.io);
        } else {
            if self.warm.first.is_bound() {
                self.replace_first(cx);
            }
            self.warm.first.bind(remote.clone(), OfferDelivery::AsSignal, &mut cx.io);
        }
        let Self { attempt, media, warm, .. } = *self;
        let (connection, others) = warm.part();
        let state =
            InCall::enter(attempt, CallRole::Caller, remote, media, CurrentConnection::of(connection), cx);
        // Last, since closing takes browsers a moment.
        others.into_iter().for_each(|other| other.close(&mut cx.io));
        state
    }

    /// The warm-up failed: a new connection is kept for the device that answers.
    fn replace_failed_connection(mut self: Box<Self>, cx: &mut Context) -> State {
        if self.warm.first.is_bound() {
            self.replace_first(cx);
            State::RingingOut(self)
        } else {
            cx.send_end(self.call_id.clone(), EndRequest::END);
            self.end(Outcome::BrowserFailed, cx)
        }
    }

    fn replace_first(&mut self, cx: &mut Context) {
        self.warm.replace_first(self.attempt.epoch, cx);
        self.forget_closed();
    }

    fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, call_id, mut media, warm, .. } = *self;
        media.release(&mut cx.io);
        warm.close(&mut cx.io);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&attempt, Some(&call_id), outcome, None, cx)
    }
}
