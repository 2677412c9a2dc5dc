//! Both sit in the call: connecting, talking, or restoring a lost connection. Losing the socket or the server
//! changes nothing here; only a person, the connection, or the server's report of a person's decision ends it.
//!
//! - `server`: the server's frames, and the signals that they carry
//! - `channel`: messages of the data channel
//! - `media`: the media slots of both sides
//! - `recovery`, `phase`: the state of the connection, and when it is restarted or given up

mod channel;
mod media;
mod phase;
mod recovery;
mod server;

use super::{Attempt, Ended, State};
use crate::call_end;
use crate::connection::{Connection, ConnectionEvent, Remote};
use crate::context::Context;
use crate::current_connection::CurrentConnection;
use crate::effect::{Effect, PeerMessage, SlotState, Tone};
use crate::end_requests::EndRequest;
use crate::event::{Event, Fault, Link, PeerEvent, UserEvent};
use crate::key::Time;
use crate::media::LocalMedia;
use crate::slot::Slots;
use crate::timing;
use crate::view::{CallStage, InCallView, Outcome};
use call_protocol::{CallId, CallRole, EndCall, EndReason};
use media::assumed_slots;
use phase::{Phase, RestartTiming};

#[derive(Debug)]
pub(crate) struct InCall {
    pub(super) attempt: Attempt,
    role: CallRole,
    remote: Remote,
    media: LocalMedia,
    current: CurrentConnection,
    phase: Phase,
    talking_since: Option<Time>,
    reported_at: Option<Time>,
    remote_slots: Slots<SlotState>,
}

impl InCall {
    /// Answered: live tracks are attached, and the connection may already be up.
    pub(super) fn enter(
        attempt: Attempt,
        role: CallRole,
        remote: Remote,
        media: LocalMedia,
        current: CurrentConnection,
        cx: &mut Context,
    ) -> State {
        let link = current.connection().map_or(Link::Connecting, Connection::link);
        let announced = current.connection().and_then(Connection::remote_media);
        let mut state = Self {
            attempt,
            role,
            remote,
            media,
            current,
            phase: Phase::connecting(cx.io.now),
            talking_since: None,
            reported_at: None,
            remote_slots: Slots::default(),
        };
        state.set_remote_slots(assumed_slots());
        if let Some(fault) = state.current.fault() {
            return Box::new(state).not_negotiated(fault, cx); // it failed while ringing
        }
        state.replace_tracks(cx);
        state.announce_slots(cx);
        state.link_changed(link, cx);
        if let Some(announced) = announced {
            state.set_remote_slots(announced); // it arrived before the report that the call was answered
        }
        State::InCall(Box::new(state))
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.remote.call_id
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let resend = self.current.connection().and_then(Connection::deadline);
        self.phase.deadline().into_iter().chain(resend).chain(self.media.deadline()).min()
    }

    pub(super) fn view(&self, server_away: bool, now: Time) -> InCallView {
        let stage = match self.phase {
            Phase::Connecting { .. } => CallStage::Connecting,
            Phase::Up => CallStage::Active,
            Phase::Lost { .. } if self.phase.is_not_shown_yet() => CallStage::Active,
            Phase::Lost { .. } => CallStage::Reconnecting,
        };
        InCallView {
            party: self.attempt.party(Some(&self.remote.call_id)),
            requested_type: self.attempt.requested_type,
            stage,
            seconds: self.seconds(now),
            local: self.media.view(),
            tracks: self.media.live(),
            peer: self.current.connection().map(|connection| connection.key),
            remote: self.remote_slots,
            server_away,
            replaced: self.media.replaced(),
            browser_asks: self.media.browser_asks(),
        }
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::HangUp) => {
                self.hang_up(PeerMessage::HangUp, None, cx);
                self.end(Outcome::HungUpByMe, cx)
            }
            Event::User(UserEvent::Leave) => {
                self.hang_up(PeerMessage::Left, Some(EndReason::Left), cx);
                self.end(Outcome::LeftByMe, cx)
            }
            Event::User(UserEvent::ToggleMute) => {
                self.media.toggle_mute(&mut cx.io);
                self.announce_slots(cx);
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
                | UserEvent::Returned { .. }, // the present call takes precedence
            ) => State::InCall(self),
            // A second reply to a repeated request, or one to an earlier attempt; the machine ends what it
            // brought.
            Event::Reply(_) => State::InCall(self),
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => self.change_media(cx, |media, io| media.handle(event, io)),
            Event::Peer(event) => self.peer(event, cx),
            Event::Timer => self.timer(cx),
        }
    }

    fn peer(mut self: Box<Self>, event: PeerEvent, cx: &mut Context) -> State {
        let Some(connection) = self.current.connection_mut() else { return State::InCall(self) };
        if let PeerEvent::AnswerCreated(key, _) | PeerEvent::RemoteAnswerSet(key) = &event
            && *key == connection.key
        {
            self.phase = self.phase.negotiated(cx.io.now, RestartTiming::of(connection.side()));
        }
        match connection.handle(event, &mut cx.io) {
            ConnectionEvent::Link(link) => {
                self.link_changed(link, cx);
                State::InCall(self)
            }
            ConnectionEvent::ChannelOpen => {
                self.announce_slots(cx);
                State::InCall(self)
            }
            ConnectionEvent::Message(PeerMessage::Media(states)) => {
                self.set_remote_slots(states);
                State::InCall(self)
            }
            ConnectionEvent::Message(PeerMessage::HangUp) => {
                // The other side tells the server too; the second of the two requests changes nothing.
                self.send_end(None, cx);
                self.end(Outcome::HungUpByThem, cx)
            }
            ConnectionEvent::Message(PeerMessage::Left) => {
                self.send_end(Some(EndReason::Left), cx);
                self.end(Outcome::LeftByThem, cx)
            }
            ConnectionEvent::Message(PeerMessage::Signal(signal)) => {
                self.signal(*signal, cx);
                State::InCall(self)
            }
            ConnectionEvent::MediaArrives => {
                self.media_arrives(cx);
                State::InCall(self)
            }
            ConnectionEvent::MediaStops => {
                self.media_stops(cx);
                State::InCall(self)
            }
            ConnectionEvent::NegotiationFailed(fault) => match self.phase {
                Phase::Connecting { .. } => self.not_negotiated(fault, cx),
                Phase::Up | Phase::Lost { .. } => State::InCall(self), // a restart failed; the next one is due anyway
            },
            ConnectionEvent::Nothing | ConnectionEvent::OfferReady => State::InCall(self),
        }
    }

    /// A rejected description stays rejected: waiting for the connection would only delay the message.
    fn not_negotiated(self: Box<Self>, fault: Fault, cx: &mut Context) -> State {
        self.send_end(Some(EndReason::NegotiationFailed), cx);
        self.end(call_end::not_negotiated(fault), cx)
    }

    fn media_flows(&self, now: Time) -> bool {
        let last = self.current.connection().and_then(Connection::last_media);
        last.is_some_and(|at| now.since(at) < timing::RESTART_AGAIN)
    }

    fn seconds(&self, now: Time) -> Option<u32> {
        self.talking_since.map(|since| u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX))
    }

    /// Tells the server to end the call, and whether the two talked, since that report may still be under way.
    fn send_end(&self, reason: Option<EndReason>, cx: &mut Context) {
        let talked = self.talking_since.is_some();
        cx.send_end(self.remote.call_id.clone(), EndRequest::End(EndCall { reason, talked }));
    }

    fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let seconds = self.seconds(cx.io.now);
        self.end_after(seconds, outcome, cx)
    }

    fn end_after(self: Box<Self>, seconds: Option<u32>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, remote, mut media, mut current, .. } = *self;
        current.close(&mut cx.io);
        media.release(&mut cx.io);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&attempt, Some(&remote.call_id), outcome, seconds, cx)
    }
}
