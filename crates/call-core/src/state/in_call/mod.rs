//! Both sit in the call: connecting, talking, or bringing a lost link back. Losing the socket or the server changes
//! nothing here; only a person, the link, or the server's word of a person's decision ends it.
//!
//! - `server`: the server's frames, and the signals that it brings
//! - `channel`: messages of the data channel
//! - `media`: the slots of both sides
//! - `recovery`, `phase`: how the link is, and when it is restarted or given up

mod channel;
mod media;
mod phase;
mod recovery;
mod server;

use super::{Attempt, Ended, State};
use crate::call_end;
use crate::connection::{Connection, Far, Told};
use crate::context::Context;
use crate::effect::{Effect, PeerMessage, SlotState, Tone};
use crate::event::{Event, Fault, Link, PeerEvent, UserEvent};
use crate::farewell::Farewell;
use crate::key::Time;
use crate::line::Line;
use crate::media::LocalMedia;
use crate::slot::Slots;
use crate::timing;
use crate::view::{CallStage, InCallView, Outcome};
use call_protocol::{CallId, CallRole, EndCall, EndReason};
use media::unsaid;
use phase::{Patience, Phase};

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
    remote: Slots<SlotState>,
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
        let link = line.connection().map_or(Link::Connecting, Connection::link);
        let said = line.connection().and_then(Connection::remote_media);
        let mut state = Self {
            attempt,
            role,
            far,
            media,
            line,
            phase: Phase::connecting(cx.io.now),
            talking_since: None,
            reported_at: None,
            remote: Slots::default(),
        };
        state.remote_sends(unsaid());
        if let Some(fault) = state.line.fault() {
            return Box::new(state).not_negotiated(fault, cx); // while it rang
        }
        state.replace_tracks(cx);
        state.tell(cx);
        state.link(link, cx);
        if let Some(said) = said {
            state.remote_sends(said); // it overtook the word that the call was answered
        }
        State::InCall(Box::new(state))
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.far.call_id
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let resend = self.line.connection().and_then(Connection::deadline);
        self.phase.deadline().into_iter().chain(resend).chain(self.media.deadline()).min()
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
            local: self.media.view(),
            tracks: self.media.live(),
            peer: self.line.connection().map(|connection| connection.key),
            remote: self.remote,
            server_away,
            replaced: self.media.replaced(),
            browser_asks: self.media.browser_asks(),
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
                self.media.toggle_mute(&mut cx.io);
                self.tell(cx);
                State::InCall(self)
            }
            Event::User(UserEvent::ToggleCamera) => self.change_media(cx, LocalMedia::toggle_camera),
            Event::User(UserEvent::ToggleScreen) => self.change_media(cx, LocalMedia::toggle_screen),
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
            Event::Media(event) => self.change_media(cx, |media, io| media.handle(event, io)),
            Event::Peer(event) => self.peer(event, cx),
            Event::Timer => self.timer(cx),
        }
    }

    fn peer(mut self: Box<Self>, event: PeerEvent, cx: &mut Context) -> State {
        let Some(connection) = self.line.connection_mut() else { return State::InCall(self) };
        if let PeerEvent::AnswerMade(key, _) | PeerEvent::AnswerTaken(key) = &event
            && *key == connection.key
        {
            self.phase = self.phase.negotiated(cx.io.now, Patience::of(connection.side()));
        }
        match connection.handle(event, &mut cx.io) {
            Told::Link(link) => {
                self.link(link, cx);
                State::InCall(self)
            }
            Told::ChannelOpen => {
                self.tell(cx);
                State::InCall(self)
            }
            Told::Message(PeerMessage::Media(states)) => {
                self.remote_sends(states);
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
            Told::NegotiationFailed(fault) => match self.phase {
                Phase::Connecting { .. } => self.not_negotiated(fault, cx),
                Phase::Up | Phase::Lost { .. } => State::InCall(self), // a restart failed; the next one is due anyway
            },
            Told::Nothing | Told::OfferReady => State::InCall(self),
        }
    }

    /// A description is refused for good: waiting for the connection would only put off saying so.
    fn not_negotiated(self: Box<Self>, fault: Fault, cx: &mut Context) -> State {
        self.say_farewell(Some(EndReason::NegotiationFailed), cx);
        self.end(call_end::not_negotiated(fault), cx)
    }

    fn media_flows(&self, now: Time) -> bool {
        let last = self.line.connection().and_then(Connection::last_media);
        last.is_some_and(|at| now.since(at) < timing::RESTART_AGAIN)
    }

    fn seconds(&self, now: Time) -> Option<u32> {
        self.talking_since.map(|since| u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX))
    }

    /// Tells the server, and with it whether people talked: the report of that may still be on its way.
    fn say_farewell(&self, reason: Option<EndReason>, cx: &mut Context) {
        let talked = self.talking_since.is_some();
        cx.say_farewell(self.far.call_id.clone(), Farewell::End(EndCall { reason, talked }));
    }

    fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let seconds = self.seconds(cx.io.now);
        self.end_after(seconds, outcome, cx)
    }

    fn end_after(self: Box<Self>, seconds: Option<u32>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, far, mut media, mut line, .. } = *self;
        line.close(&mut cx.io);
        media.release(&mut cx.io);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&attempt, Some(&far.call_id), outcome, seconds, cx)
    }
}
