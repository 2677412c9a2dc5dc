//! The card that says how a call ended and what the person can do next. Owns no media and no connection.

use super::{Attempt, State, place_call, release_late};
use crate::context::Context;
use crate::event::{Event, ReplyEvent, SocketEvent, UserEvent};
use crate::key::Time;
use crate::party::Party;
use crate::timing;
use crate::view::{EndedView, Outcome, WayForward};
use call_protocol::{Call, CallId};
use core::time::Duration;

#[derive(Clone, Debug, Hash)]
pub(crate) struct Ended {
    view: EndedView,
    until: Time,
}

impl Ended {
    /// Shows the card; everything that the call held has been released. The call cannot come back to this
    /// device.
    pub(crate) fn card(
        attempt: &Attempt,
        call_id: Option<&CallId>,
        outcome: Outcome,
        seconds: Option<u32>,
        cx: &mut Context,
    ) -> State {
        cx.io.forget_early();
        if let Some(call_id) = call_id {
            cx.finished.add_left(call_id);
        }
        let ways = outcome.ways(attempt.call_type);
        let stays = stays(&outcome, &ways);
        let view = EndedView { party: attempt.party(call_id), outcome, seconds, ways };
        State::Ended(Box::new(Self { view, until: cx.io.now + stays }))
    }

    /// The card of a call that was ended by closing or reloading the page before this one.
    pub(crate) fn left(party: Party, seconds: Option<u32>, cx: &Context) -> State {
        Self::of_previous_page(party, Outcome::LeftByMe, seconds, cx)
    }

    /// The card of a call that only the page before this one held.
    pub(crate) fn of_previous_page(
        party: Party,
        outcome: Outcome,
        seconds: Option<u32>,
        cx: &Context,
    ) -> State {
        let ways = outcome.ways(party.call_type);
        let stays = stays(&outcome, &ways);
        let view = EndedView { party, outcome, seconds, ways };
        State::Ended(Box::new(Self { view, until: cx.io.now + stays }))
    }

    pub(super) fn until(&self) -> Time {
        self.until
    }

    pub(super) fn view(&self) -> EndedView {
        self.view.clone()
    }

    /// Both people read the same duration: the server's, once it is known.
    fn learn(&mut self, call: &Call) {
        if self.view.party.call_id.as_ref() == Some(&call.id) {
            self.view.seconds = call.duration_seconds.or(self.view.seconds);
        }
    }

    pub(super) fn handle(mut self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::Call { conversation_id, peer, call_type }) => {
                place_call(conversation_id, peer, call_type, cx)
            }
            Event::User(UserEvent::Dismiss) => State::Idle,
            Event::User(
                UserEvent::Answer(_)
                | UserEvent::Decline
                | UserEvent::HangUp
                | UserEvent::ToggleMute
                | UserEvent::ToggleCamera
                | UserEvent::ToggleScreen
                | UserEvent::RetryMedia
                | UserEvent::Returned { .. },
            ) => State::Ended(self), // a press on a window that has just disappeared
            Event::User(UserEvent::Leave | UserEvent::Unload) => State::Ended(self), // still true if the page comes back
            Event::Socket(SocketEvent::Ended(call)) | Event::Reply(ReplyEvent::Ended(_, Ok(call))) => {
                self.learn(&call);
                State::Ended(self)
            }
            Event::Socket(SocketEvent::Welcome { ended_calls, .. }) => {
                ended_calls.iter().for_each(|call| self.learn(call));
                State::Ended(self)
            }
            // The machine keeps rings and shows them in place of the card; everything else is about calls that
            // are over here.
            Event::Socket(_) => State::Ended(self),
            Event::Media(event) => {
                release_late(event, cx);
                State::Ended(self)
            }
            Event::Reply(_) => State::Ended(self), // to this or an earlier attempt; handled by the machine
            Event::Peer(_) => State::Ended(self),  // from a connection that is closed
            Event::Timer if cx.io.now >= self.until => State::Idle,
            Event::Timer => State::Ended(self),
        }
    }
}

/// How long a card stays.
fn stays(outcome: &Outcome, ways: &[WayForward]) -> Duration {
    let own = matches!(outcome, Outcome::HungUpByMe | Outcome::Cancelled | Outcome::DeclinedByMe);
    let waits = *outcome == Outcome::Missed
        || ways.contains(&WayForward::MicrophoneHelp)
        || ways.contains(&WayForward::SignIn);
    if own || ways.is_empty() {
        timing::CARD
    } else if waits {
        timing::CARD_THAT_WAITS
    } else {
        timing::CARD_WITH_NEWS
    }
}
