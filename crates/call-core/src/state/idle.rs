//! No call. Owns nothing; whatever arrives late is released or ignored.

use super::{Returning, State, place_call, release_late};
use crate::context::Context;
use crate::event::{Event, UserEvent};

pub(super) fn handle(event: Event, cx: &mut Context) -> State {
    match event {
        Event::User(UserEvent::Call { conversation_id, peer, call_type }) => {
            place_call(conversation_id, peer, call_type, cx)
        }
        Event::User(UserEvent::Returned { party, seconds, rejoin }) => {
            Returning::enter(*party, seconds, rejoin, cx)
        }
        Event::User(
            UserEvent::Answer(_)
            | UserEvent::Decline
            | UserEvent::HangUp
            | UserEvent::ToggleMute
            | UserEvent::ToggleCamera
            | UserEvent::ToggleScreen
            | UserEvent::RetryMedia
            | UserEvent::Dismiss
            | UserEvent::Unload
            | UserEvent::Leave, // there is nothing to leave
        ) => State::Idle, // a press on a window that has just disappeared
        Event::Media(event) => {
            release_late(event, cx);
            State::Idle
        }
        Event::Socket(_) => State::Idle, // the machine keeps rings and shows them; everything else is about earlier calls
        Event::Reply(_) => State::Idle,  // to an attempt that is over; the machine ends what it brought
        Event::Peer(_) => State::Idle,   // from a connection that is closed
        Event::Timer => State::Idle,     // nothing is pending here
    }
}
