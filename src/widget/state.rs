//! What a page may read of its widget at any time: whether the person is busy, and whether the contact can be called.
//! Never decides either.

use super::ui::words::CannotCall;
use crate::platform::js::{object, set};
use js_sys::Object;

/// The public state of a widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WidgetState {
    /// A call rings, is being placed or runs.
    pub busy: bool,
    /// Why the widget's contact cannot be called now; None if `call()` would place a call.
    pub reason: Option<NoCall>,
}

/// Why a widget cannot call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCall {
    /// There is no contact to call, or none is known yet.
    Nobody,
    /// The contact cannot be called now.
    Contact(CannotCall),
}

impl WidgetState {
    /// Of a widget that is gone, or that knows nothing yet.
    pub(super) const NOTHING: Self = Self { busy: false, reason: Some(NoCall::Nobody) };

    /// For a page in JavaScript.
    pub(super) fn to_object(self) -> Object {
        let state = object([("busy", self.busy.into()), ("can_call", self.reason.is_none().into())]);
        if let Some(reason) = self.reason {
            set(&state, "reason", code(reason));
        }
        state
    }
}

/// The codes with which `call()` rejects and calls end.
const fn code(reason: NoCall) -> &'static str {
    match reason {
        NoCall::Nobody => "nobody_to_call",
        NoCall::Contact(CannotCall::SwitchedOff) => "calls_disabled",
        NoCall::Contact(CannotCall::Ringing | CannotCall::Calling | CannotCall::InCall) => "already_in_call",
        NoCall::Contact(CannotCall::NotConnected) => "not_connected",
        NoCall::Contact(CannotCall::Blocked) => "blocked_by_you",
        NoCall::Contact(CannotCall::Offline) => "peer_offline",
    }
}
