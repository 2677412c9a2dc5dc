//! The machine: one entry point for all events, which returns the effects to carry out; the next deadline; the
//! view. Owns what does not depend on the state: pending end requests, permissions, finished calls, waiting
//! rings, and the rule that this device never sits in a call that it does not hold.

use crate::context::Context;
use crate::effect::{Effect, Rejoin};
use crate::end_requests::{EndRequest, is_settled};
use crate::event::{Event, MediaEvent, ReplyEvent, SocketEvent, UserEvent};
use crate::key::Time;
use crate::state::{Attempt, Ended, RingingIn, State};
use crate::view::CallView;
use crate::waiting::rings;
use call_protocol::{DeviceId, EndReason, LiveCall, UserId};

/// The calls of one device.
#[derive(Clone, Debug, Hash)]
pub struct Machine {
    cx: Context,
    state: State,
}

/// A live call in which this device has a seat, according to an event.
struct Seated {
    live: LiveCall,
    source: LearnedFrom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LearnedFrom {
    /// From the reply to an attempt that was given up meanwhile.
    LateReply,
    ThisEvent,
    /// From a snapshot: possibly the page before this one took the seat.
    Snapshot,
}

impl Machine {
    /// A device without a call. `page` counts the machines that this device had before (0 for the first): after
    /// a reload, attempts and peer connections are numbered above those of earlier pages.
    pub fn new(me: UserId, device: DeviceId, page: u32) -> Self {
        Self { cx: Context::new(me, device, page), state: State::Idle }
    }

    /// Handles one event and returns the effects to carry out, in order.
    pub fn handle(&mut self, event: Event, now: Time) -> Vec<Effect> {
        self.cx.io.now = now;
        self.outside_of_states(&event);
        let seated = self.seated(&event);
        let state = core::mem::replace(&mut self.state, State::Idle);
        self.state = state.handle(event, &mut self.cx);
        self.leave_what_is_not_held(seated);
        self.show_waiting_ring();
        self.cx.io.take_effects()
    }

    /// When `Event::Timer` is next due; `None` if nothing is pending.
    pub fn next_deadline(&self) -> Option<Time> {
        self.state.deadline(&self.cx).into_iter().chain(self.cx.end_requests.deadline()).min()
    }

    /// What the person should see at this time.
    pub fn view(&self, now: Time) -> CallView {
        self.state.view(&self.cx, now)
    }

    /// What a page that replaces this one would have to know, should this one end without notice.
    pub fn rejoin(&self) -> Option<Rejoin> {
        self.state.rejoin()
    }

    fn outside_of_states(&mut self, event: &Event) {
        match event {
            Event::Media(MediaEvent::Permission { slot, granted }) => self.cx.set_granted(*slot, *granted),
            Event::Media(
                MediaEvent::Ready(_)
                | MediaEvent::Failed(..)
                | MediaEvent::Ended(..)
                | MediaEvent::Interrupted { .. }
                | MediaEvent::DevicesChanged,
            ) => {}
            Event::Reply(ReplyEvent::Ended(call_id, reply)) => {
                if is_settled(reply) {
                    self.cx.end_requests.confirmed(call_id);
                } else {
                    self.cx.end_requests.unanswered(call_id, self.cx.io.now);
                }
            }
            Event::Reply(ReplyEvent::Initiated(..) | ReplyEvent::Answered(..)) => {} // see `seated`
            Event::Socket(socket) => self.socket(socket),
            Event::Timer => self.repeat_end_requests(),
            // If the page comes back, the next snapshot lists what still rings.
            Event::User(UserEvent::Leave | UserEvent::Unload) => self.cx.waiting.clear(),
            Event::User(_) | Event::Peer(_) => {} // meaningful to the state only
        }
    }

    fn socket(&mut self, event: &SocketEvent) {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                self.cx.server_away = false;
                for call in ended_calls {
                    self.cx.finished.add_ended(call);
                    self.cx.end_requests.confirmed(&call.id);
                }
                self.cx.waiting.clear();
                for live in live_calls {
                    self.keep_ring(live);
                }
                self.cx.end_requests.resend_now(self.cx.io.now);
                self.repeat_end_requests();
            }
            SocketEvent::Lost => self.cx.server_away = true,
            SocketEvent::Ringing(live) => self.keep_ring(live),
            SocketEvent::Answered(live) => self.cx.waiting.forget(&live.call.id),
            SocketEvent::Ended(call) => {
                self.cx.finished.add_ended(call);
                self.cx.end_requests.confirmed(&call.id);
            }
            SocketEvent::Signal(..) | SocketEvent::DeviceRinging { .. } | SocketEvent::Presence { .. } => {}
        }
    }

    fn repeat_end_requests(&mut self) {
        for effect in self.cx.end_requests.due(self.cx.io.now) {
            self.cx.order(effect);
        }
    }

    /// Keeps a ring until this device is free, which it may already be. A finished call is not shown again.
    fn keep_ring(&mut self, live: &LiveCall) {
        let held = self.state.call_id() == Some(&live.call.id);
        if rings(live) && !held {
            self.cx.waiting.keep(live.clone(), self.cx.io.now);
        }
    }

    fn show_waiting_ring(&mut self) {
        if self.state.is_free()
            && let Some(live) = self.cx.waiting.next(&self.cx.finished, self.cx.io.now)
        {
            self.state = RingingIn::enter(live, &mut self.cx);
        }
    }

    /// The live calls in which this device has a seat, as far as the event says.
    fn seated(&self, event: &Event) -> Vec<Seated> {
        let one = |live: &LiveCall, source| self.seat(live, source).into_iter().collect();
        match event {
            Event::Reply(ReplyEvent::Initiated(epoch, Ok(live)) | ReplyEvent::Answered(epoch, Ok(live))) => {
                let present = self.state.attempt().is_some_and(|attempt| attempt.epoch == *epoch);
                one(live, if present { LearnedFrom::ThisEvent } else { LearnedFrom::LateReply })
            }
            Event::Socket(SocketEvent::Answered(live)) => one(live, LearnedFrom::ThisEvent),
            Event::Socket(SocketEvent::Welcome { live_calls, .. }) => {
                live_calls.iter().filter_map(|live| self.seat(live, LearnedFrom::Snapshot)).collect()
            }
            Event::Reply(_)
            | Event::Socket(_)
            | Event::User(_)
            | Event::Media(_)
            | Event::Peer(_)
            | Event::Timer => Vec::new(),
        }
    }

    fn seat(&self, live: &LiveCall, source: LearnedFrom) -> Option<Seated> {
        let sits = live.sits(&self.cx.me, &self.cx.io.device);
        (sits && live.call.status.is_live()).then(|| Seated { live: live.clone(), source })
    }

    /// Leaves at once every call in which this device has a seat without holding the call: it was given up
    /// before its id was known, or the page was reloaded and has forgotten it. Otherwise the other side would
    /// ring for, or talk to, nobody.
    fn leave_what_is_not_held(&mut self, seated: Vec<Seated>) {
        for Seated { live, source } in seated {
            let call_id = &live.call.id;
            let held = self.state.call_id() == Some(call_id);
            let left = self.cx.finished.has_left(call_id);
            let being_placed = source != LearnedFrom::LateReply
                && self.state.is_placing(&live.call.conversation_id)
                && !left;
            if held || being_placed || self.cx.end_requests.contains(call_id) {
                continue;
            }
            let forgotten = source == LearnedFrom::Snapshot && !left;
            let request = if forgotten { EndRequest::end_for(EndReason::Left) } else { EndRequest::END };
            self.cx.send_end(call_id.clone(), request);
            if forgotten && let State::Idle = self.state {
                let attempt = Attempt::of_ring(&live, self.cx.next_epoch());
                self.state = Ended::left(attempt.party(Some(call_id)), None, &self.cx);
            }
        }
    }
}
