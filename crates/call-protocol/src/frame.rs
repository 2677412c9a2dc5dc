//! The frames of the socket, each a JSON text message with a `type`. Never acknowledges anything:
//! acknowledgements are signals between two machines.

use crate::macros::{readers, tagged_enum};
use crate::read::{Json, Read, field};
use crate::{
    Call, CallId, Contact, DeviceId, ErrorBody, IceServer, LiveCall, Message, Offer, Signal, SignalBody,
    Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};

/// The version of this protocol that `hello` announces. It is raised only when a server cannot serve clients of
/// the version before; additional frames and fields do not change it.
pub const PROTOCOL_VERSION: u32 = 1;

/// The versions that this server supports, so that older clients keep working after a server update.
pub const SERVED_VERSIONS: core::ops::RangeInclusive<u32> = 1..=PROTOCOL_VERSION;

/// The version of clients that announce none.
const fn first_version() -> u32 {
    1
}

/// Why a socket was closed (RFC 6455, private range).
pub mod close_code {
    /// No valid `hello` within the time limit.
    pub const HELLO_TIMEOUT: u16 = 4001;
    /// The token was rejected or has expired: refresh it and reconnect. Calls continue.
    pub const UNAUTHORIZED: u16 = 4003;
    /// The token is valid, but the server has no user with its `sub`: do not reconnect before that changes.
    pub const UNKNOWN_USER: u16 = 4004;
    /// The server does not support the client's protocol version, as an `error` frame before this said: do not
    /// reconnect, but reload the page.
    pub const UNSUPPORTED_VERSION: u16 = 4005;
    /// The person signed this session out, on another device or in another tab. The device has left its call.
    pub const SIGNED_OUT: u16 = 4011;
    /// The session ended because the password was changed elsewhere.
    pub const PASSWORD_CHANGED: u16 = 4012;
    /// The session ended because one of its refresh tokens, which are valid once, was used a second time:
    /// somebody has a copy.
    pub const TOKEN_REUSED: u16 = 4013;
    /// The server ended the session: by its operator, or because the person has too many sessions.
    pub const SESSION_ENDED: u16 = 4014;
    /// Replaced by a newer socket: of the same device or, if the person has more devices than allowed, of
    /// another one (the device that was used least recently is disconnected). Do not reconnect before somebody
    /// uses this device.
    pub const REPLACED: u16 = 4009;
    /// The server is shutting down: reconnect, to another node or in a moment. Every socket is closed with this
    /// code, and requests that have started are completed (RFC 6455, section 7.4.1).
    pub const GOING_AWAY: u16 = 1001;
    /// A frame was larger than allowed.
    pub const TOO_LARGE: u16 = 1009;
    /// Sent by a client: its page is being closed or reloaded. Means the same as the 1001 of a browser that closes the
    /// socket by itself: unless the device is back in a moment, it has left its call.
    pub const LEFT: u16 = 4010;
    /// The client did not read fast enough: reconnect, and the snapshot contains what it missed.
    pub const TOO_SLOW: u16 = 4008;
}

/// The first frame of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// The access token.
    pub token: String,
    /// The [`PROTOCOL_VERSION`] of the client; 1 if left out. A version that the server does not support is
    /// refused with [`close_code::UNSUPPORTED_VERSION`].
    #[serde(default = "first_version")]
    pub protocol: u32,
    /// The device that connects.
    pub device_id: DeviceId,
    /// The device's own label ("Chromium on Linux"); at most 64 characters are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
    /// Whether the device wants a [`ServerFrame::Alive`] every [`Welcome::proof_seconds`]: a browser's
    /// WebSocket does not show whether an open socket still works.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub proofs: bool,
}

tagged_enum! {
    /// What a client sends.
    #[serde(bound(deserialize = "Signal<B>: Deserialize<'de>"))]
    pub enum ClientFrame<B = SignalBody> {
        /// Signs in; answered with [`ServerFrame::Welcome`].
        Hello "hello" (Hello),
        /// A signal for the other side of a call.
        Signal "signal" {
            /// Which call.
            call_id: CallId,
            /// The signal.
            #[cfg_attr(feature = "openapi", schema(value_type = Signal))]
            signal_data: Signal<B>,
        },
        /// A newer token of the same person, sent before the previous one expires.
        Token "token" {
            /// The access token.
            token: String,
        },
        /// Media of the other side is arriving; sent when it first does, and every 10 s.
        MediaFlowing "media_flowing" {
            /// Which call.
            call_id: CallId,
        },
        /// Asks whether the server still receives from this socket; answered at once with
        /// [`ServerFrame::Alive`]. Only for a server whose welcome has [`Welcome::proof_seconds`].
        Probe "probe" {
            /// Returned in the answer, since a frame that was sent before the probe proves nothing.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            number: Option<u32>,
        },
        /// Media of the other side was arriving and has stopped: no sign of life from that device.
        MediaSilent "media_silent" {
            /// Which call.
            call_id: CallId,
        },
    }
}

/// The snapshot: everything about calls that a device needs to have the correct state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Welcome<D = Offer> {
    /// You.
    pub user: User,
    /// Your calls that are ringing or active.
    #[serde(default = "Vec::new")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<LiveCall>))]
    pub live_calls: Vec<LiveCall<D>>,
    /// Your calls that ended within the last two minutes, with their reasons; at most 32, newest first.
    #[serde(default)]
    pub ended_calls: Vec<Call>,
    /// If not empty: the complete list of ICE servers for peer connections, instead of the one in the
    /// configuration. The credentials are personal and expire; every welcome brings new ones, and so does
    /// [`ServerFrame::IceServers`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ice_servers: Vec<IceServer>,
    /// A device that set [`Hello::proofs`] receives [`ServerFrame::Alive`] at least this often and may send
    /// [`ClientFrame::Probe`]. A device that receives nothing for clearly longer should probe, and reconnect if
    /// the probe is not answered. Absent for devices that did not ask, and from older servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_seconds: Option<u32>,
}

tagged_enum! {
    /// What a server sends.
    #[serde(bound(deserialize = "Signal<B>: Deserialize<'de>, D: Deserialize<'de>"))]
    pub enum ServerFrame<B = SignalBody, D = Offer> {
        /// You are signed in; contains the snapshot.
        #[cfg_attr(feature = "openapi", schema(value_type = Welcome))]
        Welcome "welcome" (Welcome<D>),
        /// Somebody is calling you.
        #[cfg_attr(feature = "openapi", schema(value_type = LiveCall))]
        CallRinging "call_ringing" (LiveCall<D>),
        /// One of the callee's devices answered; `seats` says which.
        #[cfg_attr(feature = "openapi", schema(value_type = LiveCall))]
        CallAnswered "call_answered" (LiveCall<D>),
        /// The callee declined.
        CallDeclined "call_declined" {
            /// The call as it is now.
            call: Call,
        },
        /// The call is over.
        CallEnded "call_ended" {
            /// The call as it is now.
            call: Call,
        },
        /// A signal from the other side.
        Signal "signal" {
            /// Which call.
            call_id: CallId,
            /// Who sent it.
            sender_id: UserId,
            /// The recipient: you.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(value_type = UserId, required = true))]
            recipient_id: Option<UserId>,
            /// When the server forwarded it.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(value_type = Timestamp, required = true))]
            timestamp: Option<Timestamp>,
            /// The signal.
            #[cfg_attr(feature = "openapi", schema(value_type = Signal))]
            signal_data: Signal<B>,
        },
        /// Another device of the callee began to ring; sent to the caller's device in the call.
        DeviceRinging "device_ringing" {
            /// Which call.
            call_id: CallId,
            /// The device.
            device_id: DeviceId,
            /// Whether the device received an offer with the ring.
            offer_known: bool,
            /// Whether it may answer an offer made to it while it rings, as one of [`LiveCall::also_warm`]; left out for `false`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            also_warm: Option<bool>,
        },
        /// A contact went online or offline.
        Presence "presence" {
            /// The contact.
            user_id: UserId,
            /// Whether at least one of their devices is connected.
            online: bool,
        },
        /// A message in one of your conversations, including your own from other devices.
        Message "message" {
            /// The message.
            message: Message,
        },
        /// A contact was requested, accepted or changed.
        Contact "contact" {
            /// The contact as it is now.
            contact: Contact,
        },
        /// A contact is no longer on your list.
        ContactRemoved "contact_removed" {
            /// The person.
            user_id: UserId,
        },
        /// This socket's token expires soon: send a new one, or the socket is closed with
        /// [`close_code::UNAUTHORIZED`].
        TokenExpiring "token_expiring" {
            /// Seconds until it expires.
            seconds: u32,
        },
        /// New credentials, sent before those of the welcome expire.
        IceServers "ice_servers" {
            /// The complete list of ICE servers for peer connections from now on.
            ice_servers: Vec<IceServer>,
        },
        /// The server receives from this socket: sent every [`Welcome::proof_seconds`] to a device that asked
        /// for it, and in answer to [`ClientFrame::Probe`].
        Alive "alive" {
            /// The number of the probe that this answers.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            answers: Option<u32>,
        },
        /// A frame of yours could not be processed; the socket stays open.
        Error "error" {
            /// What was wrong.
            error: ErrorBody,
            /// The call that the frame was about, if any.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            call_id: Option<CallId>,
        },
    }
}

impl Read for Hello {
    fn read(json: &impl Json) -> Option<Self> {
        Some(Self {
            token: field(json, "token")?,
            protocol: field::<Option<u32>>(json, "protocol")?.unwrap_or_else(first_version),
            device_id: field(json, "device_id")?,
            device_label: field(json, "device_label")?,
            proofs: field::<Option<bool>>(json, "proofs")?.unwrap_or_default(),
        })
    }
}

readers! {
    Welcome { user, live_calls or default, ended_calls or default, ice_servers or default, proof_seconds or nothing }
}
