//! Bodies of the REST requests and replies.
//! Replies to `initiate`, `answer` and `active` are a [`CallReply`]; to `decline` and `end` a [`crate::Call`].

use crate::words::{objects, words};
use crate::{
    Call, CallRole, CallType, ConversationId, EndReason, LiveCall, Message, Offer, RingOffer, SessionId,
    Timestamp, User,
};
use serde::{Deserialize, Serialize};

/// The request header in which a device names itself.
pub const DEVICE_HEADER: &str = "x-device-id";

/// The request header that makes a second try harmless: the same request with the same key is done once (the IETF draft
/// "The Idempotency-Key HTTP Header Field"). Read by `initiate` and by the posting of messages.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// `POST /api/calls/initiate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct InitiateCall<D = Offer> {
    /// Where to call.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// The first offer, so that the transport can be warmed while it rings.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<RingOffer>))]
    pub offer: Option<RingOffer<D>>,
}

/// The reply to `initiate`, `answer` and `active`: the call's own fields, for plain clients, and
/// beside them what a device needs to know. Read as a [`LiveCall`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct CallReply<D = Offer> {
    /// The call's own fields.
    #[serde(flatten)]
    row: Call,
    /// Everything, the call among it.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = LiveCall))]
    live: LiveCall<D>,
}

impl<D> From<LiveCall<D>> for CallReply<D> {
    fn from(live: LiveCall<D>) -> Self {
        Self { row: live.call.clone(), live }
    }
}

/// `POST /api/calls/{id}/end`; the whole body may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndCall {
    /// Why, when a machine and not a person ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// Whether media of the other side arrived here: the same as a `media_flowing` just before, which this may overtake.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub talked: bool,
}

/// One line of the call history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// The call.
    pub call: Call,
    /// The other person.
    pub peer: User,
    /// Whether the reader called or was called.
    pub role: CallRole,
}

/// `GET /api/calls/history?before=…`: at most 50 calls, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallHistory {
    /// The calls.
    pub calls: Vec<HistoryEntry>,
    /// Hand this back as `before` to read on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One entry of RTCConfiguration's `iceServers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IceServer {
    /// STUN or TURN addresses.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// `GET /api/config`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientConfig {
    /// The feature flag of the whole capability.
    pub calls_enabled: bool,
    /// How long a call rings, in seconds.
    pub ring_seconds: u32,
    /// What peer connections are configured with; TURN servers, whose credentials are personal, only for a request with
    /// a valid token.
    pub ice_servers: Vec<IceServer>,
    /// Whether the demo accounts exist.
    #[serde(default)]
    pub demo: bool,
    /// Whether an application keeps accounts and contacts and signs people in itself: the addresses for that do not exist
    /// then.
    #[serde(default)]
    pub accounts_elsewhere: bool,
    /// Who may make an account.
    #[serde(default)]
    pub registration: WhoRegisters,
}
words! {
    /// Who may make an account.
    #[derive(Default)]
    pub enum WhoRegisters {
        /// Anybody; so it was before servers said it.
        #[default]
        Open "open",
        /// Whoever has an invitation.
        Invite "invite",
        _
        /// Nobody.
        Closed "closed",
    }
}

/// `POST /api/auth/invitation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownInvitation {
    /// What stands in the invitation's link.
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub invitation: String,
}

/// `POST /api/auth/register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registration {
    /// The unique name: 3 to 32 of a-z, 0-9, dot, dash, underscore; capitals are taken for small letters.
    #[cfg_attr(feature = "openapi", schema(pattern = "^ *[A-Za-z0-9._-]{3,32} *$"))]
    pub username: String,
    /// The name shown; the unique name when left out. It has a letter or a digit, and no invisible or control characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub display_name: Option<String>,
    /// At least 8 characters, at most 1,024 bytes of UTF-8, and none that others guess first.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 1024))]
    pub password: String,
    /// What stands in the link of an invitation, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub invitation: Option<String>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credentials {
    /// The unique name; capitals are taken for small letters.
    pub username: String,
    /// The password.
    pub password: String,
    /// The `device_proof` of this device's last sign-in by this name: others who guess at the account's password do not keep
    /// such a device waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_proof: Option<String>,
}

/// `POST /api/auth/refresh` and `POST /api/auth/logout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefreshToken {
    /// The token that `register`, `login` or the last `refresh` gave.
    pub refresh_token: String,
}

/// `DELETE /api/me`: the account is gone for good, and others keep the calls and messages that they shared with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteAccount {
    /// The account's password once more.
    pub password: String,
}

/// `PUT /api/me/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The password as it is now.
    pub current_password: String,
    /// The new one: 8 to 1,024 bytes of UTF-8.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 1024))]
    pub new_password: String,
}

/// A place where the asker is signed in, of `GET /api/me/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnSession {
    /// Which one.
    pub id: SessionId,
    /// What the program says it is, in short ("Firefox on Linux"); absent when it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The network that it was last used from: an IPv4 address, or a prefix of IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// When it was signed in.
    pub created_at: Timestamp,
    /// When its tokens were last renewed, which a program that runs does every few minutes.
    pub used_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The reply to a sign-in: who you are and the two tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// You.
    pub user: User,
    /// The short-lived JWT for `Authorization: Bearer` and the socket.
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// Good for one refresh.
    pub refresh_token: String,
    /// Proves, at the next sign-in, that this device has signed in before. It is no secret of the account: keep it when the
    /// session is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_proof: Option<String>,
}

/// `POST /api/contacts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddContact {
    /// The other person's unique name.
    pub username: String,
}

/// `POST /api/conversations/{id}/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostMessage {
    /// The text: 1 to 4,000 characters, not only blanks, and no NUL.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub content: String,
}

/// `GET /api/conversations/{id}/messages?before=…`: at most 50 messages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Hand this back as `before` for older ones; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

objects! {
    MessagePage { messages, next }
    OwnSession { id, device or nothing, network or nothing, created_at, used_at, current }
    HistoryEntry { call, peer, role }
    CallHistory { calls, next }
    IceServer { urls, username, credential }
    ClientConfig { calls_enabled, ring_seconds, ice_servers, demo or default, accounts_elsewhere or default, registration or default, }
    Session { user, access_token, expires_in, refresh_token, device_proof or nothing }
}
