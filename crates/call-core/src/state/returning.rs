//! A page that was reloaded while its person was in a call, until the snapshot tells whether the call still runs.
//! Owns no media and no connection, and requests nothing before that.

use super::{Ended, InCall, InSnapshot, State, find, release_late};
use crate::call_end;
use crate::context::Context;
use crate::effect::{Effect, Rejoin};
use crate::end_requests::EndRequest;
use crate::event::{Event, SocketEvent, UserEvent};
use crate::key::Time;
use crate::party::Party;
use crate::timing;
use crate::view::Outcome;
use call_protocol::{Call, CallId, CallStatus, EndReason, LiveCall};
use core::time::Duration;

#[derive(Clone, Debug, Hash)]
pub(crate) struct Returning {
    call_id: CallId,
    party: Party,
    seconds: Option<u32>,
    rejoin: Rejoin,
    until: Time,
}

impl Returning {
    /// A page that replaces one that was in a call: it rejoins, or shows how the call ended.
    pub(super) fn enter(
        party: Party,
        seconds: Option<u32>,
        rejoin: Option<Rejoin>,
        cx: &mut Context,
    ) -> State {
        let (Some(rejoin), Some(call_id)) = (rejoin, party.call_id.clone()) else {
            return Ended::left(party, seconds, cx);
        };
        let until = cx.io.now + timing::RETURN;
        State::Returning(Box::new(Self { call_id, party, seconds, rejoin, until }))
    }

    pub(super) fn call_id(&self) -> &CallId {
        &self.call_id
    }

    pub(super) fn until(&self) -> Time {
        self.until
    }

    pub(super) fn handle(self: Box<Self>, event: Event, cx: &mut Context) -> State {
        match event {
            Event::User(UserEvent::Leave) => {
                cx.send_end(self.call_id.clone(), EndRequest::end_for(EndReason::Left));
                self.left(cx)
            }
            Event::User(UserEvent::Unload) => {
                cx.order(Effect::KeepRejoin(self.rejoin)); // for the next page
                self.left(cx)
            }
            Event::User(
                UserEvent::Call { .. } // one call at a time
                | UserEvent::Answer(_) // no window is shown
                | UserEvent::Decline
                | UserEvent::HangUp
                | UserEvent::ToggleMute
                | UserEvent::ToggleCamera
                | UserEvent::ToggleScreen
                | UserEvent::RetryMedia
                | UserEvent::Dismiss
                | UserEvent::Returned { .. }, // already known
            ) => State::Returning(self),
            Event::Socket(SocketEvent::Welcome { live_calls, ended_calls }) => {
                match find(&self.call_id, live_calls, ended_calls) {
                    InSnapshot::Live(live) => self.rejoin_if_live(&live, cx),
                    InSnapshot::Over(call) => self.over(&call, cx),
                    InSnapshot::Missing => State::Idle, // it has been over for long
                }
            }
            Event::Socket(SocketEvent::Ended(call)) if call.id == self.call_id => self.over(&call, cx),
            Event::Socket(
                SocketEvent::Lost // the next snapshot tells what happened
                | SocketEvent::Ringing(_) // the machine keeps it until this device is free
                | SocketEvent::Answered(_)
                | SocketEvent::Ended(_)
                | SocketEvent::Signal(..) // comes again, to the connection that is opened then
                | SocketEvent::DeviceRinging { .. }
                | SocketEvent::Presence { .. },
            ) => State::Returning(self),
            Event::Media(event) => {
                release_late(event, cx);
                State::Returning(self)
            }
            Event::Reply(_) => State::Returning(self), // this page has sent no request
            Event::Peer(_) => State::Returning(self),  // this page has no connection
            Event::Timer if cx.io.now >= self.until => self.left(cx),
            Event::Timer => State::Returning(self),
        }
    }

    /// Rejoins if the call runs and this device has the seat. A duplicated tab is another device.
    fn rejoin_if_live(self, live: &LiveCall, cx: &mut Context) -> State {
        if live.call.status != CallStatus::Active || !live.sits(&cx.me, &cx.io.device) {
            return State::Idle;
        }
        let talked = self.seconds.map(|seconds| Duration::from_secs(seconds.into()));
        match InCall::resume(live, self.rejoin, talked, cx) {
            Some(state) => state,
            None => self.left(cx),
        }
    }

    /// It ended before this page was there.
    fn over(self, call: &Call, cx: &mut Context) -> State {
        let took_too_long = call.error_reason == Some(EndReason::Left);
        let outcome = if took_too_long { Outcome::LeftByMe } else { call_end::in_call(call) };
        Ended::of_previous_page(self.party, outcome, call.duration_seconds.or(self.seconds), cx)
    }

    fn left(self, cx: &Context) -> State {
        Ended::left(self.party, self.seconds, cx)
    }
}
