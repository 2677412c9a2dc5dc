//! The options of `mount`: their types for TypeScript and how they are read.
//! Never guesses: a missing or wrong option is an error with a sentence, an unknown one a warning.

use super::mistake::{Mistake, similar};
use super::tokens::TokenFunction;
use crate::platform::js::{get, get_text};
use crate::platform::wire::from_js;
use call_protocol::{Contact, ConversationId, HideAddress, UserId};
use js_sys::{Function, Object};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// Whom the call buttons call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The other person of a conversation.
    Conversation(ConversationId),
    /// A person.
    Contact(UserId),
}

impl Target {
    /// The contact behind the target, if it is among these and may be called.
    pub(super) fn among(&self, contacts: &[Contact]) -> Option<Contact> {
        let fits = |contact: &&Contact| match self {
            Self::Conversation(id) => contact.conversation_id.as_ref() == Some(id),
            Self::Contact(id) => &contact.user.id == id && contact.conversation_id.is_some(),
        };
        contacts.iter().find(fits).cloned()
    }
}

/// Whether the page's title says who calls while the page is in the background or covers the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Title {
    /// It flashes.
    #[default]
    Flashes,
    /// It is left alone.
    Kept,
}

/// How the widget looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The default look.
    #[default]
    Classic,
    /// With some of the `--mc-` properties changed.
    Properties(Vec<(String, String)>),
}

/// The options of a widget, apart from its session.
#[derive(Clone, Default)]
pub struct Options {
    /// The address that contains `sounds/`, with a trailing slash.
    pub assets: String,
    /// Whom the call buttons call; nobody yet when left out.
    pub target: Option<Target>,
    /// Whether the call buttons are part of the widget.
    pub buttons: bool,
    /// Whether the call history is part of the widget.
    pub history: bool,
    /// Whether Alt+C, Alt+V and Alt+D answer and decline wherever the focus is.
    pub shortcuts: bool,
    /// How the widget looks.
    pub theme: Theme,
    /// What happens to the page's title.
    pub title: Title,
    /// Destroys the widget once aborted.
    pub signal: Option<AbortSignal>,
    /// "Sign in" was pressed; without it the page hears `messenger-calls:sign-in`.
    pub sign_in: Option<Rc<dyn Fn()>>,
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
  /** Whether Alt+C, Alt+V and Alt+D answer and decline a call that rings, wherever the focus is but in a text
   *  (default false: keys are the page's). */
  shortcuts?: boolean;
  /** Before whom the network address of the person is hidden: kept as their setting on the server, for all of their devices
   *  (default: the setting stays what it is). The first widget of a person in the page counts. */
  hideAddress?: "never" | "strangers" | "everybody";
  /** Whether the page's title says who calls while nobody can see the window (default true). */
  title?: boolean;
  /** Destroys the widget when aborted; `mount` rejects when it is aborted already. */
  signal?: AbortSignal;
}

/** What `call()` is rejected with, and what is thrown for a wrong argument: an `Error` with a stable code. */
export interface CallMistake extends Error {
  code: string;
}

/** `detail` of the events about a call: ringing, started, ended, and error when the call ended in trouble. */
export interface CallDetail {
  conversation_id: string;
  call_type: "audio" | "video";
  peer: { id: string; name: string };
  call_id?: string;
  role?: "caller" | "callee";
  /** How it ended, in `ended` and `error`. */
  outcome?: string;
  /** How long both were connected, in `ended`. */
  seconds?: number;
  /** The outcome again, in `error`. */
  code?: string;
}

/** `detail` of `messenger-calls:error` when it is about no call. */
export interface MistakeDetail {
  /** A stable word. */
  code: string;
  /** A sentence for the developer: what it is, and what to do. */
  message: string;
}

/** What a widget knows now: `widget.state`, and the `detail` of the event `messenger-calls:state`. */
export interface WidgetState {
  /** A call rings, is being placed or runs. */
  busy: boolean;
  /** Whether `call()` would place a call to the widget's contact now. */
  can_call: boolean;
  /** Why not, as a stable code. */
  reason?: "nobody_to_call" | "not_connected" | "already_in_call" | "calls_disabled" | "peer_offline" | "blocked_by_you";
}

/** Bubbling events. One that is about a call is dispatched on the element of the widget whose contact it is with, any
 *  other, and one that is about nobody's contact, on the first element mounted: a listener on `document` hears each once.
 *  `ready` comes on each element, as soon as its buttons work, and `state` whenever that of its widget changes. */
export interface CallEvents {
  "messenger-calls:ready": CustomEvent<{ contact?: { id: string; name: string } }>;
  "messenger-calls:state": CustomEvent<WidgetState>;
  "messenger-calls:ringing": CustomEvent<CallDetail>;
  "messenger-calls:started": CustomEvent<CallDetail>;
  "messenger-calls:ended": CustomEvent<CallDetail>;
  "messenger-calls:error": CustomEvent<CallDetail | MistakeDetail>;
  "messenger-calls:sign-in": CustomEvent<{}>;
}
"#;

/// Every option there is.
const NAMES: [&str; 12] = [
    "server",
    "getToken",
    "conversation",
    "contact",
    "theme",
    "assets",
    "buttons",
    "history",
    "shortcuts",
    "hideAddress",
    "title",
    "signal",
];

/// A page's options, read: the server, the token function, the options of the widget, and warnings about unknown options.
pub(super) struct MountRequest {
    pub(super) server: String,
    pub(super) source: TokenFunction,
    /// From whom the person's network address is hidden, if the page sets it.
    pub(super) hide_address: Option<HideAddress>,
    pub(super) options: Options,
    pub(super) warnings: Vec<Mistake>,
}

/// Reads a page's options; `properties` are those that a theme may set.
pub(super) fn read(
    options: &JsValue,
    properties: impl Iterator<Item = &'static str> + Clone,
) -> Result<MountRequest, Mistake> {
    let server = get_text(options, "server").filter(|server| server.starts_with("http"));
    let server = server.ok_or(Mistake::Option("server", "the address of a call server"))?;
    let source = get(options, "getToken").dyn_into::<Function>();
    let source =
        source.map_err(|_| Mistake::Option("getToken", "a function that returns an access token"))?;
    let conversation = text(options, "conversation")?.map(|id| Target::Conversation(ConversationId(id)));
    let contact = text(options, "contact")?.map(|id| Target::Contact(UserId(id)));
    let signal = optional(options, "signal")
        .map(|signal| signal.dyn_into().map_err(|_| Mistake::Option("signal", "an AbortSignal")))
        .transpose()?;
    let mut warnings = Vec::new();
    if let Some(options) = options.dyn_ref::<Object>() {
        let names = Object::keys(options);
        let names = names.iter().filter_map(|name| name.as_string());
        let unknown = names.filter(|name| !NAMES.contains(&name.as_str()));
        warnings.extend(unknown.map(|name| {
            let meant = similar(&name, NAMES.into_iter());
            Mistake::UnknownOption(name, meant)
        }));
    }
    let parsed = Options {
        assets: text(options, "assets")?.unwrap_or_else(|| [server.trim_end_matches('/'), "/"].concat()),
        target: conversation.or(contact),
        buttons: flag(options, "buttons")?.unwrap_or(true),
        history: flag(options, "history")?.unwrap_or(false),
        shortcuts: flag(options, "shortcuts")?.unwrap_or(false),
        title: if flag(options, "title")? == Some(false) { Title::Kept } else { Title::Flashes },
        theme: theme(options, properties, &mut warnings)?,
        signal,
        sign_in: None,
    };
    let source = TokenFunction(source);
    Ok(MountRequest { server, source, hide_address: hide_address(options)?, options: parsed, warnings })
}

fn optional(options: &JsValue, name: &str) -> Option<JsValue> {
    Some(get(options, name)).filter(|value| !value.is_null() && !value.is_undefined())
}

fn text(options: &JsValue, name: &'static str) -> Result<Option<String>, Mistake> {
    optional(options, name).map(|value| value.as_string().ok_or(Mistake::Option(name, "text"))).transpose()
}

fn flag(options: &JsValue, name: &'static str) -> Result<Option<bool>, Mistake> {
    let flag = optional(options, name);
    flag.map(|value| value.as_bool().ok_or(Mistake::Option(name, "true or false"))).transpose()
}

fn hide_address(options: &JsValue) -> Result<Option<HideAddress>, Mistake> {
    let wrong = Mistake::Option("hideAddress", "\"never\", \"strangers\" or \"everybody\"");
    optional(options, "hideAddress").map(|value| from_js(&value).ok_or(wrong)).transpose()
}

fn theme(
    options: &JsValue,
    properties: impl Iterator<Item = &'static str> + Clone,
    warnings: &mut Vec<Mistake>,
) -> Result<Theme, Mistake> {
    let Some(theme) =
        optional(options, "theme").filter(|theme| theme.as_string().as_deref() != Some("classic"))
    else {
        return Ok(Theme::Classic);
    };
    let wrong = Mistake::Option("theme", "\"classic\" or an object of --mc- properties");
    let theme = theme.dyn_into::<Object>().map_err(|_| wrong)?;
    let mut chosen = Vec::new();
    for entry in Object::entries(&theme) {
        let pair: js_sys::Array = entry.unchecked_into();
        let Some(name) = pair.get(0).as_string() else { continue };
        if !properties.clone().any(|known| known == name) {
            let meant = similar(&name, properties.clone());
            warnings.push(Mistake::UnknownProperty(name, meant));
        } else if let Some(value) = pair.get(1).as_string() {
            chosen.push((name, value));
        } else {
            return Err(Mistake::Option("theme", "an object of texts"));
        }
    }
    Ok(Theme::Properties(chosen))
}
