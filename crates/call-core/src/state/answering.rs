//! The callee from the press on Answer until the server has assigned the seat.
//!
//! If the browser would grant the microphone without asking, the server and the devices are asked at the same
//! time; otherwise the devices first, so that the caller is not connected to a person who then cannot speak.
//! Pressing Answer is the consent: a track that becomes live is attached at once. The caller is told by the server, and
//! over the data channel too, which is the shorter way; the server alone assigns the seat.

use super::{InCall, InSnapshot, RingingIn, State, find, initiating};
use crate::call_end;
use crate::context::Context;
use crate::current_connection::{Opened, remote_of};
use crate::effect::{Effect, MediaRequest, PeerMessage};
use crate::end_requests::EndRequest;
use crate::event::{AnswerWith, Event, PeerEvent, ReplyEvent, RequestError, SocketEvent, UserEvent};
use crate::io::Io;
use crate::key::Time;
use crate::media::LocalMedia;
use crate::slot::{Slot, Slots};
use crate::timing;
use crate::view::{IncomingStage, IncomingView, Outcome, WaitingFor};
use call_protocol::{CallRole, CallStatus, EndReason, ErrorBody, ErrorCode, LiveCall};

#[derive(Clone, Debug, Hash)]
pub(crate) struct Answering {
    pub(super) ring: RingingIn,
    media: LocalMedia,
    request: Request,
}

#[derive(Debug, Clone, Copy, Hash)]
enum Request {
    /// Waiting for the microphone.
    NotSent,
    Sent {
        retry_at: Option<Time>,
        /// The last error, which becomes the outcome if no better reply arrives.
        last_error: LastError,
    },
}

/// Why the seat has not been assigned yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LastError {
    /// No reply so far.
    NoReply,
    /// The server's database has no room left.
    StorageFull,
    /// The server cannot do anything right now.
    ServerFailed,
}

impl LastError {
    fn of(error: &RequestError) -> Self {
        match error {
            RequestError::Unreachable => Self::NoReply,
            RequestError::Refused(error) if error.code == ErrorCode::StorageFull => Self::StorageFull,
            RequestError::Refused(_) => Self::ServerFailed,
        }
    }
}

impl Answering {
    /// Answer was pressed.
    pub(super) fn enter(ring: Box<RingingIn>, with: AnswerWith, cx: &mut Context) -> State {
        let mut ring = *ring;
        ring.problem = None;
        // A new media key for this press: what an earlier press may still deliver is stale.
        let mut media =
            LocalMedia::new(ring.attempt.epoch, ring.attempt.call_type, ring.acquisitions, cx.granted());
        let wanted = match with {
            AnswerWith::Everything => initiating::wanted(ring.attempt.call_type),
            AnswerWith::VoiceOnly => MediaRequest::Microphone,
        };
        media.begin(wanted, &mut cx.io);
        ring.take_waiting_signals(cx);
        let mut state = Self { ring, media, request: Request::NotSent };
        if cx.granted()[Slot::Microphone] {
            state.ask(cx);
        }
        State::Answering(Box::new(state))
    }

    pub(super) fn view(&self, server_away: bool) -> IncomingView {
        let waiting_for = match self.request {
            Request::NotSent => self.media.browser_asks().then_some(WaitingFor::Browser),
            Request::Sent { retry_at, .. } => {
                (retry_at.is_some() || server_away).then_some(WaitingFor::Server)
            }
        };
        IncomingView { stage: IncomingStage::Answering, waiting_for, ..self.ring.view() }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let retry = match self.request {
            Request::NotSent => None,
            Request::Sent { retry_at, .. } => retry_at,
        };
        self.ring.deadline().into_iter().chain(retry).chain(self.media.deadline()).min()
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            // The server may have accepted the answer already; `end` is right either way.
            Event::User(UserEvent::HangUp | UserEvent::Decline) => {
                cx.send_end(self.ring.call_id.clone(), EndRequest::END);
                self.end(Outcome::DeclinedByMe, cx)
            }
            Event::User(UserEvent::Leave | UserEvent::Unload) => {
                cx.send_end(self.ring.call_id.clone(), EndRequest::end_for(EndReason::Left));
                self.end(Outcome::LeftByMe, cx)
            }
            Event::User(UserEvent::ToggleMute) => {
                self.media.toggle_mute(&mut cx.io);
                State::Answering(self)
            }
            Event::User(UserEvent::ToggleCamera) => {
                self.media.toggle_camera(&mut cx.io);
                self.replace_tracks(cx);
                State::Answering(self)
            }
            Event::User(
                UserEvent::Answer(_) // pressed already
                | UserEvent::Call { .. } // one call at a time
                | UserEvent::ToggleScreen // in a call only
                | UserEvent::RetryMedia // still being acquired
                | UserEvent::Dismiss // no card
                | UserEvent::Returned { .. }, // the present call takes precedence
            ) => State::Answering(self),
            Event::Reply(event) => self.reply(event, cx),
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => self.change_media(cx, |media, io| media.handle(event, io)),
            Event::Peer(event) => {
                let own = self.ring.current.connection().map(|connection| connection.key);
                let opens = matches!(event, PeerEvent::ChannelOpen(key) if Some(key) == own);
                self.ring.peer(event, cx);
                if opens {
                    self.send_answered(cx);
                }
                State::Answering(self)
            }
            Event::Timer => self.timer(cx),
        }
    }

    /// Once no media request is pending: asks the server, or goes back to ringing without a microphone.
    fn advance(mut self: Box<Self>, cx: &mut Context) -> State {
        match (self.request, self.media.error(Slot::Microphone)) {
            (Request::NotSent, _) if !self.media.is_ready() => State::Answering(self),
            (Request::NotSent, Some(error)) => {
                let Self { mut ring, mut media, .. } = *self;
                if let Some(connection) = ring.current.connection().filter(|_| media.has_live()) {
                    cx.order(Effect::ReplaceTracks(connection.key, Slots::default()));
                }
                media.release(&mut cx.io);
                ring.problem = Some(error);
                ring.acquisitions = media.acquisitions();
                State::RingingIn(Box::new(ring))
            }
            (Request::NotSent, None) => {
                self.ask(cx);
                State::Answering(self)
            }
            (Request::Sent { .. }, _) => State::Answering(self), // a media problem is shown in the call
        }
    }

    fn ask(&mut self, cx: &mut Context) {
        cx.order(Effect::Answer(self.ring.attempt.epoch, self.ring.call_id.clone()));
        let last_error = match self.request {
            Request::NotSent => LastError::NoReply,
            Request::Sent { last_error, .. } => last_error,
        };
        self.request = Request::Sent { retry_at: None, last_error };
        self.send_answered(cx);
    }

    /// Tells the caller, once the server is asked: from then on this person can speak.
    fn send_answered(&self, cx: &mut Context) {
        let Request::Sent { .. } = self.request else { return };
        if let Some(connection) = self.ring.current.connection() {
            let number = connection.key.number;
            let message = PeerMessage::Answered { call_id: self.ring.call_id.clone(), number };
            connection.message(message, &mut cx.io);
        }
    }

    /// This device gets no seat: what the caller was told is void, and they learn it before the server's message.
    fn withdraw_answered(&self, cx: &mut Context) {
        if let (Request::Sent { .. }, Some(connection)) = (self.request, self.ring.current.connection()) {
            connection.message(PeerMessage::HangUp, &mut cx.io);
        }
    }

    fn replace_tracks(&self, cx: &mut Context) {
        if let Some(connection) = self.ring.current.connection() {
            cx.order(Effect::ReplaceTracks(connection.key, self.media.live()));
        }
    }

    fn reply(mut self: Box<Self>, event: ReplyEvent, cx: &mut Context) -> State {
        match event {
            ReplyEvent::Answered(epoch, reply) if epoch == self.ring.attempt.epoch => match reply {
                Ok(live) => self.seated(&live, cx),
                Err(error) if error.is_passing() => {
                    let retry_at = Some(cx.io.now + error.wait().unwrap_or(timing::REQUEST_RETRY));
                    self.request = Request::Sent { retry_at, last_error: LastError::of(&error) };
                    State::Answering(self)
                }
                Err(RequestError::Refused(error)) => self.refused(&error, cx),
                Err(RequestError::Unreachable) => State::Answering(self), // handled above: the request may succeed later
            },
            // Replies to an earlier attempt; the machine has ended what they brought.
            ReplyEvent::Answered(..) | ReplyEvent::Initiated(..) | ReplyEvent::Ended(..) => {
                State::Answering(self)
            }
        }
    }

    fn refused(self: Box<Self>, error: &ErrorBody, cx: &mut Context) -> State {
        let outcome = if error.code == ErrorCode::CallNotFound {
            Outcome::Missed
        } else if error.code == ErrorCode::WrongState {
            error.call.as_ref().map_or(Outcome::Missed, call_end::for_answering)
        } else {
            call_end::of_refusal(error)
        };
        self.end(outcome, cx)
    }

    fn seated(self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        let Self { mut ring, media, .. } = *self;
        if let Some(remote) = remote_of(live, &ring.attempt.peer) {
            ring.remote = remote;
        }
        if live.relay_only {
            ring.current.require_relay(&mut cx.io);
        }
        ring.take_all_signals(cx);
        InCall::enter(ring.attempt, CallRole::Callee, ring.remote, media, ring.current, cx)
    }

    fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                if let Some(connection) = self.ring.current.connection_mut() {
                    connection.resend_now(&mut cx.io);
                }
                match find(&self.ring.call_id, live_calls, ended_calls) {
                    InSnapshot::Live(live) => self.is_live(&live, cx),
                    InSnapshot::Over(call) => self.end(call_end::for_answering(&call), cx),
                    InSnapshot::Missing => self.end(Outcome::Missed, cx),
                }
            }
            SocketEvent::Answered(live) if live.call.id == self.ring.call_id => self.is_live(&live, cx),
            SocketEvent::Ended(call) if call.id == self.ring.call_id => {
                self.end(call_end::for_answering(&call), cx)
            }
            SocketEvent::Signal(call_id, signal) if call_id == self.ring.call_id => {
                if !signal.is_from_reliable_sender() && !self.ring.current.is_for_open(&signal) {
                    cx.io.keep_early(call_id, signal); // until this device has the seat
                } else if self.ring.signal(signal, cx) == Opened::Yes {
                    self.replace_tracks(cx);
                }
                State::Answering(self)
            }
            SocketEvent::Ringing(_) => State::Answering(self), // known, or kept by the machine until this device is free
            SocketEvent::Lost => State::Answering(self),       // the request does not need the socket
            SocketEvent::DeviceRinging { .. } | SocketEvent::Presence { .. } => State::Answering(self), // for callers only
            SocketEvent::Answered(_) | SocketEvent::Ended(_) | SocketEvent::Signal(..) => {
                State::Answering(self)
            } // of another call
        }
    }

    fn is_live(mut self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        match live.call.status {
            CallStatus::Active if live.sits(&cx.me, &cx.io.device) => self.seated(live, cx),
            CallStatus::Active => {
                self.media.release(&mut cx.io);
                Box::new(self.ring).answered_elsewhere(live, cx)
            }
            CallStatus::Ringing => {
                if let Request::Sent { retry_at: Some(_), .. } = self.request {
                    self.ask(cx);
                }
                State::Answering(self)
            }
            CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => {
                self.end(call_end::for_answering(&live.call), cx)
            }
        }
    }

    fn timer(mut self: Box<Self>, cx: &mut Context) -> State {
        if cx.io.now >= self.ring.until {
            cx.send_end(self.ring.call_id.clone(), EndRequest::END);
            let outcome = match self.request {
                Request::NotSent => Outcome::Missed,
                Request::Sent { last_error: LastError::NoReply, .. } => Outcome::ServerUnreachable,
                Request::Sent { last_error: LastError::StorageFull, .. } => Outcome::StorageFull,
                Request::Sent { last_error: LastError::ServerFailed, .. } => Outcome::ServerTrouble,
            };
            return self.end(outcome, cx);
        }
        self.ring.tick(cx);
        if let Request::Sent { retry_at: Some(at), .. } = self.request
            && cx.io.now >= at
        {
            self.ask(cx);
        }
        self.change_media(cx, LocalMedia::tick)
    }

    /// Changes the local media and attaches the live tracks.
    fn change_media(
        mut self: Box<Self>,
        cx: &mut Context,
        change: impl FnOnce(&mut LocalMedia, &mut Io),
    ) -> State {
        let before = self.media.live();
        change(&mut self.media, &mut cx.io);
        if self.media.live() != before {
            self.replace_tracks(cx);
        }
        self.advance(cx)
    }

    fn end(mut self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        self.withdraw_answered(cx);
        self.media.release(&mut cx.io);
        Box::new(self.ring).end(outcome, cx)
    }
}
