//! What the page hears: bubbling DOM events about calls. Never more often than once per ring, start and end.

use super::mistake::Mistake;
use crate::shell::host::Host;
use crate::shell::js::{object, set};
use call_core::{
    CallStage, CallView, Category, EndedView, InCallView, IncomingStage, IncomingView, Outcome,
    OutgoingStage, OutgoingView, Party,
};
use call_protocol::{CallRole, User};
use core::cell::Cell;
use js_sys::Object;

/// Remembers what of the present call was announced already.
#[derive(Default)]
pub(super) struct Announcer {
    role: Cell<Option<CallRole>>,
    ringing: Cell<bool>,
    started: Cell<bool>,
}

impl Announcer {
    /// Announces what a change of the picture means to the page.
    pub(super) fn view(&self, host: &Host, before: &CallView, after: &CallView) {
        match after {
            CallView::Incoming(IncomingView { party, stage, .. }) => {
                self.role.set(Some(CallRole::Callee));
                if *stage == IncomingStage::Ringing {
                    self.once(&self.ringing, host, "messenger-calls:ringing", party);
                }
            }
            CallView::Outgoing(OutgoingView { party, stage, .. }) => {
                self.role.set(Some(CallRole::Caller));
                if *stage == OutgoingStage::Ringing {
                    self.once(&self.ringing, host, "messenger-calls:ringing", party);
                }
            }
            CallView::InCall(InCallView { party, stage, .. }) => {
                if *stage == CallStage::Active {
                    self.once(&self.started, host, "messenger-calls:started", party);
                }
            }
            CallView::Ended(ended) if before.is_busy() => self.ended(host, ended),
            CallView::Idle => {
                if let Some(party) = before.party().filter(|_| before.is_busy()) {
                    host.announce("messenger-calls:ended", &self.detail(party).into());
                }
                self.forget();
            }
            CallView::Ended(_) => self.forget(),
        }
    }

    fn ended(&self, host: &Host, ended: &EndedView) {
        let detail = self.detail(&ended.party);
        let outcome = word(&ended.outcome);
        set(&detail, "outcome", outcome);
        if let Some(seconds) = ended.seconds {
            set(&detail, "seconds", seconds);
        }
        self.forget();
        host.announce("messenger-calls:ended", &detail.clone().into());
        if ended.outcome.category() != Category::Normal {
            set(&detail, "code", outcome);
            host.announce("messenger-calls:error", &detail.into());
        }
    }

    fn once(&self, done: &Cell<bool>, host: &Host, kind: &str, party: &Party) {
        if !done.replace(true) {
            host.announce(kind, &self.detail(party).into());
        }
    }

    fn forget(&self) {
        self.role.set(None);
        self.ringing.set(false);
        self.started.set(false);
    }

    fn detail(&self, party: &Party) -> Object {
        let detail = object([
            ("conversation_id", party.conversation_id.as_str().into()),
            ("call_type", party.call_type.as_str().into()),
            ("peer", person(&party.peer).into()),
        ]);
        if let Some(id) = &party.call_id {
            set(&detail, "call_id", id.as_str());
        }
        match self.role.get() {
            Some(CallRole::Caller) => set(&detail, "role", "caller"),
            Some(CallRole::Callee) => set(&detail, "role", "callee"),
            None => {}
        }
        detail
    }
}

/// Announces trouble that is not a call's, and writes it to the console.
pub(super) fn trouble(host: &Host, mistake: &Mistake) {
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

fn person(user: &User) -> Object {
    object([("id", user.id.as_str().into()), ("name", user.display_name.as_str().into())])
}

/// A stable word for what happened.
pub(super) fn word(outcome: &Outcome) -> &'static str {
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
