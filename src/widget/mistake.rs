//! What a page's developer has to correct, as a stable code and a sentence: thrown, the reason of a rejected promise, or an
//! event and one line on the console.
//! Never about how a call went: that has events of its own.

use crate::platform::js;
use js_sys::TypeError;
use wasm_bindgen::JsValue;

/// A mistake; each sentence says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// What was given instead of an element.
    Element(String),
    /// An option is of the wrong kind: its name, and what it must be.
    Option(&'static str, &'static str),
    /// An option that does not exist, and the one that was probably meant.
    UnknownOption(String, Option<&'static str>),
    /// A style property that does not exist, and the one that was probably meant.
    UnknownProperty(String, Option<&'static str>),
    CallType,
    /// What `setBlocked()` was given instead of a list of ids.
    BlockedList,
    /// Somebody whom the page has blocked.
    Blocked,
    Nobody,
    NotConnected,
    Destroyed,
    AlreadyInCall,
    /// How the call ended before it was placed.
    NotPlaced(&'static str),
    TokenFailed(String),
    TokenKind,
    TokenRefused,
    SignedOut,
    UnknownUser,
    Replaced,
    Outdated,
    UnknownConversation(String),
    /// The person is in it, but it is not theirs and one other person's alone.
    LargerConversation(String),
    UnknownContact(String),
    /// A contact request that has not been accepted.
    PendingContact(String),
    Unreachable(String),
    OriginRefused(String),
    SocketRefused(String),
    RingHidden,
    RingFailed,
}

impl Mistake {
    /// A stable code.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Element(_) | Self::Option(..) | Self::CallType | Self::BlockedList => "wrong_argument",
            Self::Blocked => "blocked_by_you",
            Self::UnknownOption(..) => "unknown_option",
            Self::UnknownProperty(..) => "unknown_theme_property",
            Self::Nobody => "nobody_to_call",
            Self::NotConnected => "not_connected",
            Self::Destroyed => "destroyed",
            Self::AlreadyInCall => "already_in_call",
            Self::NotPlaced(outcome) => outcome,
            Self::TokenFailed(_) => "get_token_failed",
            Self::TokenKind => "get_token_not_text",
            Self::TokenRefused => "token_refused",
            Self::SignedOut => "signed_out",
            Self::UnknownUser => "unknown_user",
            Self::Replaced => "replaced",
            Self::Outdated => "outdated",
            Self::UnknownConversation(_) => "unknown_conversation",
            Self::LargerConversation(_) => "larger_conversation",
            Self::UnknownContact(_) => "unknown_contact",
            Self::PendingContact(_) => "pending_contact",
            Self::Unreachable(_) => "server_unreachable",
            Self::OriginRefused(_) => "origin_not_allowed",
            Self::SocketRefused(_) => "socket_refused",
            Self::RingHidden => "ring_hidden",
            Self::RingFailed => "ring_failed",
        }
    }

    /// The sentence.
    pub(super) fn message(&self) -> String {
        let meant =
            |meant: &Option<&str>| meant.map_or(String::new(), |meant| format!(": did you mean {meant}?"));
        match self {
            Self::Element(given) => {
                format!("mount(element, options) needs an element of the page, and was given {given}")
            }
            Self::Option(name, kind) => format!("options.{name} must be {kind}"),
            Self::UnknownOption(name, other) => format!("options.{name} does not exist{}", meant(other)),
            Self::UnknownProperty(name, other) => {
                format!("options.theme knows no {name}{}", meant(other))
            }
            Self::BlockedList => "setBlocked() takes an array of user ids; nothing was changed".to_owned(),
            Self::Blocked => "setBlocked() names this contact: take the id out first".to_owned(),
            Self::CallType => "call() takes \"audio\" or \"video\"".to_owned(),
            Self::Nobody => {
                "nobody to call: choose somebody by options.conversation or options.contact".to_owned()
            }
            Self::NotConnected => "not connected to the call server yet: try again later".to_owned(),
            Self::Destroyed => "the widget is gone: mount it again".to_owned(),
            Self::AlreadyInCall => "there is a call already: hang up first".to_owned(),
            Self::NotPlaced(outcome) => format!("the call was not placed: {outcome}"),
            Self::TokenFailed(error) => format!("options.getToken failed, and is asked again: {error}"),
            Self::TokenKind => {
                "options.getToken must return a token as text, or nothing when signed out".to_owned()
            }
            Self::TokenRefused => {
                "the server refused the token of options.getToken twice: it has expired, or is not of \
                                   the issuer that the server trusts"
                    .to_owned()
            }
            Self::SignedOut => "options.getToken returned nothing: nobody is signed in".to_owned(),
            Self::UnknownUser => {
                "the token is good, but the call server knows nobody with its \"sub\"".to_owned()
            }
            Self::Replaced => "another page took over this device".to_owned(),
            Self::Outdated => {
                "this page has another version of the calls than the server: load it again".to_owned()
            }
            Self::UnknownConversation(id) => {
                format!(
                    "no conversation \u{201c}{id}\u{201d} of the signed-in person is known to the call server"
                )
            }
            Self::LargerConversation(id) => {
                format!("conversation \u{201c}{id}\u{201d} is not one of two people who may call each other")
            }
            Self::UnknownContact(id) => {
                format!("no contact \u{201c}{id}\u{201d} of the signed-in person is known to the call server")
            }
            Self::PendingContact(id) => format!("contact \u{201c}{id}\u{201d} has not been accepted yet"),
            Self::Unreachable(server) => {
                format!(
                    "{server} cannot be reached, or a policy of this page forbids it (connect-src); it is tried again"
                )
            }
            Self::OriginRefused(server) => format!(
                "{server} does not allow this page: start it with --allow-origin {}",
                js::window().location().origin().unwrap_or_default()
            ),
            Self::SocketRefused(server) => format!(
                "{server} answers, but not its socket /api/socket: a proxy must pass WebSockets on, and a policy of \
                 this page must allow them (connect-src)"
            ),
            Self::RingHidden => "a call rings, and this page covers its window".to_owned(),
            Self::RingFailed => {
                "a call rings, and its sound cannot be played: a policy of this page (media-src) must \
                                 allow the call server, and the server must have its folder sounds"
                    .to_owned()
            }
        }
    }

    /// Writes one line on the console.
    pub(super) fn log(&self) {
        web_sys::console::error_1(&["Messenger Calls: ", &self.message()].concat().into());
    }

    /// As the `Error` that is thrown or that a promise is rejected with.
    pub(super) fn into_error(self) -> JsValue {
        let is_argument = matches!(self, Self::Element(_) | Self::Option(..) | Self::CallType);
        let message = self.message();
        let error: JsValue = if is_argument { TypeError::new(&message).into() } else { js::error(&message) };
        js::set(&error, "code", self.code());
        error
    }
}

/// The one of these names that was probably meant.
pub(super) fn similar(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let far = |other: &str| distance(&name, &other.to_ascii_lowercase());
    let close = known.map(|other| (far(other), other)).min_by_key(|(far, _)| *far);
    close.filter(|(far, other)| *far <= 1 + other.len() / 4).map(|(_, other)| other)
}

/// The Levenshtein distance: how many letters have to be changed, inserted or removed.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(a != b)).min(above + 1).min(row[j] + 1);
            corner = above;
        }
    }
    row.last().copied().unwrap_or_default()
}
