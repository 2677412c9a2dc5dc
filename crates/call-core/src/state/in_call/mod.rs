//! Both sit in the call: connecting, talking, or restoring a lost connection. Losing the socket or the server
//! changes nothing here; only a person, the connection, or the server's report of a person's decision ends it.
//!
//! - `away`: pages that go away and may be reloaded
//! - `server`: the server's frames, and the signals that they carry
//! - `channel`: messages of the data channel
//! - `media`: the media slots of both sides
//! - `recovery`, `phase`: the state of the connection, and when it is restarted or given up
//! - `handover`: a second connection beside one that is lost

mod away;
mod channel;
mod handover;
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
use handover::Handover;
use media::assumed_slots;
use phase::{Phase, RestartTiming};

#[derive(Clone, Debug, Hash)]
pub(crate) struct InCall {
    pub(super) attempt: Attempt,
    role: CallRole,
    remote: Remote,
    media: LocalMedia,
    current: CurrentConnection,
    /// A connection beside the current one, which may take its place.
    handover: Option<Handover>,
    phase: Phase,
    talking_since: Option<Time>,
    /// How long the two had talked before `talking_since`, with another page of this side.
    talked_before: Duration,
    reported_at: Option<Time>,
    remote_slots: Slots<SlotState>,
    /// Whether the other side has said that it waits for a page that is being reloaded.
    awaited: bool,
    /// Whether the other side has said that it takes a second connection.
    hands_over: bool,
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
            handover: None,
            phase: Phase::connecting(cx.io.now),
            talking_since: None,
            talked_before: Duration::ZERO,
            reported_at: None,
            remote_slots: Slots::default(),
            awaited: false,
            hands_over: false,
        };
        state.set_remote_slots(assumed_slots());
        state
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.remote.call_id
    }

    pub(super) fn deadline(&self, server_away: bool) -> Option<Time> {
        let resend = self.current.connection().and_then(Connection::deadline);
        let phase = self.phase.deadline(give_up(server_away));
        let handover = self.handover.as_ref().map(Handover::deadline);
        phase.into_iter().chain(resend).chain(handover).chain(self.media.deadline()).min()
    }

    pub(super) fn view(&self, server_away: bool, now: Time) -> InCallView {
        let stage = match self.phase {
            Phase::Connecting { .. } => CallStage::Connecting,
            Phase::Up => CallStage::Active,
            Phase::Lost(_) if self.phase.is_not_shown_yet() => CallStage::Active,
            Phase::Lost(_) => CallStage::Reconnecting,
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
                self.hang_up(&PeerMessage::HangUp, None, cx);
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
        if self.is_of_handover(&event) {
            return self.handover_event(event, cx);
        }
        let Some(connection) = self.current.connection_mut() else { return State::InCall(self) };
        if let PeerEvent::AnswerCreated(key, _) | PeerEvent::RemoteAnswerSet(key) = &event
            && *key == connection.key
        {
            self.phase = self.phase.negotiated(cx.io.now, RestartTiming::of(connection.side()));
        }
        match connection.handle(event, &mut cx.io) {
            ConnectionEvent::Link(link) => self.link_changed(link, cx),
            ConnectionEvent::ChannelOpen => self.introduce(cx),
            ConnectionEvent::Message(message) => return self.message(message, cx),
            ConnectionEvent::MediaArrives => self.media_arrives(cx),
            ConnectionEvent::PacketsArrive => self.packets_arrive(cx),
            ConnectionEvent::FallsSilent => self.falls_silent(cx),
            ConnectionEvent::NegotiationFailed(fault) => match self.phase {
                Phase::Connecting { .. } => return self.not_negotiated(fault, cx),
                // A restart failed; the next one is due anyway. While away there is no connection.
                Phase::Up | Phase::Lost(_) | Phase::Away { .. } => {}
            },
            ConnectionEvent::Nothing | ConnectionEvent::OfferReady => {}
        }
        State::InCall(self)
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

    fn end_after(mut self: Box<Self>, seconds: Option<u32>, outcome: Outcome, cx: &mut Context) -> State {
        self.end_handover(cx);
        let Self { attempt, remote, mut media, mut current, .. } = *self;
        current.close(&mut cx.io);
        media.release(&mut cx.io);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&attempt, Some(&remote.call_id), outcome, seconds, cx)
    }
}

/// How long a lost connection is restored. Whoever hears the server has not lost the network, and waits longer.
fn give_up(server_away: bool) -> Duration {
    if server_away { timing::GIVE_UP } else { timing::GIVE_UP_HEALTHY }
}
