//! The states of a call on this device, one file each. Each matches on every event, group by group and without
//! wildcards, and says why it ignores what it ignores.
//!
//! ```text
//! Idle ──Call──> Initiating ──reply──> RingingOut ──answered──┐
//!   │                └──reply: glare, the other called too──> InCall (connecting, active, reconnecting)
//!   └──ringing──> RingingIn ──Answer──> Answering ──reply─────┘
//! every state ──over──> Ended ──Dismiss or time──> Idle
//! ```

mod answering;
mod ended;
mod glare;
mod idle;
mod in_call;
mod initiating;
mod returning;
mod ringing_in;
mod ringing_out;

use crate::context::Context;
use crate::effect::{Effect, Rejoin};
use crate::event::{Event, MediaEvent};
use crate::key::{Epoch, Time};
use crate::party::Party;
use crate::view::CallView;
use answering::Answering;
use call_protocol::{Call, CallId, CallType, ConversationId, LiveCall, User};
pub(crate) use ended::Ended;
use in_call::InCall;
use initiating::Initiating;
use returning::Returning;
pub(crate) use ringing_in::RingingIn;
use ringing_out::RingingOut;

/// The state of the call on this device.
#[derive(Clone, Debug, Hash)]
pub(crate) enum State {
    Idle,
    /// The caller, until the server has confirmed that it rings: media, offer, request.
    Initiating(Box<Initiating>),
    /// The caller, while it rings.
    RingingOut(Box<RingingOut>),
    /// The callee, while it rings.
    RingingIn(Box<RingingIn>),
    /// The callee, from the press on Answer until the seat is assigned.
    Answering(Box<Answering>),
    /// Both sit in the call: connecting, active or reconnecting.
    InCall(Box<InCall>),
    /// A reloaded page whose person was in a call.
    Returning(Box<Returning>),
    /// The card that says how the call ended.
    Ended(Box<Ended>),
}

/// Voice or Video was pressed while there is no call.
fn place_call(conversation_id: ConversationId, peer: User, call_type: CallType, cx: &mut Context) -> State {
    initiating::begin(conversation_id, peer, call_type, cx)
}

/// What one attempt at a call keeps from beginning to end.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Attempt {
    pub(crate) epoch: Epoch,
    pub(crate) peer: User,
    pub(crate) conversation_id: ConversationId,
    pub(crate) call_type: CallType,
    /// What this person's own button asked for; differs from the call's type if both called.
    pub(crate) requested_type: CallType,
}

impl State {
    pub(crate) fn handle(self, event: Event, cx: &mut Context) -> Self {
        match self {
            Self::Idle => idle::handle(event, cx),
            Self::Initiating(state) => state.handle(event, cx),
            Self::RingingOut(state) => state.handle(event, cx),
            Self::RingingIn(state) => state.handle(event, cx),
            Self::Answering(state) => state.handle(event, cx),
            Self::InCall(state) => state.handle(event, cx),
            Self::Returning(state) => state.handle(event, cx),
            Self::Ended(state) => state.handle(event, cx),
        }
    }

    pub(crate) fn deadline(&self, cx: &Context) -> Option<Time> {
        match self {
            Self::Idle => None,
            Self::Initiating(state) => state.deadline(),
            Self::RingingOut(state) => state.deadline(),
            Self::RingingIn(state) => state.deadline(),
            Self::Answering(state) => state.deadline(),
            Self::InCall(state) => state.deadline(cx.server_away),
            Self::Returning(state) => Some(state.until()),
            Self::Ended(state) => Some(state.until()),
        }
    }

    pub(crate) fn view(&self, cx: &Context, now: Time) -> CallView {
        match self {
            Self::Idle | Self::Returning(_) => CallView::Idle, // whether the call still runs is not known yet
            Self::Initiating(state) => CallView::Outgoing(state.view(cx.server_away)),
            Self::RingingOut(state) => CallView::Outgoing(state.view()),
            Self::RingingIn(state) => CallView::Incoming(state.view()),
            Self::Answering(state) => CallView::Incoming(state.view(cx.server_away)),
            Self::InCall(state) => CallView::InCall(state.view(cx.server_away, now)),
            Self::Ended(state) => CallView::Ended(state.view()),
        }
    }

    /// What a page that replaces this one has to know to rejoin the call.
    pub(crate) fn rejoin(&self) -> Option<Rejoin> {
        match self {
            Self::InCall(state) => state.rejoin(),
            Self::Idle
            | Self::Initiating(_)
            | Self::RingingOut(_)
            | Self::RingingIn(_)
            | Self::Answering(_)
            | Self::Returning(_)
            | Self::Ended(_) => None,
        }
    }

    /// Whether a waiting ring can be shown now.
    pub(crate) fn is_free(&self) -> bool {
        match self {
            Self::Idle | Self::Ended(_) => true,
            Self::Initiating(_)
            | Self::RingingOut(_)
            | Self::RingingIn(_)
            | Self::Answering(_)
            | Self::Returning(_)
            | Self::InCall(_) => false,
        }
    }

    /// The call that this device holds: it rings here, or this device sits in it.
    pub(crate) fn call_id(&self) -> Option<&CallId> {
        match self {
            Self::Idle | Self::Initiating(_) | Self::Ended(_) => None,
            Self::RingingOut(state) => Some(state.call_id()),
            Self::RingingIn(state) => Some(&state.call_id),
            Self::Answering(state) => Some(&state.ring.call_id),
            Self::InCall(state) => Some(state.call_id()),
            Self::Returning(state) => Some(state.call_id()),
        }
    }

    /// Whether a call is being placed in a conversation and its id is not known yet.
    pub(crate) fn is_placing(&self, conversation_id: &ConversationId) -> bool {
        match self {
            Self::Initiating(state) => state.is_placing(conversation_id),
            Self::Idle
            | Self::RingingOut(_)
            | Self::RingingIn(_)
            | Self::Answering(_)
            | Self::InCall(_)
            | Self::Returning(_)
            | Self::Ended(_) => false,
        }
    }

    /// The attempt that a reply has to belong to.
    pub(crate) fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Idle | Self::Returning(_) | Self::Ended(_) => None,
            Self::Initiating(state) => Some(&state.attempt),
            Self::RingingOut(state) => Some(&state.attempt),
            Self::RingingIn(state) => Some(&state.attempt),
            Self::Answering(state) => Some(&state.ring.attempt),
            Self::InCall(state) => Some(&state.attempt),
        }
    }
}

impl Attempt {
    pub(crate) fn of_ring(live: &LiveCall, epoch: Epoch) -> Self {
        Self {
            epoch,
            peer: live.peer.clone(),
            conversation_id: live.call.conversation_id.clone(),
            call_type: live.call.call_type,
            requested_type: live.call.call_type,
        }
    }

    pub(crate) fn party(&self, call_id: Option<&CallId>) -> Party {
        Party {
            peer: self.peer.clone(),
            conversation_id: self.conversation_id.clone(),
            call_type: self.call_type,
            call_id: call_id.cloned(),
        }
    }
}

/// What the snapshot says about one call.
pub(crate) enum InSnapshot {
    Live(Box<LiveCall>),
    Over(Call),
    Missing,
}

pub(crate) fn find(call_id: &CallId, live: Vec<LiveCall>, ended: Vec<Call>) -> InSnapshot {
    if let Some(live) = live.into_iter().find(|live| &live.call.id == call_id) {
        return InSnapshot::Live(Box::new(live));
    }
    ended.into_iter().find(|call| &call.id == call_id).map_or(InSnapshot::Missing, InSnapshot::Over)
}

/// Releases media that is no longer wanted.
pub(crate) fn release_late(event: MediaEvent, cx: &mut Context) {
    match event {
        MediaEvent::Ready(key) => cx.order(Effect::ReleaseMedia(key)),
        MediaEvent::Failed(..)
        | MediaEvent::Ended(..)
        | MediaEvent::Permission { .. }
        | MediaEvent::Interrupted { .. }
        | MediaEvent::DevicesChanged => {}
    }
}
