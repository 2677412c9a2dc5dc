//! The frames of the socket, each one JSON text message with a `type`.
//! Never acknowledges by itself: acknowledgement is a signal between two machines.

use crate::read::{Json, Read, field};
use crate::words::{frames, objects};
use crate::{
    Call, CallId, Contact, DeviceId, ErrorBody, IceServer, LiveCall, Message, Offer, Signal, SignalBody,
    Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};

/// The version of this protocol, which `hello` announces. It grows when a server could not serve a client of the version
/// before; what is only added to frames and bodies changes nothing.
pub const PROTOCOL_VERSION: u32 = 1;

/// The versions that this server serves: an older client goes on after the server was updated.
pub const SERVED_VERSIONS: core::ops::RangeInclusive<u32> = 1..=PROTOCOL_VERSION;

/// What clients speak that announce nothing.
const fn first_version() -> u32 {
    1
}

/// Why a server closed a socket (RFC 6455 private range).
pub mod close_code {
    /// No valid `hello` within the time limit.
    pub const HELLO_TIMEOUT: u16 = 4001;
    /// The token was refused or has expired; refresh it and come back. Calls go on.
    pub const UNAUTHORIZED: u16 = 4003;
    /// The token is good, but nobody here has its `sub`: do not reconnect before that has changed.
    pub const UNKNOWN_USER: u16 = 4004;
    /// The server does not serve the client's version of the protocol, as an `error` frame before says: do not reconnect,
    /// but load the page again.
    pub const UNSUPPORTED_VERSION: u16 = 4005;
    /// The session was ended by its person: on another device, or in another tab. Whatever the device did is over.
    pub const SIGNED_OUT: u16 = 4011;
    /// The session was ended because the password was changed somewhere else.
    pub const PASSWORD_CHANGED: u16 = 4012;
    /// The session was ended because one of its refresh tokens, which are good once, came a second time: somebody has a
    /// copy of it.
    pub const TOKEN_REUSED: u16 = 4013;
    /// The session was ended by the server: its operator wanted it, or its person signed in at too many places.
    pub const SESSION_ENDED: u16 = 4014;
    /// A newer socket took over: of the same device or, when a person has more devices than there may be, of another one (then
    /// the one that was not used for longest goes). Do not reconnect before somebody uses this one.
    pub const REPLACED: u16 = 4009;
    /// The server stops; reconnect, elsewhere or in a moment. Every socket is told so, and requests that were begun are
    /// still finished (RFC 6455, section 7.4.1).
    pub const GOING_AWAY: u16 = 1001;
    /// A frame was larger than allowed.
    pub const TOO_LARGE: u16 = 1009;
    /// Said by a client: the page is being closed or left. Means the same as the 1001 of a browser that closes the socket by
    /// itself: unless the device is back in a moment, nobody is there any more, and its call is over.
    pub const LEFT: u16 = 4010;
    /// The client did not read fast enough; reconnect: the snapshot makes up for what it missed.
    pub const TOO_SLOW: u16 = 4008;
}

/// The first frame of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// The access token.
    pub token: String,
    /// The [`PROTOCOL_VERSION`] that the client speaks; 1 when left out. One that the server does not serve is refused by
    /// [`close_code::UNSUPPORTED_VERSION`].
    #[serde(default = "first_version")]
    pub protocol: u32,
    /// The device that connects.
    pub device_id: DeviceId,
    /// What the device calls itself ("Chromium on Linux"); at most 64 characters are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
    /// Whether the device wants [`ServerFrame::Alive`] every [`Welcome::proof_seconds`]: what it cannot see is whether
    /// an open socket still leads anywhere.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub proofs: bool,
}

frames! {
    /// What a client sends.
    #[serde(bound(deserialize = "Signal<B>: Deserialize<'de>"))]
    pub enum ClientFrame<B = SignalBody> {
        /// Who connects; answered with [`ServerFrame::Welcome`].
        Hello "hello" (Hello),
        /// A signal for the other side of a call.
        Signal "signal" {
            /// Which call.
            call_id: CallId,
            /// The signal.
            #[cfg_attr(feature = "openapi", schema(value_type = Signal))]
            signal_data: Signal<B>,
        },
        /// A newer token of the same person, before the last one expires.
        Token "token" {
            /// The access token.
            token: String,
        },
        /// Media of the other side flows here; sent at the first media and every 10 s.
        MediaFlowing "media_flowing" {
            /// Which call.
            call_id: CallId,
        },
        /// Does the server still hear this socket? Answered at once by [`ServerFrame::Alive`]. Only for a server whose
        /// welcome has [`Welcome::proof_seconds`].
        Probe "probe" {
            /// Comes back in the answer: what was on its way before proves nothing.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            number: Option<u32>,
        },
        /// Media of the other side, which flowed here, does not arrive any more: they give no sign of life.
        MediaSilent "media_silent" {
            /// Which call.
            call_id: CallId,
        },
    }
}

/// The snapshot: everything about calls that a device needs to be right at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct Welcome<D = Offer> {
    /// You.
    pub user: User,
    /// Calls of yours that ring or run.
    #[serde(default = "Vec::new")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<LiveCall>))]
    pub live_calls: Vec<LiveCall<D>>,
    /// Calls of yours that ended within the last two minutes, to learn how; the 32 that ended last, newest first.
    #[serde(default)]
    pub ended_calls: Vec<Call>,
    /// When there are any: the whole list that peer connections are configured with, in place of the configuration's.
    /// Its credentials are yours and expire; each welcome brings fresh ones, and so does [`ServerFrame::IceServers`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ice_servers: Vec<IceServer>,
    /// A device whose [`Hello::proofs`] asked for it hears [`ServerFrame::Alive`] at least this often, and may
    /// [`ClientFrame::Probe`]; whoever hears nothing for clearly longer should probe, and connect anew when that is not
    /// answered. Nothing for a device that did not ask, and from a server that is older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_seconds: Option<u32>,
}

frames! {
    /// What a server sends.
    #[serde(bound(deserialize = "Signal<B>: Deserialize<'de>, D: Deserialize<'de>"))]
    pub enum ServerFrame<B = SignalBody, D = Offer> {
        /// You are signed in; the snapshot.
        #[cfg_attr(feature = "openapi", schema(value_type = Welcome))]
        Welcome "welcome" (Welcome<D>),
        /// Somebody calls you.
        #[cfg_attr(feature = "openapi", schema(value_type = LiveCall))]
        CallRinging "call_ringing" (LiveCall<D>),
        /// A callee's device took the call; `seats` says which.
        #[cfg_attr(feature = "openapi", schema(value_type = LiveCall))]
        CallAnswered "call_answered" (LiveCall<D>),
        /// The callee said no.
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
            /// Whom it is for: you.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(value_type = UserId, required = true))]
            recipient_id: Option<UserId>,
            /// When the server passed it on.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(value_type = Timestamp, required = true))]
            timestamp: Option<Timestamp>,
            /// The signal.
            #[cfg_attr(feature = "openapi", schema(value_type = Signal))]
            signal_data: Signal<B>,
        },
        /// One more device of the callee began to ring (to the caller's seated device).
        DeviceRinging "device_ringing" {
            /// Which call.
            call_id: CallId,
            /// The device.
            device_id: DeviceId,
            /// Whether the device was given an offer with the ring.
            offer_known: bool,
        },
        /// A contact came or went.
        Presence "presence" {
            /// Who.
            user_id: UserId,
            /// Whether at least one of their devices is connected.
            online: bool,
        },
        /// A message in one of your conversations, your own from other devices included.
        Message "message" {
            /// The message.
            message: Message,
        },
        /// A contact was asked for, accepted or changed.
        Contact "contact" {
            /// The contact as it is now.
            contact: Contact,
        },
        /// A contact is no longer on your list.
        ContactRemoved "contact_removed" {
            /// Who.
            user_id: UserId,
        },
        /// The token of this socket expires soon: send another one, or the socket is closed with [`close_code::UNAUTHORIZED`].
        TokenExpiring "token_expiring" {
            /// How long it is still good.
            seconds: u32,
        },
        /// Fresh credentials before those of the welcome expire.
        IceServers "ice_servers" {
            /// The whole list that peer connections are configured with from now on.
            ice_servers: Vec<IceServer>,
        },
        /// The server hears this socket: sent every [`Welcome::proof_seconds`] to a device that asked for it, and as the
        /// answer to [`ClientFrame::Probe`].
        Alive "alive" {
            /// The number of the probe that this answers.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            answers: Option<u32>,
        },
        /// A frame of yours could not be used; the socket lives.
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

objects! {
    Welcome { user, live_calls or default, ended_calls or default, ice_servers or default, proof_seconds or nothing }
}
