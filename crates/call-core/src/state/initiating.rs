//! The caller before it rings: the devices are acquired and the offer is created at the same time, then the
//! server is asked. No track is attached to the connection here.

use super::{Attempt, Ended, RingingOut, State, glare};
use crate::call_end;
use crate::connection::{Connection, ConnectionEvent};
use crate::context::Context;
use crate::effect::{Effect, IceTransportPolicy, MediaRequest, Tone};
use crate::event::{Event, MediaError, ReplyEvent, RequestError, SocketEvent, UserEvent};
use crate::key::Time;
use crate::media::LocalMedia;
use crate::slot::Slot;
use crate::timing;
use crate::view::{Outcome, OutgoingStage, OutgoingView, WaitingFor};
use call_protocol::{CallRole, CallType, ConversationId, LiveCall, User};

#[derive(Clone, Debug, Hash)]
pub(crate) struct Initiating {
    pub(super) attempt: Attempt,
    media: LocalMedia,
    connection: Connection,
    step: Step,
}

#[derive(Clone, Debug, Hash)]
enum Step {
    Preparing { until: Time },
    Placing { tries: Tries, retry_at: Option<Time> },
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Tries {
    /// In a row without a reply.
    unanswered: u32,
    /// Answered with a call that this person has just left. A request after a reply is a new request, so this
    /// is also the request's number.
    after_left_call: u32,
}

/// Voice or Video was pressed.
pub(super) fn begin(
    conversation_id: ConversationId,
    peer: User,
    call_type: CallType,
    cx: &mut Context,
) -> State {
    let epoch = cx.next_epoch();
    let attempt = Attempt { epoch, peer, conversation_id, call_type, requested_type: call_type };
    let mut media = LocalMedia::new(epoch, call_type, 0, cx.granted());
    media.begin(wanted(call_type), &mut cx.io);
    let key = cx.next_peer(epoch);
    // Nothing of it is sent before the server says which ICE candidates may be used.
    let connection = Connection::offer(key, IceTransportPolicy::All, &mut cx.io);
    let step = Step::Preparing { until: cx.io.now + timing::PREPARE };
    State::Initiating(Box::new(Initiating { attempt, media, connection, step }))
}

/// What a call of this type requests from the browser.
pub(super) fn wanted(call_type: CallType) -> MediaRequest {
    match call_type {
        CallType::Audio => MediaRequest::Microphone,
        CallType::Video => MediaRequest::MicrophoneAndCamera,
    }
}

impl Initiating {
    pub(super) fn view(&self, server_away: bool) -> OutgoingView {
        let (stage, waiting_for) = match self.step {
            Step::Preparing { .. } if self.media.is_ready() => (OutgoingStage::Placing, None),
            Step::Preparing { .. } => {
                (OutgoingStage::AskingForMedia, self.media.browser_asks().then_some(WaitingFor::Browser))
            }
            Step::Placing { tries, retry_at } => {
                let unanswered = retry_at.is_some() || tries.unanswered > 1;
                (OutgoingStage::Placing, (unanswered || server_away).then_some(WaitingFor::Server))
            }
        };
        OutgoingView {
            party: self.attempt.party(None),
            stage,
            local_video: self.media.live()[Slot::Camera],
            microphone_problem: self.media.error(Slot::Microphone),
            camera_problem: self.media.error(Slot::Camera),
            waiting_for,
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let step = match self.step {
            Step::Preparing { until } => Some(until),
            Step::Placing { tries: _, retry_at } => retry_at,
        };
        step.into_iter().chain(self.media.deadline()).min()
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::HangUp) => self.end(Outcome::Cancelled, cx),
            // If the server has created the call already, its reply is undone when it arrives.
            Event::User(UserEvent::Leave | UserEvent::Unload) => self.end(Outcome::LeftByMe, cx),
            Event::User(UserEvent::ToggleMute) => {
                self.media.toggle_mute(&mut cx.io);
                State::Initiating(self)
            }
            Event::User(UserEvent::ToggleCamera) => {
                self.media.toggle_camera(&mut cx.io);
                self.advance(cx)
            }
            Event::User(
                UserEvent::Call { .. } // one call at a time
                | UserEvent::Answer(_) // nothing rings
                | UserEvent::Decline
                | UserEvent::ToggleScreen // in a call only
                | UserEvent::RetryMedia // the microphone is being acquired, or the call has ended
                | UserEvent::Dismiss // no card
                | UserEvent::Returned { .. }, // the present call takes precedence
            ) => State::Initiating(self),
            Event::Reply(event) => self.reply(event, cx),
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => {
                self.media.handle(event, &mut cx.io);
                self.advance(cx)
            }
            Event::Peer(event) => match self.connection.handle(event, &mut cx.io) {
                ConnectionEvent::OfferReady => self.advance(cx),
                ConnectionEvent::NegotiationFailed(_) => self.end(Outcome::BrowserFailed, cx), // nobody else has been contacted yet
                // The remote device is not known yet.
                ConnectionEvent::Nothing | ConnectionEvent::Link(_) | ConnectionEvent::ChannelOpen | ConnectionEvent::Message(_) | ConnectionEvent::MediaArrives | ConnectionEvent::PacketsArrive | ConnectionEvent::FallsSilent => {
                    State::Initiating(self)
                }
            },
            Event::Timer => self.timer(cx),
        }
    }

    /// Places the call once the microphone and the offer are there.
    fn advance(mut self: Box<Self>, cx: &mut Context) -> State {
        let Step::Preparing { .. } = self.step else { return State::Initiating(self) };
        if !self.media.is_ready() {
            return State::Initiating(self);
        }
        if let Some(error) = self.media.error(Slot::Microphone) {
            return self.end(Outcome::MicrophoneProblem(error), cx);
        }
        if self.connection.first_offer().is_some() {
            self.place(Tries { unanswered: 1, after_left_call: 0 }, cx);
        }
        State::Initiating(self)
    }

    fn place(&mut self, tries: Tries, cx: &mut Context) {
        let Some(offer) = self.connection.first_offer() else { return };
        cx.order(Effect::Initiate {
            epoch: self.attempt.epoch,
            request: tries.after_left_call,
            conversation_id: self.attempt.conversation_id.clone(),
            call_type: self.attempt.call_type,
            offer: (self.connection.key.number, offer.clone()),
        });
        self.step = Step::Placing { tries, retry_at: None };
    }

    fn reply(mut self: Box<Self>, event: ReplyEvent, cx: &mut Context) -> State {
        match event {
            ReplyEvent::Initiated(epoch, reply) if epoch == self.attempt.epoch => match (reply, &self.step) {
                (_, Step::Preparing { .. }) => State::Initiating(self), // no request was sent yet
                (Ok(live), Step::Placing { .. }) => self.placed(*live, cx),
                (Err(RequestError::Refused(error)), Step::Placing { .. }) => {
                    self.end(call_end::of_refusal(&error), cx)
                }
                (Err(RequestError::Unreachable), Step::Placing { tries, .. }) => {
                    if tries.unanswered >= timing::INITIATE_TRIES {
                        return self.end(Outcome::ServerUnreachable, cx);
                    }
                    let retry_at = Some(cx.io.now + timing::REQUEST_RETRY);
                    self.step = Step::Placing { tries: *tries, retry_at };
                    State::Initiating(self)
                }
            },
            // Replies to an earlier attempt; the machine has ended what they brought.
            ReplyEvent::Initiated(..) | ReplyEvent::Answered(..) | ReplyEvent::Ended(..) => {
                State::Initiating(self)
            }
        }
    }

    /// The server has created the call and it rings, or (glare) the other side called first and this device
    /// joins.
    fn placed(mut self: Box<Self>, live: LiveCall, cx: &mut Context) -> State {
        if cx.finished.has_left(&live.call.id) {
            // The server still has the call that this person left a moment ago; once that has ended, this one
            // is placed.
            return match self.step {
                Step::Placing { tries, .. } if tries.after_left_call < timing::LEAVING_TRIES => {
                    let tries = Tries { unanswered: 0, after_left_call: tries.after_left_call + 1 };
                    self.step = Step::Placing { tries, retry_at: Some(cx.io.now + timing::RESEND_FIRST) };
                    State::Initiating(self)
                }
                Step::Placing { .. } | Step::Preparing { .. } => self.end(Outcome::ServerTrouble, cx),
            };
        }
        // The call may have ended before the reply arrived.
        let over =
            cx.finished.ended(&live.call.id).or(Some(&live.call)).filter(|call| !call.status.is_live());
        let outcome = over.map(|call| match live.role {
            CallRole::Caller => call_end::for_caller(call),
            CallRole::Callee => call_end::in_call(call),
        });
        if let Some(outcome) = outcome {
            return self.over(&live, outcome, cx);
        }
        let Self { attempt, media, connection, .. } = *self;
        match live.role {
            CallRole::Caller => RingingOut::enter(attempt, media, connection, live, cx),
            CallRole::Callee => {
                connection.close(&mut cx.io);
                glare::join(attempt, media, live, cx)
            }
        }
    }

    fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls: _ } => {
                if let Some(live) = live_calls.into_iter().find(|live| self.is_ours(live, cx)) {
                    return self.placed(live, cx);
                }
                if let Step::Placing { tries, retry_at: Some(_) } = self.step {
                    self.place(tries, cx);
                }
                State::Initiating(self)
            }
            SocketEvent::Answered(live) if self.is_ours(&live, cx) => self.placed(*live, cx),
            SocketEvent::Signal(call_id, signal) => {
                cx.io.keep_early(call_id, signal); // maybe of this call, whose id is not known yet
                State::Initiating(self)
            }
            // In the same conversation this is glare: the request to call answers the ring. The machine keeps
            // the ring in case that fails.
            SocketEvent::Ringing(_) => State::Initiating(self),
            SocketEvent::Ended(_) => State::Initiating(self), // the machine remembers it, in case it is this call
            SocketEvent::Answered(_) => State::Initiating(self), // another device's call
            SocketEvent::Lost => State::Initiating(self),     // the request does not need the socket
            SocketEvent::DeviceRinging { .. } | SocketEvent::Presence { .. } => State::Initiating(self), // the reply tells the same
        }
    }

    fn timer(mut self: Box<Self>, cx: &mut Context) -> State {
        match self.step {
            Step::Preparing { until } if cx.io.now >= until => {
                let waits_for_person = !self.media.is_ready();
                let outcome = if waits_for_person {
                    Outcome::MicrophoneProblem(MediaError::Unanswered)
                } else {
                    Outcome::BrowserFailed
                };
                self.end(outcome, cx)
            }
            Step::Placing { tries, retry_at: Some(at) } if cx.io.now >= at => {
                self.place(Tries { unanswered: tries.unanswered + 1, ..tries }, cx);
                State::Initiating(self)
            }
            Step::Preparing { .. } | Step::Placing { .. } => {
                self.media.tick(&mut cx.io);
                self.advance(cx)
            }
        }
    }

    /// Whether the server has been asked to call in this conversation.
    pub(super) fn is_placing(&self, conversation_id: &ConversationId) -> bool {
        matches!(self.step, Step::Placing { .. }) && conversation_id == &self.attempt.conversation_id
    }

    /// Whether a live call is the one being placed, seen before the reply arrived.
    fn is_ours(&self, live: &LiveCall, cx: &Context) -> bool {
        self.is_placing(&live.call.conversation_id)
            && live.sits(&cx.me, &cx.io.device)
            && live.call.status.is_live()
            && !cx.finished.has_left(&live.call.id)
    }

    fn over(mut self: Box<Self>, live: &LiveCall, outcome: Outcome, cx: &mut Context) -> State {
        self.media.release(&mut cx.io);
        self.connection.close(&mut cx.io);
        cx.order(Effect::Play(Tone::Ended));
        Ended::card(&self.attempt, Some(&live.call.id), outcome, None, cx)
    }

    fn end(self: Box<Self>, outcome: Outcome, cx: &mut Context) -> State {
        let Self { attempt, mut media, connection, .. } = *self;
        media.release(&mut cx.io);
        connection.close(&mut cx.io);
        Ended::card(&attempt, None, outcome, None, cx)
    }
}
