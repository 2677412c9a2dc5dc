//! What the components get besides the calls: data, signals and callbacks.
//! Independent of where it comes from: a session, a page's options, or a test.

use super::browser::Browser;
use crate::widget::kit::dates::Today;
use crate::widget::kit::signal::Signal;
use call_core::RequestError;
use call_protocol::{CallHistory, ConversationId, User, UserId};
use core::future::Future;
use core::pin::Pin;
use leptos::prelude::*;

/// A person to call, and the conversation that the call belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The conversation of the two.
    pub conversation_id: ConversationId,
    /// The other person.
    pub peer: User,
}

/// Why there is no contact to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// The page chose a person or conversation that is not among the contacts.
    Stranger,
    /// The server cannot be reached, and never could.
    Server,
    /// Nobody is signed in.
    SignedOut,
    /// The server does not know who is signed in.
    Unknown,
    /// The server serves another version than this page speaks.
    Outdated,
}

/// A request for a page of the call history.
pub type HistoryPage = Pin<Box<dyn Future<Output = Result<CallHistory, RequestError>>>>;

/// What the components get besides the calls.
#[derive(Clone, Copy)]
pub struct HostPage {
    /// Who is signed in, once known.
    pub me: Signal<Option<User>>,
    /// Whom the call buttons call.
    pub contact: Signal<Option<Callee>>,
    /// Whether that contact is online; None while unknown.
    pub online: Signal<Option<bool>>,
    /// The people whom the person has blocked.
    pub blocked: Signal<Vec<UserId>>,
    /// Which day it is.
    pub today: Signal<Today>,
    /// Why there is no contact, if there is a reason to show.
    pub unavailable: Signal<Option<Unavailable>>,
    /// Whether the server can be reached.
    pub connected: Signal<bool>,
    /// The feature flag.
    pub calls_enabled: Signal<bool>,
    /// Whether the call buttons are part of the widget.
    pub show_buttons: bool,
    /// Whether the call history is part of the widget.
    pub show_history: bool,
    /// Whether shortcuts answer and decline anywhere in the page; off unless the page allows them.
    pub shortcuts: Signal<bool>,
    /// The browser that the help explains.
    pub browser: Browser,
    /// Reads a page of the history: the newest, or the one before the given mark.
    pub load_history: UnsyncCallback<Option<String>, HistoryPage>,
    /// "Sign in" was pressed on the card of a call that ended because the session is over.
    pub sign_in: UnsyncCallback<()>,
}

impl HostPage {
    /// Whether the person has blocked somebody.
    pub fn blocks(&self, user: &UserId) -> bool {
        self.blocked.with(|blocked| blocked.contains(user))
    }
}
