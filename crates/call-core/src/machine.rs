//! The machine: one entry for everything that happens, orders out, the next deadline and the picture.
//! Owns what does not depend on the state: farewells, permissions, a ring that waits, replies of dead attempts.

use crate::context::Context;
use crate::effect::Effect;
use crate::event::{Event, MediaEvent, ReplyEvent, RequestError, SocketEvent};
use crate::farewell::Farewell;
use crate::key::Time;
use crate::state::{RingingIn, State};
use crate::view::CallView;
use call_protocol::{DeviceId, LiveCall, UserId};

/// The calls of one device.
#[derive(Debug)]
pub struct Machine {
    cx: Context,
    state: State,
}

impl Machine {
    /// A device without a call.
    pub fn new(me: UserId, device: DeviceId) -> Self {
        Self { cx: Context::new(me, device), state: State::Idle }
    }

    /// Takes one event and returns what is to be done, in order.
    pub fn handle(&mut self, event: Event, now: Time) -> Vec<Effect> {
        self.cx.now = now;
        self.outside_of_states(&event);
        let state = core::mem::replace(&mut self.state, State::Idle);
        self.state = state.handle(event, &mut self.cx);
        self.show_waiting_ring();
        self.cx.take_orders()
    }

    /// When `Event::Timer` is next due; `None` when nothing waits.
    pub fn next_deadline(&self) -> Option<Time> {
        self.state.deadline().into_iter().chain(self.cx.farewells.deadline()).min()
    }

    /// What the person should see at this moment.
    pub fn view(&self, now: Time) -> CallView {
        self.state.view(&self.cx, now)
    }

    fn outside_of_states(&mut self, event: &Event) {
        match event {
            Event::Media(MediaEvent::Permission { kind, granted }) => self.cx.set_granted(*kind, *granted),
            Event::Media(MediaEvent::Ready(_) | MediaEvent::Failed(..) | MediaEvent::Ended(..)) => {}
            Event::Reply(reply) => self.reply(reply),
            Event::Socket(socket) => self.socket(socket),
            Event::Timer => {
                for effect in self.cx.farewells.due(self.cx.now) {
                    self.cx.order(effect);
                }
            }
            Event::User(_) | Event::Peer(_) => {} // only the state knows what they mean
        }
    }

    fn reply(&mut self, reply: &ReplyEvent) {
        match reply {
            ReplyEvent::Initiated(epoch, Ok(live)) | ReplyEvent::Answered(epoch, Ok(live)) => {
                if self.state.attempt().is_none_or(|attempt| attempt.epoch != *epoch) {
                    self.leave(live);
                }
            }
            ReplyEvent::Initiated(_, Err(_)) | ReplyEvent::Answered(_, Err(_)) => {}
            ReplyEvent::Closed(call_id, Ok(_) | Err(RequestError::Refused(_))) => {
                self.cx.farewells.heard(call_id)
            }
            ReplyEvent::Closed(call_id, Err(RequestError::Unreachable)) => {
                self.cx.farewells.unheard(call_id, self.cx.now);
            }
        }
    }

    /// The reply to an attempt that was given up meanwhile: the call it brought is left at once. (If the present
    /// attempt got the same call, it places its call anew once that one has gone.)
    fn leave(&mut self, live: &LiveCall) {
        let seated = live.seat_of(&self.cx.me).is_some_and(|seat| seat.device_id == self.cx.device);
        if seated && live.call.status.is_live() {
            self.cx.say_farewell(live.call.id.clone(), Farewell::End(None));
        }
    }

    fn socket(&mut self, event: &SocketEvent) {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls: _ } => {
                self.cx.server_away = false;
                let rings_still = |call_id| {
                    live_calls.iter().any(|live| {
                        &live.call.id == call_id
                            && live.call.status.may_become(call_protocol::CallStatus::Active)
                    })
                };
                if self.cx.waiting.as_ref().is_some_and(|waiting| !rings_still(&waiting.live.call.id)) {
                    self.cx.waiting = None;
                }
                self.cx.farewells.hurry(self.cx.now);
                for effect in self.cx.farewells.due(self.cx.now) {
                    self.cx.order(effect);
                }
            }
            SocketEvent::Lost => self.cx.server_away = true,
            SocketEvent::Answered(live) => self.forget_waiting(&live.call.id),
            SocketEvent::Over(call) => self.forget_waiting(&call.id),
            SocketEvent::Ringing(_) | SocketEvent::Signal(..) | SocketEvent::DeviceRinging { .. } => {}
        }
    }

    fn forget_waiting(&mut self, call_id: &call_protocol::CallId) {
        if self.cx.waiting.as_ref().is_some_and(|waiting| &waiting.live.call.id == call_id) {
            self.cx.waiting = None;
        }
    }

    /// A ring that came while this device was busy is shown as soon as it is free, with the time it has left.
    fn show_waiting_ring(&mut self) {
        if !self.state.is_free() {
            return;
        }
        let Some(waiting) = self.cx.waiting.take() else { return };
        let left = waiting.until.since(self.cx.now);
        if left.is_zero() {
            return;
        }
        let mut live = *waiting.live;
        live.ring_ms_left = u32::try_from(left.as_millis()).ok();
        self.state = RingingIn::enter(live, &mut self.cx);
    }
}
