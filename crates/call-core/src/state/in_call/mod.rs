//! Both sit in the call: connecting, talking, or bringing a lost link back. Losing the socket or the server changes
//! nothing here; only a person, the link, or the server's word of a person's decision ends it.
//! `link.rs` holds what becomes of the link.

mod link;

use super::recovery::{Patience, Phase};
use super::{Attempt, Ended, InSnapshot, State, find};
use crate::call_end;
use crate::connection::{Connection, Far, RemoteMedia, Told};
use crate::context::Context;
use crate::effect::{Effect, PeerMessage, Tone};
use crate::event::{Event, Link, PeerEvent, SocketEvent, UserEvent};
use crate::farewell::Farewell;
use crate::key::{PeerKey, Time};
use crate::line::{Line, Opened, far_of, hear};
use crate::media::LocalMedia;
use crate::timing;
use crate::view::{CallStage, InCallView, Outcome};
use call_protocol::{
    Call, CallId, CallRole, CallType, EndCall, EndReason, LiveCall, SessionDescription, Signal,
};

#[derive(Debug)]
pub(crate) struct InCall {
    pub(super) attempt: Attempt,
    role: CallRole,
    far: Far,
    media: LocalMedia,
    line: Line,
    phase: Phase,
    talking_since: Option<Time>,
    reported_at: Option<Time>,
    remote_muted: bool,
    remote_camera_off: bool,
}

impl InCall {
    /// Answered: what is live is attached, and the link may be up already.
    pub(super) fn enter(
        attempt: Attempt,
        role: CallRole,
        far: Far,
        media: LocalMedia,
        line: Line,
        cx: &mut Context,
    ) -> State {
        let remote_camera_off = attempt.call_type == CallType::Audio;
        let link = line.connection().map_or(Link::Connecting, Connection::link);
        let said = line.connection().and_then(Connection::remote_media);
        let mut state = Self {
            attempt,
            role,
            far,
            media,
            line,
            phase: Phase::connecting(cx.now),
            talking_since: None,
            reported_at: None,
            remote_muted: false,
            remote_camera_off,
        };
        state.attach(cx);
        state.tell(cx);
        state.link(link, cx);
        if let Some(said) = said {
            state.hears_of_media(said); // it overtook the word that the call was answered
        }
        State::InCall(Box::new(state))
    }

    /// Glare: this device called while the other side's call was ringing, and joins it as the answering side.
    pub(super) fn join(
        mut attempt: Attempt,
        mut media: LocalMedia,
        live: LiveCall,
        cx: &mut Context,
    ) -> State {
        media.join(live.call.call_type, cx);
        attempt.call_type = live.call.call_type;
        // The far side numbers this call's connections: its numbers may not meet those of the own, given-up one.
        attempt.epoch = cx.next_epoch();
        let nobody = Far { call_id: live.call.id.clone(), device: None, reliable: true };
        let far = far_of(&live, &attempt.peer).unwrap_or(nobody);
        let mut line = Line::default();
        // The ring's offer belongs to the device that the server chose, any other waits for one of its own; if the
        // server chose none, it is for whoever takes the call.
        let offer = live.offer.filter(|_| live.warm_device.as_ref().is_none_or(|warm| *warm == cx.device));
        if let Some(sdp) = offer.as_ref().and_then(|offer| offer.data.sdp.clone()) {
            let generation = offer.map_or(1, |offer| offer.generation);
            let key = PeerKey { epoch: attempt.epoch, generation };
            line.open(key, &far, SessionDescription { sdp }, cx);
        }
        let state = Self::enter(attempt, CallRole::Callee, far.clone(), media, line, cx);
        // What came before the reply, in the order it came.
        cx.take_strays(&far.call_id).into_iter().fold(state, |state, signal| {
            state.handle(Event::Socket(SocketEvent::Signal(far.call_id.clone(), signal)), cx)
        })
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.far.call_id
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let resend = self.line.connection().and_then(Connection::deadline);
        self.phase.deadline().into_iter().chain(resend).min()
    }

    pub(super) fn view(&self, server_away: bool, now: Time) -> InCallView {
        let stage = match self.phase {
            Phase::Connecting { .. } => CallStage::Connecting,
            Phase::Up => CallStage::Active,
            Phase::Lost { .. } if self.phase.may_pass_unnoticed() => CallStage::Active,
            Phase::Lost { .. } => CallStage::Reconnecting,
        };
        InCallView {
            party: self.attempt.party(Some(&self.far.call_id)),
            asked_for: self.attempt.asked_for,
            stage,
            seconds: self.seconds(now),
            microphone: self.media.microphone_view(),
            camera: self.media.camera_view(),
            local_video: self.media.live().1,
            remote: self.line.connection().map(|connection| connection.key),
            remote_muted: self.remote_muted,
            remote_camera_off: self.remote_camera_off,
            server_away,
        }
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::HangUp) => {
                self.say_goodbye(PeerMessage::HangUp, None, cx);
                self.end(Outcome::HungUpByMe, cx)
            }
            Event::User(UserEvent::Leave) => {
                self.say_goodbye(PeerMessage::Left, Some(EndReason::Left), cx);
                self.end(Outcome::LeftByMe, cx)
            }
            Event::User(UserEvent::ToggleMute) => {
                self.media.toggle_mute(cx);
                self.tell(cx);
                State::InCall(self)
            }
            Event::User(UserEvent::ToggleCamera) => self.change_media(cx, LocalMedia::toggle_camera),
            Event::User(UserEvent::RetryMedia) => self.change_media(cx, LocalMedia::retry),
            Event::User(
                UserEvent::Call { .. } // one call at a time
                | UserEvent::Answer(_) // answered already
                | UserEvent::Decline // too late: hanging up is another button
                | UserEvent::Dismiss // no card
                | UserEvent::Returned { .. }, // this is what counts now
            ) => State::InCall(self),
            // A repeated request's second reply, or an old attempt's; the machine leaves what it brought.
            Event::Reply(_) => State::InCall(self),
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => self.change_media(cx, |media, cx| media.handle(event, cx)),
            Event::Peer(event) => self.peer(event, cx),
            Event::Timer => self.timer(cx),
        }
    }

    fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                if let Some(connection) = self.line.connection_mut() {
                    connection.hurry(cx);
                }
                self.reported_at = None; // the server may have missed the last report
                match find(&self.far.call_id, live_calls, ended_calls) {
                    InSnapshot::Live(live) => self.is_live(&live, cx),
                    InSnapshot::Over(call) => self.over(&call, cx),
                    InSnapshot::Missing => self.missing(cx),
                }
            }
            SocketEvent::Over(call) if call.id == self.far.call_id => self.over(&call, cx),
            SocketEvent::Signal(call_id, signal) if call_id == self.far.call_id => {
                self.signal(signal, cx);
                State::InCall(self)
            }
            SocketEvent::Ringing(_) => State::InCall(self), // the machine keeps it until this device is free
            SocketEvent::Lost => State::InCall(self),       // the call does not need the server
            SocketEvent::DeviceRinging { .. } => State::InCall(self), // it no longer rings
            SocketEvent::Presence { .. } => State::InCall(self), // the call does not need their sockets either
            SocketEvent::Answered(_) | SocketEvent::Over(_) | SocketEvent::Signal(..) => State::InCall(self), // known, or another call's
        }
    }

    /// The snapshot has the call: this device must still be the one that sits in it.
    fn is_live(self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        match live.seat_of(&cx.me) {
            Some(seat) if !seat.is_of(&cx.device) => {
                let label = seat.device_label.clone();
                self.end(Outcome::AnsweredElsewhere(label), cx)
            }
            Some(_) | None => State::InCall(self),
        }
    }

    /// The server does not know the call: no reason to stop talking, nor to stop connecting, since the snapshot may
    /// have been taken before the call was placed. Only a lost link is not worked on any longer.
    fn missing(self: Box<Self>, cx: &mut Context) -> State {
        match self.phase {
            Phase::Connecting { .. } | Phase::Up => State::InCall(self),
            Phase::Lost { .. } if self.media_flows(cx.now) => State::InCall(self),
            Phase::Lost { .. } => {
                self.say_farewell(Some(EndReason::ConnectionLost), cx);
                self.end(Outcome::ConnectionLost, cx)
            }
        }
    }

    /// The server says that the call is over: true if a person decided it, or if nothing flows any more.
    fn over(self: Box<Self>, call: &Call, cx: &mut Context) -> State {
        let nobody_decided = call.error_reason == Some(EndReason::LeaseExpired);
        if nobody_decided && self.media_flows(cx.now) {
            return State::InCall(self);
        }
        let seconds = call.duration_seconds.or(self.seconds(cx.now));
        self.end_after(seconds, call_end::in_call(call), cx)
    }

    fn signal(&mut self, signal: Signal, cx: &mut Context) {
        match self.role {
            CallRole::Caller => {
                if let Some(connection) = self.line.connection_mut() {
                    hear(connection, &signal, cx);
                }
            }
            CallRole::Callee => {
                if self.line.route(self.attempt.epoch, &self.far, signal, cx) == Opened::Yes {
                    self.phase = Phase::connecting(cx.now); // whatever the link before was
                    self.attach(cx);
                }
            }
        }
    }

    fn peer(mut self: Box<Self>, event: PeerEvent, cx: &mut Context) -> State {
        let Some(connection) = self.line.connection_mut() else { return State::InCall(self) };
        if let PeerEvent::AnswerMade(key, _) | PeerEvent::AnswerTaken(key) = &event
            && *key == connection.key
        {
            self.phase = self.phase.negotiated(cx.now, Patience::of(connection.side()));
        }
        match connection.handle(event, cx) {
            Told::Link(link) => {
                self.link(link, cx);
                State::InCall(self)
            }
            Told::ChannelOpen => {
                self.tell(cx);
                State::InCall(self)
            }
            Told::Message(PeerMessage::Media { muted, camera_off }) => {
                self.hears_of_media(RemoteMedia { muted, camera_off });
                State::InCall(self)
            }
            Told::Message(PeerMessage::HangUp) => {
                // The other side tells the server too; whoever comes second changes nothing.
                self.say_farewell(None, cx);
                self.end(Outcome::HungUpByThem, cx)
            }
            Told::Message(PeerMessage::Left) => {
                self.say_farewell(Some(EndReason::Left), cx);
                self.end(Outcome::LeftByThem, cx)
            }
            Told::Message(PeerMessage::Signal(signal)) => {
                self.signal(*signal, cx);
                State::InCall(self)
            }
            Told::MediaArrives => {
                self.media_arrives(cx);
                State::InCall(self)
            }
            Told::MediaStops => {
                self.media_stops(cx);
                State::InCall(self)
            }
            Told::NegotiationFailed => match self.phase {
                Phase::Connecting { .. } => {
                    self.say_farewell(Some(EndReason::NegotiationFailed), cx);
                    self.end(Outcome::ConnectFailed, cx)
                }
                Phase::Up | Phase::Lost { .. } => State::InCall(self), // a restart failed; the next one is due anyway
            },
            Told::Nothing | Told::OfferReady => State::InCall(self),
        }
    }

    fn hears_of_media(&mut self, RemoteMedia { muted, camera_off }: RemoteMedia) {
        self.remote_muted = muted;
        self.remote_camera_off = camera_off || self.attempt.call_type == CallType::Audio;
    }

    /// Changes the own media; if other tracks are live now, they are attached and the other side is told.
    fn change_media(
        mut self: Box<Self>,
        cx: &mut Context,
        change: impl FnOnce(&mut LocalMedia, &mut Context),
    ) -> State {
        let before = self.media.live();
        change(&mut self.media, cx);
        if self.media.live() != before {
            self.attach(cx);
            self.tell(cx);
        }
        State::InCall(self)
    }

    fn attach(&self, cx: &mut Context) {
        if let Some(connection) = self.line.connection() {
            let (audio, video) = self.media.live();
            cx.order(Effect::Attach { peer: connection.key, audio, video });
        }
    }

    /// Tells the other side what of this one can be heard and seen.
    fn tell(&self, cx: &mut Context) {
        if let Some(connection) = self.line.connection() {
            let camera_off = self.media.live().1.is_none();
            connection.message(PeerMessage::Media { muted: self.media.is_silent(), camera_off }, cx);
        }
    }

    fn media_flows(&self, now: Time) -> bool {
        let last = self.line.connection().and_then(Connection::last_media);
        last.is_some_and(|at| now.since(at) < timing::RESTART_AGAIN)
    }

    fn seconds(&self, now: Time) -> Option<u32> {
        self.talking_since.map(|since| u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX))
    }

    /// Tells the other side at once, and the server.
    fn say_goodbye(&self, word: PeerMessage, reason: Option<EndReason>, cx: &mut Context) {
        if let Some(connection) = self.line.connection() {
            connection.message(word, cx);
        }
        self.say_farewell(reason, cx);
    }

    /// Tells the server, and with it whether people talked: the report of that may still be on its way.
    fn say_farewell(&self, reason: Option<EndReason>, cx: &mut Context) {
        let talked = self.talking_since.is_some();
        cx.say_farewell(self.far.call_id.clone(), Farewell::End(EndCall { reason, talked }));
    }

    fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let seconds = self.seconds(cx.now);
        self.end_after(seconds, outcome, cx)
    }

    fn end_after(self: Box<Self>, seconds: Option<u32>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, far, mut media, mut line, .. } = *self;
        line.close(cx);
        media.release(cx);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&attempt, Some(&far.call_id), outcome, seconds, cx)
    }
}
