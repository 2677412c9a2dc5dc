//! What the page around a widget tells it, as plain data, signals and callbacks.
//! Never says how the page knows it: a session, a host page's options, or a test's script.

use super::browser::Browser;
use super::dates::Today;
use crate::signal::Signal;
use call_core::RequestError;
use call_protocol::{CallHistory, ConversationId, User, UserId};
use core::future::Future;
use core::pin::Pin;
use leptos::prelude::*;

/// Somebody to call, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The conversation of the two.
    pub conversation_id: ConversationId,
    /// The other person.
    pub peer: User,
}

/// Why the buttons have nobody to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The page chose somebody who is nobody of the person's contacts.
    Stranger,
    /// The server cannot be reached, and never could.
    Server,
    /// Nobody is signed in.
    SignedOut,
    /// The server does not know who is signed in.
    Unknown,
}

/// A page of the call history that is on its way.
pub type HistoryPage = Pin<Box<dyn Future<Output = Result<CallHistory, RequestError>>>>;

/// What a widget needs to know of its surroundings.
#[derive(Clone, Copy)]
pub struct HostPage {
    /// Who is signed in, once known.
    pub me: Signal<Option<User>>,
    /// Whom the call buttons call.
    pub contact: Signal<Option<Callee>>,
    /// Whether that contact is online; nothing while it is not known.
    pub online: Signal<Option<bool>>,
    /// Whom the person has blocked.
    pub blocked: Signal<Vec<UserId>>,
    /// Which day it is.
    pub today: Signal<Today>,
    /// Why there is no such contact, if that has a reason.
    pub missing: Signal<Option<Absence>>,
    /// Whether the server can be reached.
    pub connected: Signal<bool>,
    /// The feature flag.
    pub calls_enabled: Signal<bool>,
    /// Whether the call buttons are part of the widget.
    pub show_buttons: bool,
    /// Whether the call history is part of the widget.
    pub show_history: bool,
    /// Whether keys answer and decline wherever the focus is; they belong to the page unless it gives them away.
    pub shortcuts: Signal<bool>,
    /// Which browser's words the help uses.
    pub browser: Browser,
    /// Reads a page of the history: the newest, or the one before the given mark.
    pub load_history: UnsyncCallback<Option<String>, HistoryPage>,
    /// "Sign in" was pressed on a call that ended because the sign-in is no longer valid.
    pub sign_in: UnsyncCallback<()>,
}

impl HostPage {
    /// Whether the person has blocked somebody.
    pub fn blocks(&self, user: &UserId) -> bool {
        self.blocked.with(|blocked| blocked.contains(user))
    }
}
