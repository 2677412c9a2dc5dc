//! The call as a pure machine: `handle(event, now) -> effects`, `next_deadline()`, `view(now)`.
//!
//! No clock, no async, no browser and no randomness inside: the same machine runs in the browser, in native
//! tests and, thousands of times, on a simulated bad network. Where to start reading:
//! 1. `event.rs`: everything that can happen, grouped by its source
//! 2. `effect.rs`: everything that the machine can order
//! 3. `view.rs`: what a person should see
//! 4. `machine.rs` and `state/`: one file per state, each with what it ignores and why

mod call_end;
mod connection;
mod context;
mod current_connection;
mod effect;
mod end_requests;
mod event;
mod finished;
mod io;
mod key;
mod machine;
mod media;
mod on_call;
mod party;
mod slot;
mod state;
mod stream;
mod timing;
mod view;
mod waiting;
mod warm;

pub use call_end::of_refusal as outcome_of_refusal;
pub use effect::{
    Effect, IceTransportPolicy, MediaRequest, Negotiator, OfferKind, PeerMessage, Rejoin, SlotState, Tone,
};
pub use event::{
    AnswerWith, Event, Fault, Link, MediaError, MediaEvent, PeerEvent, ReplyEvent, RequestError, SocketEvent,
    UserEvent,
};
pub use key::{Epoch, MediaKey, PeerKey, Time};
pub use machine::Machine;
pub use on_call::OnCall;
pub use party::Party;
pub use slot::{Slot, Slots, Source, TrackKind};
pub use view::{
    CallStage, CallView, Category, EndedView, InCallView, IncomingStage, IncomingView, Loop, Outcome,
    OutgoingStage, OutgoingView, SlotView, WaitingFor, WayForward,
};
