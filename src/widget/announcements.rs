//! The DOM events that the page gets: the client's milestones of calls, and mistakes.
//! Never decides what happened.

use super::mistake::Mistake;
use super::state::WidgetState;
use crate::platform::host::Host;
use crate::platform::js::{object, set};
use call_client::{CallNews, Milestone};
use call_core::{Category, Outcome};
use call_protocol::{CallRole, User};
use js_sys::Object;

/// Announces what happened to a call.
pub(super) fn call(host: &Host, news: &CallNews) {
    let detail = detail(news);
    match &news.milestone {
        Milestone::Ringing => host.announce("messenger-calls:ringing", &detail.into()),
        Milestone::Started => host.announce("messenger-calls:started", &detail.into()),
        Milestone::Reconnecting | Milestone::Reconnected => {} // pages have no event for it yet
        Milestone::Ended { outcome: None, .. } => host.announce("messenger-calls:ended", &detail.into()),
        Milestone::Ended { outcome: Some(outcome), seconds } => {
            let code = outcome_code(outcome);
            set(&detail, "outcome", code);
            if let Some(seconds) = seconds {
                set(&detail, "seconds", *seconds);
            }
            host.announce("messenger-calls:ended", &detail.clone().into());
            if outcome.category() != Category::Normal {
                set(&detail, "code", code);
                host.announce("messenger-calls:error", &detail.into());
            }
        }
    }
}

fn detail(CallNews { party, role, .. }: &CallNews) -> Object {
    let detail = object([
        ("conversation_id", party.conversation_id.as_str().into()),
        ("call_type", party.call_type.as_str().into()),
        ("peer", person(&party.peer).into()),
    ]);
    if let Some(id) = &party.call_id {
        set(&detail, "call_id", id.as_str());
    }
    match role {
        Some(CallRole::Caller) => set(&detail, "role", "caller"),
        Some(CallRole::Callee) => set(&detail, "role", "callee"),
        None => {}
    }
    detail
}

/// Announces a mistake, and writes it to the console.
pub(super) fn mistake(host: &Host, mistake: &Mistake) {
    mistake.log();
    let detail = object([("code", mistake.code().into()), ("message", mistake.message().into())]);
    host.announce("messenger-calls:error", &detail.into());
}

/// Announces that the person wants to sign in again.
pub(super) fn sign_in(host: &Host) {
    host.announce("messenger-calls:sign-in", &Object::new().into());
}

/// Announces that the buttons work, if there are any, and whom they call.
pub(super) fn ready(host: &Host, contact: Option<&User>) {
    let detail = Object::new();
    if let Some(contact) = contact {
        set(&detail, "contact", person(contact));
    }
    host.announce("messenger-calls:ready", &detail.into());
}

/// Announces the widget's state.
pub(super) fn state(host: &Host, state: WidgetState) {
    host.announce("messenger-calls:state", &state.to_object().into());
}

fn person(user: &User) -> Object {
    object([("id", user.id.as_str().into()), ("name", user.display_name.as_str().into())])
}

/// A stable code for an outcome.
pub(super) fn outcome_code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::HungUpByMe => "hung_up_by_me",
        Outcome::HungUpByThem => "hung_up_by_them",
        Outcome::LeftByMe => "left_by_me",
        Outcome::LeftByThem => "left_by_them",
        Outcome::Cancelled => "cancelled",
        Outcome::DeclinedByMe => "declined_by_me",
        Outcome::DeclinedByThem => "declined_by_them",
        Outcome::NoAnswer => "no_answer",
        Outcome::Missed => "missed",
        Outcome::Busy => "busy",
        Outcome::PeerOffline => "peer_offline",
        Outcome::BlockedByMe => "blocked_by_you",
        Outcome::AnsweredElsewhere(_) => "answered_elsewhere",
        Outcome::DeclinedElsewhere => "declined_elsewhere",
        Outcome::AlreadyInCall => "already_in_call",
        Outcome::MicrophoneProblem(_) => "microphone_problem",
        Outcome::ConnectFailed => "connect_failed",
        Outcome::RelayFailed => "relay_failed",
        Outcome::PeerSilent => "peer_silent",
        Outcome::NegotiationFailed => "negotiation_failed",
        Outcome::BrowserFailed => "browser_failed",
        Outcome::ConnectionLost => "connection_lost",
        Outcome::ServerUnreachable => "server_unreachable",
        Outcome::ServerTrouble => "server_trouble",
        Outcome::StorageFull => "storage_full",
        Outcome::RateLimited(_) => "rate_limited",
        Outcome::NotContacts => "not_contacts",
        Outcome::SignalingFailed => "signaling_failed",
        Outcome::SignedOut => "signed_out",
        Outcome::CallsDisabled => "calls_disabled",
    }
}
