//! The card that says how a call went and what can be done about it. Owns no media and no connection.

use super::{Attempt, RingingIn, State, idle, initiating, release_late};
use crate::context::Context;
use crate::event::{Event, SocketEvent, UserEvent};
use crate::key::Time;
use crate::timing;
use crate::view::{EndedView, Outcome};
use call_protocol::CallId;

#[derive(Debug)]
pub(crate) struct Ended {
    view: EndedView,
    until: Time,
}

impl Ended {
    /// The card; what the call held has been released before.
    pub(crate) fn card(
        attempt: &Attempt,
        call_id: Option<&CallId>,
        outcome: Outcome,
        seconds: Option<u32>,
        cx: &mut Context,
    ) -> State {
        cx.forget_strays();
        let ways = outcome.ways(attempt.call_type);
        let stays = if ways.is_empty() { timing::CARD } else { timing::CARD_WITH_WAYS };
        let view = EndedView { party: attempt.party(call_id), outcome, seconds, ways };
        State::Ended(Box::new(Self { view, until: cx.now + stays }))
    }

    pub(super) fn until(&self) -> Time {
        self.until
    }

    pub(super) fn view(&self) -> EndedView {
        self.view.clone()
    }

    pub(super) fn handle(self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::Call { conversation_id, peer, call_type }) => {
                initiating::begin(conversation_id, peer, call_type, cx)
            }
            Event::User(UserEvent::Dismiss) => State::Idle,
            Event::User(
                UserEvent::Answer(_)
                | UserEvent::Decline
                | UserEvent::HangUp
                | UserEvent::ToggleMute
                | UserEvent::ToggleCamera
                | UserEvent::RetryMedia,
            ) => State::Ended(self), // a click on a window that has just gone
            Event::Socket(event) => self.socket(event, cx),
            Event::Media(event) => {
                release_late(event, cx);
                State::Ended(self)
            }
            Event::Reply(_) => State::Ended(self), // of this or an earlier attempt; the machine has seen to it
            Event::Peer(_) => State::Ended(self),  // of a connection that is closed
            Event::Timer if cx.now >= self.until => State::Idle,
            Event::Timer => State::Ended(self),
        }
    }

    fn socket(self: Box<Self>, event: SocketEvent, cx: &mut Context) -> State {
        match event {
            // A ring matters more than the card; but the ring of the call that the card is about is an old frame.
            SocketEvent::Ringing(live) if self.is_news(&live.call.id) && idle::rings_here(&live) => {
                RingingIn::enter(*live, cx)
            }
            SocketEvent::Welcome { live_calls, ended_calls: _ } => {
                let ring = live_calls.into_iter().find(|live| {
                    idle::rings_here(live)
                        && self.is_news(&live.call.id)
                        && !cx.farewells.contains(&live.call.id)
                });
                ring.map_or(State::Ended(self), |live| RingingIn::enter(live, cx))
            }
            SocketEvent::Ringing(_) => State::Ended(self),
            SocketEvent::Lost => State::Ended(self),
            SocketEvent::Answered(_) => State::Ended(self), // another device's call
            SocketEvent::Over(_) => State::Ended(self),     // the server confirms what the card says
            SocketEvent::Signal(..) => State::Ended(self),  // the other side has not heard yet
            SocketEvent::DeviceRinging { .. } => State::Ended(self),
        }
    }

    fn is_news(&self, call_id: &CallId) -> bool {
        self.view.party.call_id.as_ref() != Some(call_id)
    }
}
