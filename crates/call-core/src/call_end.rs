//! What the end of a call means to the person on this device, from what the server reports or what is known of
//! the connection. Never decides that a call is over.

use crate::connection::Connection;
use crate::event::Fault;
use crate::view::Outcome;
use call_protocol::{Call, CallStatus, EndReason, ErrorBody, ErrorClass, ErrorCode};

/// The refusals that have an outcome of their own.
const REFUSALS: [(ErrorCode, Outcome); 8] = [
    (ErrorCode::Busy, Outcome::Busy),
    (ErrorCode::PeerOffline, Outcome::PeerOffline),
    (ErrorCode::BlockedByYou, Outcome::BlockedByMe),
    (ErrorCode::AlreadyInCall, Outcome::AlreadyInCall),
    (ErrorCode::AnsweredElsewhere, Outcome::AnsweredElsewhere(None)),
    (ErrorCode::CallsDisabled, Outcome::CallsDisabled),
    (ErrorCode::NotFound, Outcome::NotContacts),
    (ErrorCode::ConversationNotFound, Outcome::NotContacts),
];

/// What a refusal by the server means to the person whose request it was.
pub fn of_refusal(error: &ErrorBody) -> Outcome {
    match error.code.class() {
        ErrorClass::SignIn => Outcome::SignedOut,
        ErrorClass::TooMuch => Outcome::RateLimited(error.retry_after),
        ErrorClass::TryAgain if error.code == ErrorCode::StorageFull => Outcome::StorageFull,
        ErrorClass::TryAgain => Outcome::ServerTrouble,
        ErrorClass::Refused => {
            let own = REFUSALS.into_iter().find(|(code, _)| *code == error.code);
            own.map_or(Outcome::SignalingFailed, |(_, outcome)| outcome)
        }
        ErrorClass::Broken => Outcome::SignalingFailed,
    }
}

/// For the caller, while it rang.
pub(crate) fn for_caller(call: &Call) -> Outcome {
    match (call.status, call.error_reason) {
        (CallStatus::Declined, _) => Outcome::DeclinedByThem,
        (CallStatus::Missed, Some(EndReason::Busy)) => Outcome::Busy,
        (CallStatus::Missed, Some(EndReason::Cancelled)) => Outcome::Cancelled,
        // The server had not heard from this device for too long.
        (CallStatus::Missed, Some(EndReason::CallerGone)) => Outcome::ServerUnreachable,
        (CallStatus::Missed | CallStatus::Ringing | CallStatus::Active, _) => Outcome::NoAnswer,
        (CallStatus::Ended | CallStatus::Failed, _) => in_call(call),
    }
}

/// For a device of the callee on which it rang.
pub(crate) fn for_callee(call: &Call) -> Outcome {
    match call.status {
        CallStatus::Declined => Outcome::DeclinedElsewhere,
        // It ended after another device had answered.
        CallStatus::Active | CallStatus::Ended | CallStatus::Failed => Outcome::AnsweredElsewhere(None),
        CallStatus::Missed | CallStatus::Ringing => Outcome::Missed,
    }
}

/// For a device of the callee that has requested the seat and may already have had it.
pub(crate) fn for_answering(call: &Call) -> Outcome {
    match call.status {
        CallStatus::Ended | CallStatus::Failed => in_call(call),
        CallStatus::Ringing | CallStatus::Active | CallStatus::Declined | CallStatus::Missed => {
            for_callee(call)
        }
    }
}

/// For a device that sits in the call, after the answer.
pub(crate) fn in_call(call: &Call) -> Outcome {
    match call.error_reason {
        Some(EndReason::ConnectionLost | EndReason::LeaseExpired) => Outcome::ConnectionLost,
        Some(EndReason::NegotiationFailed) => Outcome::NegotiationFailed,
        // A device that was still connecting knows a more precise reason itself.
        Some(EndReason::ConnectTimeout) => Outcome::PeerSilent,
        None
        | Some(
            EndReason::Cancelled
            | EndReason::Busy
            | EndReason::NoAnswer
            | EndReason::CallerGone
            | EndReason::MediaFailed
            | EndReason::Unknown,
        ) => Outcome::HungUpByThem,
        // Replaced: the other person reloaded their page and called again.
        Some(EndReason::Left | EndReason::Replaced) => Outcome::LeftByThem,
    }
}

/// For a device that gave up connecting. The network is blamed only if the two sides exchanged descriptions and
/// no relay refused that could have helped.
pub(crate) fn not_connected(connection: Option<&Connection>, server_away: bool) -> Outcome {
    match connection {
        Some(connection) if connection.has_exchanged_descriptions() => match connection.is_without_relay() {
            true => Outcome::RelayFailed,
            false => Outcome::ConnectFailed,
        },
        Some(_) | None if server_away => Outcome::ServerUnreachable,
        Some(_) | None => Outcome::PeerSilent,
    }
}

/// For a device that could not negotiate.
pub(crate) const fn not_negotiated(fault: Fault) -> Outcome {
    match fault {
        Fault::Local => Outcome::BrowserFailed,
        Fault::Remote => Outcome::NegotiationFailed,
    }
}
