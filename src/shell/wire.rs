//! Reads the protocol's values from plain JavaScript objects, as `JSON.parse` makes them; unknown fields are ignored, and
//! what a newer server says in words of its own hides nothing beside it: an element of a list is left out, a remark is
//! taken for missing, and the console has a line.
//! Listed here rather than derived: what serde derives for reading them takes four times the code. A field that is
//! missing in a list does not compile; a test compares each value with what serde writes.
//! Never decides what a value means.

use super::js::{get, get_text};
use call_protocol::*;
use core::cell::RefCell;
use wasm_bindgen::JsValue;

/// What can be read from a JavaScript value.
pub trait FromJs: Sized {
    /// The value; nothing when it is something else.
    fn from_js(value: &JsValue) -> Option<Self>;
}

/// A value read from JSON text.
pub fn from_json<T: FromJs>(text: &str) -> Option<T> {
    T::from_js(&js_sys::JSON::parse(text).ok()?)
}

/// A field of an object; a missing one is read from `undefined`.
pub fn field<T: FromJs>(object: &JsValue, name: &str) -> Option<T> {
    T::from_js(&get(object, name))
}

impl FromJs for String {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_string()
    }
}

impl FromJs for bool {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJs for u32 {
    fn from_js(value: &JsValue) -> Option<Self> {
        let number = value.as_f64()?;
        let whole = number as Self;
        (f64::from(whole) == number).then_some(whole)
    }
}

impl FromJs for u16 {
    fn from_js(value: &JsValue) -> Option<Self> {
        u32::from_js(value)?.try_into().ok()
    }
}

impl<T: FromJs> FromJs for Option<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        if value.is_null() || value.is_undefined() { Some(None) } else { T::from_js(value).map(Some) }
    }
}

impl<T: FromJs> FromJs for Vec<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        let values = js_sys::Array::is_array(value).then(|| js_sys::Array::from(value))?;
        let read = |value| {
            let read = T::from_js(&value);
            if read.is_none() {
                unread(core::any::type_name::<T>());
            }
            read
        };
        Some(values.iter().filter_map(read).collect())
    }
}

thread_local! {
    /// What was told of already: the same list is read again and again.
    static UNREAD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// One line for each kind of thing that could not be read; not more kinds than a server of ours may have.
pub(in crate::shell) fn unread(what: &str) {
    let is_new = UNREAD.with_borrow_mut(|told| {
        let is_new = told.len() < 50 && !told.iter().any(|known| known == what);
        if is_new {
            told.push(what.to_owned());
        }
        is_new
    });
    if is_new {
        let line =
            ["Messenger Calls: the server sent a ", what, " that this version cannot read; it is left out"];
        web_sys::console::warn_1(&line.concat().into());
    }
}

/// Texts with a type of their own.
macro_rules! texts {
    ($($name:ident)+) => {
        $(impl FromJs for $name {
            fn from_js(value: &JsValue) -> Option<Self> {
                value.as_string().map($name)
            }
        })+
    };
}

/// Words out of a list; others are not understood, unless a variant stands for them.
macro_rules! words {
    ($($name:ident { $($word:literal $variant:ident)+ $(else $other:ident)? })+) => {
        $(impl FromJs for $name {
            fn from_js(value: &JsValue) -> Option<Self> {
                match value.as_string()?.as_str() {
                    $($word => Some(Self::$variant),)+
                    _ => words!(@ $($other)?),
                }
            }
        })+
    };
    (@ $other:ident) => { Some(Self::$other) };
    (@) => { None };
}

/// Objects, by their fields. The name in the JSON stands after those that are called otherwise there; `or default`
/// after those that may be missing without being optional, `or lenient` where the rest is of use also if such a one cannot
/// be read; `or nothing` after optional ones without which the rest is
/// still true and of use.
macro_rules! objects {
    ($($name:ident { $($field:ident $($wire:literal)? $(or $default:ident)?,)+ })+) => {
        $(impl FromJs for $name {
            fn from_js(value: &JsValue) -> Option<Self> {
                Some(Self { $($field: objects!(= value, objects!(@ $field $($wire)?) $(, $default)?),)+ })
            }
        })+
    };
    (= $value:ident, $name:expr) => { field($value, $name)? };
    (= $value:ident, $name:expr, nothing) => { field::<Option<_>>($value, $name).flatten() };
    (= $value:ident, $name:expr, lenient) => { field::<Option<_>>($value, $name).flatten().unwrap_or_default() };
    (= $value:ident, $name:expr, default) => { field::<Option<_>>($value, $name)?.unwrap_or_default() };
    (@ $field:ident $wire:literal) => { $wire };
    (@ $field:ident) => { stringify!($field) };
}

texts! { CallId ConversationId DeviceId MessageId SessionId UserId Timestamp }

words! {
    CallType { "audio" Audio "video" Video }
    CallRole { "caller" Caller "callee" Callee }
    CallStatus {
        "ringing" Ringing "active" Active "ended" Ended "declined" Declined "missed" Missed "failed" Failed
    }
    CallOutcome { "completed" Completed "declined" Declined "missed" Missed "failed" Failed }
    ContactState { "accepted" Accepted "incoming" Incoming "outgoing" Outgoing }
    MessageType { "text" Text "system" System }
    HideAddress { "never" Never "strangers" Strangers "everybody" Everybody }
    WhoRegisters { "open" Open "invite" Invite "closed" Closed else Closed }
    ErrorCode {
        "malformed_json" MalformedJson
        "invalid_request" InvalidRequest
        "unknown_frame" UnknownFrame
        "too_large" TooLarge
        "unauthorized" Unauthorized
        "token_expired" TokenExpired
        "unknown_user" UnknownUser
        "invalid_credentials" InvalidCredentials
        "name_taken" NameTaken
        "registration_closed" RegistrationClosed
        "invitation_needed" InvitationNeeded
        "invitation_unknown" InvitationUnknown
        "invitation_spent" InvitationSpent
        "invitation_expired" InvitationExpired
        "weak_password" WeakPassword
        "not_found" NotFound
        "conversation_not_found" ConversationNotFound
        "call_not_found" CallNotFound
        "wrong_state" WrongState
        "answered_elsewhere" AnsweredElsewhere
        "already_in_call" AlreadyInCall
        "busy" Busy
        "peer_offline" PeerOffline
        "blocked_by_you" BlockedByYou
        "calls_disabled" CallsDisabled
        "method_not_allowed" MethodNotAllowed
        "rate_limited" RateLimited
        "idempotency_key_reused" IdempotencyKeyReused
        "unavailable" Unavailable
        "storage_full" StorageFull
        "internal" Internal
        else Unknown
    }
}

impl FromJs for EndReason {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_string().map(|word| Self::from_word(&word))
    }
}

objects! {
    User { id, username, display_name, display_picture_url or nothing, }
    Call {
        id, conversation_id, initiator_id, call_type, status, started_at, ended_at, error_reason, created_at,
        updated_at, duration_seconds or nothing,
    }
    LiveCall { call, peer, role, seats or default, warm_device, offer or nothing, ring_ms_left or nothing, relay_only or default, }
    RingOffer { generation, from_device, data, }
    SessionDescription { sdp, }
    IceCandidate {
        candidate, sdp_mid "sdpMid" or nothing, sdp_m_line_index "sdpMLineIndex" or nothing,
        username_fragment "usernameFragment" or nothing,
    }
    Welcome { user, live_calls or default, ended_calls or default, ice_servers or default, proof_seconds or nothing, }
    ErrorBody { code, message, call or nothing, retry_after or nothing, }
    ErrorEnvelope { error, }
    Contact { user, state, conversation_id, online, }
    Settings { silence_unknown_callers, hide_address or lenient, has_relay or lenient, }
    Message { id, conversation_id, sender_id, content, message_type, metadata, created_at, }
    CallMetadata { system_type, call_id, call_type, duration_seconds or nothing, status, reason, initiator_id, }
    MessagePage { messages, next, }
    OwnSession { id, device or nothing, network or nothing, created_at, used_at, current, }
    HistoryEntry { call, peer, role, }
    CallHistory { calls, next, }
    IceServer { urls, username, credential, }
    ClientConfig { calls_enabled, ring_seconds, ice_servers, demo or default, accounts_elsewhere or default, registration or default, }
    Session { user, access_token, expires_in, refresh_token, device_proof or nothing, }
}

impl FromJs for Offer {
    fn from_js(value: &JsValue) -> Option<Self> {
        FromJs::from_js(value).map(Self)
    }
}

impl FromJs for Signal {
    fn from_js(value: &JsValue) -> Option<Self> {
        let data = get(value, "data");
        let body = match get_text(value, "type")?.as_str() {
            "offer" => SignalBody::Offer(FromJs::from_js(&data)?),
            "answer" => SignalBody::Answer(FromJs::from_js(&data)?),
            "ice_candidate" => SignalBody::IceCandidate(FromJs::from_js(&data)?),
            "ack" => SignalBody::Ack { seq: field(&data, "seq")? },
            _ => return None,
        };
        Some(Self {
            body,
            generation: field(value, "generation")?,
            seq: field(value, "seq")?,
            from_device: field(value, "from_device")?,
            to_device: field(value, "to_device")?,
        })
    }
}

impl FromJs for Seat {
    fn from_js(value: &JsValue) -> Option<Self> {
        Some(Self {
            user_id: field(value, "user_id")?,
            device_id: field(value, "device_id")?,
            device_label: field(value, "device_label")?,
            reliable: field::<Option<bool>>(value, "reliable")?.unwrap_or(true),
        })
    }
}
