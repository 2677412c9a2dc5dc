//! What the server reports about an answered call, and the signals that it delivers. Never ends a call in which
//! media flows unless a person decided it.

use super::super::{InSnapshot, State, find};
use super::InCall;
use super::phase::Phase;
use crate::call_end;
use crate::context::Context;
use crate::current_connection::{Opened, deliver_to_offerer};
use crate::event::SocketEvent;
use crate::view::Outcome;
use call_protocol::{Call, CallRole, EndReason, LiveCall, Signal};

impl InCall {
    pub(super) fn socket(mut self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            SocketEvent::Welcome { live_calls, ended_calls } => {
                self.server_is_back(cx);
                self.reported_at = None; // the server may have missed the last report
                match find(&self.remote.call_id, live_calls, ended_calls) {
                    InSnapshot::Live(live) => self.is_live(&live, cx),
                    InSnapshot::Over(call) => self.over(&call, cx),
                    InSnapshot::Missing => self.missing(cx),
                }
            }
            SocketEvent::Ended(call) if call.id == self.remote.call_id => self.over(&call, cx),
            SocketEvent::Signal(call_id, signal) if call_id == self.remote.call_id => {
                self.signal(signal, cx);
                State::InCall(self)
            }
            SocketEvent::Ringing(_) => State::InCall(self), // the machine keeps it until this device is free
            SocketEvent::Lost => State::InCall(self),       // the call does not need the server
            SocketEvent::DeviceRinging { .. } => State::InCall(self), // it no longer rings
            SocketEvent::Presence { .. } => State::InCall(self), // the call does not need the other side's socket either
            SocketEvent::Answered(_) | SocketEvent::Ended(_) | SocketEvent::Signal(..) => State::InCall(self), // known, or of another call
        }
    }

    /// The snapshot contains the call: this device must still be the one with the seat.
    pub(super) fn is_live(self: Box<Self>, live: &LiveCall, cx: &mut Context) -> State {
        match live.seat_of(&cx.me) {
            Some(seat) if !seat.is_of(&cx.io.device) => {
                let label = seat.device_label.clone();
                self.end(Outcome::AnsweredElsewhere(label), cx)
            }
            Some(_) | None => State::InCall(self),
        }
    }

    /// The snapshot does not contain the call. That is no reason to stop talking or connecting, since it may be
    /// older than the call. Only a lost connection is given up.
    pub(super) fn missing(self: Box<Self>, cx: &mut Context) -> State {
        match self.phase {
            Phase::Connecting { .. } | Phase::Up | Phase::Away { .. } => State::InCall(self),
            Phase::Lost(_) if self.media_flows(cx.io.now) => State::InCall(self),
            Phase::Lost(_) => {
                self.send_end(Some(EndReason::ConnectionLost), cx);
                self.end(Outcome::ConnectionLost, cx)
            }
        }
    }

    /// The server reports that the call is over: believed if a person decided it, or if no media arrives any
    /// more.
    pub(super) fn over(self: Box<Self>, call: &Call, cx: &mut Context) -> State {
        let nobody_decided = call.error_reason == Some(EndReason::LeaseExpired);
        if nobody_decided && self.media_flows(cx.io.now) {
            return State::InCall(self);
        }
        let outcome = match (self.phase, call.error_reason) {
            (Phase::Connecting { .. }, Some(EndReason::ConnectTimeout)) => {
                call_end::not_connected(self.current.connection(), cx.server_away)
            }
            (Phase::Connecting { .. } | Phase::Up | Phase::Lost(_) | Phase::Away { .. }, _) => {
                call_end::in_call(call)
            }
        };
        let seconds = call.duration_seconds.or(self.seconds(cx.io.now));
        self.end_after(seconds, outcome, cx)
    }

    pub(super) fn signal(&mut self, signal: Signal, cx: &mut Context) {
        if self.handover_signal(&signal, cx) {
            return;
        }
        match self.role {
            // Only a reloaded page makes an offer to the caller.
            CallRole::Caller if !self.current.is_newer(&signal) => {
                if let Some(connection) = self.current.connection_mut() {
                    deliver_to_offerer(connection, &signal, &mut cx.io);
                }
            }
            CallRole::Caller | CallRole::Callee => {
                if self.current.route(self.attempt.epoch, &self.remote, signal, &mut cx.io) == Opened::Yes {
                    self.end_handover(cx);
                    self.phase = Phase::connecting(cx.io.now); // whatever state the old connection was in
                    self.replace_tracks(cx);
                }
            }
        }
    }
}
