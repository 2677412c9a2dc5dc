//! Both sit in the call: connecting, talking, or restoring a lost connection. Losing the socket or the server
//! changes nothing here; only a person, the connection, or the server's report of a person's decision ends it.
//!
//! - `away`: pages that go away and may be reloaded
//! - `server`: the server's frames, and the signals that they carry
//! - `channel`: messages of the data channel
//! - `media`: the media slots of both sides
//! - `recovery`, `phase`: the state of the connection, and when it is restarted or given up

mod away;
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
use core::time::Duration;
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
    /// How long the two had talked before `talking_since`, with another page of this side.
    talked_before: Duration,
    reported_at: Option<Time>,
    remote_slots: Slots<SlotState>,
    /// Whether the other side has said that it waits for a page that is being reloaded.
    awaited: bool,
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
        let mut state = Self::new(attempt, role, remote, media, current, cx);
        if let Some(fault) = state.current.fault() {
            return Box::new(state).not_negotiated(fault, cx); // it failed while ringing
        }
        state.replace_tracks(cx);
        state.introduce(cx);
        state.link_changed(link, cx);
        if let Some(announced) = announced {
            state.set_remote_slots(announced); // it arrived before the report that the call was answered
        }
        State::InCall(Box::new(state))
    }

    fn new(
        attempt: Attempt,
        role: CallRole,
        remote: Remote,
        media: LocalMedia,
        current: CurrentConnection,
        cx: &Context,
    ) -> Self {
        let mut state = Self {
            attempt,
            role,
            remote,
            media,
            current,
            phase: Phase::connecting(cx.io.now),
            talking_since: None,
            talked_before: Duration::ZERO,
            reported_at: None,
            remote_slots: Slots::default(),
            awaited: false,
        };
        state.set_remote_slots(assumed_slots());
        state
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
            Phase::Away { .. } => CallStage::Away,
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
            Event::User(UserEvent::Leave) => self.leave(cx),
            Event::User(UserEvent::Unload) => self.unload(cx),
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
                self.introduce(cx);
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
            ConnectionEvent::Message(PeerMessage::Away) => {
                self.remote_page_went_away(cx);
                State::InCall(self)
            }
            ConnectionEvent::Message(PeerMessage::Awaits) => State::InCall(self), // the connection keeps it
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
                // While away there is no connection.
                Phase::Up | Phase::Lost { .. } | Phase::Away { .. } => State::InCall(self), // a restart failed; the next one is due anyway
            },
            // The server's message came first.
            ConnectionEvent::Message(PeerMessage::Answered { .. }) => State::InCall(self),
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
        // Nobody talks while the other side is away.
        let until = self.phase.away_since().unwrap_or(now);
        let talked = self.talking_since.map(|since| self.talked_before + until.since(since));
        talked.map(|talked| u32::try_from(talked.as_secs()).unwrap_or(u32::MAX))
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
