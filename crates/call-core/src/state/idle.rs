//! No call. Owns nothing; everything late that arrives here is given back or ignored.

use super::{RingingIn, State, initiating, release_late};
use crate::context::Context;
use crate::event::{Event, SocketEvent, UserEvent};
use call_protocol::{CallRole, CallStatus, LiveCall};

pub(super) fn handle(event: Event, cx: &mut Context) -> State {
    match event {
        Event::User(UserEvent::Call { conversation_id, peer, call_type }) => {
            initiating::begin(conversation_id, peer, call_type, cx)
        }
        Event::User(
            UserEvent::Answer(_)
            | UserEvent::Decline
            | UserEvent::HangUp
            | UserEvent::ToggleMute
            | UserEvent::ToggleCamera
            | UserEvent::RetryMedia
            | UserEvent::Dismiss,
        ) => State::Idle, // a click on a window that has just gone
        Event::Socket(event) => socket(event, cx),
        Event::Media(event) => {
            release_late(event, cx);
            State::Idle
        }
        Event::Reply(_) => State::Idle, // of an attempt that is over; the machine has said farewell to what it brought
        Event::Peer(_) => State::Idle,  // of a connection that is closed
        Event::Timer => State::Idle,    // nothing waits here
    }
}

fn socket(event: SocketEvent, cx: &mut Context) -> State {
    match event {
        SocketEvent::Ringing(live) => ring(*live, cx),
        SocketEvent::Welcome { live_calls, ended_calls: _ } => {
            live_calls.into_iter().find(rings_here).map_or(State::Idle, |live| ring(live, cx))
        }
        SocketEvent::Lost => State::Idle,
        SocketEvent::Answered(_) => State::Idle, // a call of another device of this person
        SocketEvent::Over(_) => State::Idle,     // the same, or one that this device has left already
        SocketEvent::Signal(..) => State::Idle,  // its ring is still on the way, and it will come again
        SocketEvent::DeviceRinging { .. } => State::Idle, // a call that this device has just left
    }
}

/// Shows a ring, if it is one.
pub(super) fn ring(live: LiveCall, cx: &mut Context) -> State {
    if rings_here(&live) && !cx.farewells.contains(&live.call.id) {
        RingingIn::enter(live, cx)
    } else {
        State::Idle
    }
}

/// Whether this person is being called.
pub(super) fn rings_here(live: &LiveCall) -> bool {
    live.role == CallRole::Callee && live.call.status == CallStatus::Ringing
}
