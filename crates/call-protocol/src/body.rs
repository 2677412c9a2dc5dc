//! Bodies of the REST requests and replies.
//! Replies to `initiate`, `answer` and `active` are a [`CallReply`]; to `decline` and `end` a [`crate::Call`].

use crate::macros::{readers, string_enum};
use crate::{
    Call, CallRole, CallType, ConversationId, EndReason, LiveCall, Message, Offer, RingOffer, SessionId,
    Timestamp, User,
};
use serde::{Deserialize, Serialize};

/// The request header in which a device names itself.
pub const DEVICE_HEADER: &str = "x-device-id";

/// The request header that makes a retry harmless: the same request with the same key is carried out once (the
/// IETF draft "The Idempotency-Key HTTP Header Field"). Honoured by `initiate` and when a message is posted.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// `POST /api/calls/initiate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct InitiateCall<D = Offer> {
    /// The conversation to call in.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// The first offer, so that the transport can connect while it rings.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<RingOffer>))]
    pub offer: Option<RingOffer<D>>,
}

/// The reply to `initiate`, `answer` and `active`: the call's own fields for plain clients, and everything else
/// that a device needs to know beside them. Read as a [`LiveCall`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct CallReply<D = Offer> {
    /// The call's own fields.
    #[serde(flatten)]
    row: Call,
    /// Everything, including the call.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndCall {
    /// The reason, if the client and not a person ended the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// Whether media of the other side arrived here. Has the effect of a `media_flowing` frame sent just
    /// before, which this request might overtake.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub talked: bool,
}

/// One entry of the call history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    /// The call.
    pub call: Call,
    /// The other person.
    pub peer: User,
    /// Whether the reader was the caller or the callee.
    pub role: CallRole,
}

/// `GET /api/calls/history?before=…`: at most 50 calls, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallHistory {
    /// The calls.
    pub calls: Vec<HistoryEntry>,
    /// Pass this as `before` to get the next page; absent on the last page.
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
    /// Whether calls are enabled on this server.
    pub calls_enabled: bool,
    /// How long a call rings, in seconds.
    pub ring_seconds: u32,
    /// The ICE servers for peer connections. TURN servers have personal credentials and are included only in
    /// the reply to a request with a valid token.
    pub ice_servers: Vec<IceServer>,
    /// Whether the demo accounts exist.
    #[serde(default)]
    pub demo: bool,
    /// Whether an application manages accounts and contacts and signs people in itself. The addresses for that
    /// do not exist on this server then.
    #[serde(default)]
    pub accounts_elsewhere: bool,
    /// Who may create an account.
    #[serde(default)]
    pub registration: WhoRegisters,
}
string_enum! {
    /// Who may create an account.
    #[derive(Default)]
    pub enum WhoRegisters {
        /// Anybody; assumed of servers that do not state it.
        #[default]
        Open "open",
        /// Anybody with an invitation.
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
    /// The secret part of the invitation's link.
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub invitation: String,
}

/// `POST /api/auth/register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Registration {
    /// The unique name: 3 to 32 of a-z, 0-9, dot, dash, underscore; capitals are converted to small letters.
    #[cfg_attr(feature = "openapi", schema(pattern = "^ *[A-Za-z0-9._-]{3,32} *$"))]
    pub username: String,
    /// The display name; the unique name if left out. Has at least one letter or digit, and no invisible or
    /// control characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub display_name: Option<String>,
    /// At least 8 characters, at most 1,024 bytes of UTF-8, and not one of the most common passwords.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 1024))]
    pub password: String,
    /// The secret part of an invitation's link, if the server requires one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub invitation: Option<String>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credentials {
    /// The unique name; capitals are converted to small letters.
    pub username: String,
    /// The password.
    pub password: String,
    /// The `device_proof` of this device's last sign-in under this name. A device that proves an earlier
    /// sign-in is not slowed down by other people's failed attempts on the account.
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

/// `DELETE /api/me`: deletes the account for good. Other people keep the calls and messages that they shared
/// with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteAccount {
    /// The account's password, to confirm.
    pub password: String,
}

/// `PUT /api/me/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The current password.
    pub current_password: String,
    /// The new password: 8 to 1,024 bytes of UTF-8.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 1024))]
    pub new_password: String,
}

/// A session of the signed-in person, in `GET /api/me/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnSession {
    /// Which one.
    pub id: SessionId,
    /// A short name of the client ("Firefox on Linux"); absent if the client states none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The network that it was last used from: an IPv4 address, or an IPv6 prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// When it was signed in.
    pub created_at: Timestamp,
    /// When its tokens were last refreshed; a running client does that every few minutes.
    pub used_at: Timestamp,
    /// Whether it is the session of this request.
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
    /// Valid for one refresh.
    pub refresh_token: String,
    /// Proves at the next sign-in that this device has signed in before. It gives no access to the account:
    /// keep it after signing out.
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
    /// The text: 1 to 4,000 characters, not only white space, and no NUL.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub content: String,
}

/// `GET /api/conversations/{id}/messages?before=…`: at most 50 messages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// Pass this as `before` to get older messages; absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

readers! {
    MessagePage { messages, next }
    OwnSession { id, device or nothing, network or nothing, created_at, used_at, current }
    HistoryEntry { call, peer, role }
    CallHistory { calls, next }
    IceServer { urls, username, credential }
    ClientConfig { calls_enabled, ring_seconds, ice_servers, demo or default, accounts_elsewhere or default, registration or default, }
    Session { user, access_token, expires_in, refresh_token, device_proof or nothing }
}
