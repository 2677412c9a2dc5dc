//! What a page may ask of the widget, and how it says so in JavaScript.
//! Never guesses: what is missing and needed is an error with a sentence.

use super::misuse::Misuse;
use crate::session::{Session, TokenSource};
use crate::shell::host::Host;
use crate::shell::js::{get, get_text};
use call_protocol::{ConversationId, UserId};
use js_sys::{Function, Object};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Whom the call buttons call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The other person of a conversation.
    Conversation(ConversationId),
    /// A person.
    Contact(UserId),
}

/// How the widget looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As it comes.
    #[default]
    Classic,
    /// With some of the `--mc-` properties changed.
    Properties(Vec<(String, String)>),
}

/// Everything about a widget that does not belong to its session.
#[derive(Clone, Default)]
pub struct Options {
    /// The address below which `sounds/` lies, with its slash.
    pub assets: String,
    /// Whom the call buttons call; nobody yet when left out.
    pub target: Option<Target>,
    /// Whether the call buttons are part of the widget.
    pub buttons: bool,
    /// Whether the call history is part of the widget.
    pub history: bool,
    /// How the widget looks.
    pub theme: Theme,
    /// "Sign in" was pressed; without it the page hears `messenger-calls:sign-in`.
    pub sign_in: Option<Rc<dyn Fn()>>,
}

impl Theme {
    pub(super) fn apply(&self, host: &Host) {
        match self {
            Self::Classic => {}
            Self::Properties(properties) => {
                for (name, value) in properties {
                    host.set_property(name, value);
                }
            }
        }
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What `mount` takes. */
export interface CallOptions {
  /** Origin of the call server; `calls.js` takes its own origin when left out. */
  server?: string;
  /** Returns an access token that is valid now, or nothing when signed out; throws when it cannot say now.
   *  Asked when the last one was refused. */
  getToken: () => string | null | undefined | Promise<string | null | undefined>;
  /** Whom the buttons call: the other person of this conversation. */
  conversation?: string;
  /** Whom the buttons call: this person. */
  contact?: string;
  /** "classic", or `--mc-*` properties that replace some of it. */
  theme?: "classic" | Record<`--mc-${string}`, string>;
  /** Address below which `sounds/` lies, with its slash; `calls.js` takes its own folder when left out. */
  assets?: string;
  /** Whether call buttons are shown (default true). */
  buttons?: boolean;
  /** Whether the call history can be opened (default false). */
  history?: boolean;
}
"#;

/// Reads a page's options, and opens the session that they describe.
pub(super) fn read(options: &JsValue) -> Result<(Session, Options), JsValue> {
    let server = get_text(options, "server").filter(|server| server.starts_with("http"));
    let server = server.ok_or(Misuse::Server)?;
    let source = get(options, "getToken").dyn_into::<Function>();
    let source = source.map_err(|_| Misuse::Token)?;
    let session = Session::new(&server, TokenSource::from_function(source));
    let conversation = get_text(options, "conversation").map(|id| Target::Conversation(ConversationId(id)));
    let contact = || get_text(options, "contact").map(|id| Target::Contact(UserId(id)));
    let parsed = Options {
        assets: get_text(options, "assets").unwrap_or_else(|| [session.server(), "/"].concat()),
        target: conversation.or_else(contact),
        buttons: get(options, "buttons").as_bool().unwrap_or(true),
        history: get(options, "history").as_bool().unwrap_or(false),
        theme: theme(&get(options, "theme")),
        sign_in: None,
    };
    Ok((session, parsed))
}

fn theme(value: &JsValue) -> Theme {
    let Some(properties) = value.dyn_ref::<Object>() else { return Theme::Classic };
    let entries = Object::entries(properties);
    let property = |entry: JsValue| {
        let pair: js_sys::Array = entry.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    Theme::Properties(entries.iter().filter_map(property).collect())
}
