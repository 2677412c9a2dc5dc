//! Whether a device may signal in a call, and which devices of the other side receive it.

use super::{Denial, Refusal, sits_in};
use crate::{Asker, CallRecord, other};
use call_protocol::{CallRole, CallStatus, DeviceId};

/// The facts about a signal.
#[derive(Clone, Copy, Debug)]
pub struct SignalFacts<'a> {
    /// The call.
    pub record: &'a CallRecord,
    /// The sender.
    pub asker: &'a Asker,
    /// Whether a device may answer the offer while it rings.
    pub may_warm: bool,
    /// The one callee device that may answer the ring's offer while it rings.
    pub warm_device: Option<&'a DeviceId>,
    /// Those that may answer an offer of their own.
    pub also_warm: &'a [DeviceId],
    /// The receiver that the signal names, if it is a device of the other side.
    pub to_device: Option<&'a DeviceId>,
}

/// Who receives a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// One device of the other side.
    To(DeviceId),
    /// Every device of the other side.
    ToAll,
    /// Nobody: its receiver has no part in the call, or may not answer before the person does.
    Nobody,
}

/// Decides about a signal.
///
/// # Errors
/// When the call is somebody else's, over, or this device has no part in it.
pub fn signal(facts: &SignalFacts<'_>) -> Result<Route, Denial> {
    let role = facts.record.role_of(&facts.asker.user).ok_or(Refusal::NoCall)?;
    let denied = |refusal| Err(Denial::with(refusal, facts.record));
    let sits = facts.record.seat(role).is_some_and(|seat| sits_in(seat, facts.asker));
    match (facts.record.status, role) {
        (CallStatus::Ringing, CallRole::Callee) if !is_warm(facts) => denied(Refusal::WrongState),
        (CallStatus::Ringing, CallRole::Caller) | (CallStatus::Active, _) if !sits => {
            denied(Refusal::AnsweredElsewhere)
        }
        (CallStatus::Ringing, _) if !facts.may_warm && !speaks_once(facts) => Ok(Route::Nobody),
        (CallStatus::Ringing | CallStatus::Active, _) => Ok(route(facts, other(role))),
        (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => {
            denied(Refusal::WrongState)
        }
    }
}

fn is_warm(facts: &SignalFacts<'_>) -> bool {
    let device = &facts.asker.device;
    facts.warm_device == Some(device) || facts.also_warm.contains(device)
}

/// Whether a caller's signal while it rings is sent only once, by a client that names no device, and only the
/// callee hides from the caller: then it waits at the callee's devices for the answer.
fn speaks_once(facts: &SignalFacts<'_>) -> bool {
    let nameless = facts.record.seat(CallRole::Caller).is_some_and(|seat| !seat.leased);
    nameless && facts.record.hides(CallRole::Callee) && !facts.record.hides(CallRole::Caller)
}

fn route(facts: &SignalFacts<'_>, receiver: CallRole) -> Route {
    let seat = facts.record.seat(receiver);
    match (facts.to_device, seat.and_then(|seat| seat.device.as_ref())) {
        // A seat without a device belongs to the person: any of their devices may be the one.
        (_, Some(_)) if seat.is_some_and(|seat| !seat.leased) => Route::ToAll,
        (Some(named), Some(seated)) if named != seated => Route::Nobody,
        (Some(device), _) | (None, Some(device)) => Route::To(device.clone()),
        (None, None) => Route::ToAll,
    }
}
