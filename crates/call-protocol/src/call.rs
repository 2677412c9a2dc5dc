//! A call on the wire: its row, its statuses with their one transition table, and the reasons for its end.
//! Never decides who may change a call: the server's rules do.

use crate::macros::{readers, string_enum};
use crate::read::{Json, Read, field};
use crate::{CallId, ConversationId, DeviceId, Offer, User, UserId};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};

/// A point in time in UTC as RFC 3339 text, as the database stores it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", schema(format = DateTime, examples("2026-01-01T00:00:00.000Z")))]
pub struct Timestamp(pub String);
string_enum! {
    /// Whether a call was started with the microphone only, or with the camera too.
    pub enum CallType {
        /// A voice call.
        Audio "audio",
        /// A video call.
        Video "video",
    }
}
string_enum! {
    /// The six statuses of a call's row.
    pub enum CallStatus {
        /// The callee's devices ring.
        Ringing "ringing",
        /// Somebody answered; media may still be connecting.
        Active "active",
        /// Hung up after talking.
        Ended "ended",
        /// The callee declined.
        Declined "declined",
        /// Nobody answered, the caller cancelled, or the callee was busy.
        Missed "missed",
        /// Answered, but never connected, or ended for a technical reason.
        Failed "failed",
    }
}

impl CallStatus {
    /// The one transition table: whether a call in this status may change to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Ringing => matches!(next, Self::Active | Self::Declined | Self::Missed | Self::Failed),
            Self::Active => matches!(next, Self::Ended | Self::Failed),
            Self::Ended | Self::Declined | Self::Missed | Self::Failed => false,
        }
    }

    /// Whether the call is ringing or active.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Ringing | Self::Active => true,
            Self::Ended | Self::Declined | Self::Missed | Self::Failed => false,
        }
    }
}
string_enum! {
    /// Why a call ended, where its status alone does not say; the row's `error_reason`.
    pub enum EndReason {
        /// The caller cancelled before anybody answered.
        Cancelled "cancelled",
        /// The callee was in another call.
        Busy "busy",
        /// Nobody answered within the ring time.
        NoAnswer "no_answer",
        /// The caller's device disappeared while it rang.
        CallerGone "caller_gone",
        /// Answered, but no connection was established in time.
        ConnectTimeout "connect_timeout",
        /// A connected call lost its connection and could not restore it.
        ConnectionLost "connection_lost",
        /// A browser rejected an offer or an answer.
        NegotiationFailed "negotiation_failed",
        /// The caller's microphone was not available.
        MediaFailed "media_failed",
        /// Neither device was heard from for too long.
        LeaseExpired "lease_expired",
        /// Replaced by a new call of the same user, whose device in this call was dead.
        Replaced "replaced",
        /// A participant's page was closed or reloaded.
        Left "left",
        _
        /// A reason that this version does not know.
        Unknown "unknown",
    }
}

/// A call's row, with the required field names. Values that are not known yet are null, never missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Call {
    /// The row's id.
    pub id: CallId,
    /// The conversation that the call belongs to.
    pub conversation_id: ConversationId,
    /// The caller, who makes the first offer, even after glare.
    pub initiator_id: UserId,
    /// Voice or video.
    pub call_type: CallType,
    /// The call's status.
    pub status: CallStatus,
    /// When media first arrived after both had joined, by the server's clock.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub ended_at: Option<Timestamp>,
    /// Why it ended, where the status alone does not say.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub error_reason: Option<EndReason>,
    /// When the caller pressed the button.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Seconds from `started_at` to `ended_at`, for calls in which people talked.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub duration_seconds: Option<u32>,
}
string_enum! {
    /// Which participant of a call a user is.
    pub enum CallRole {
        /// The initiator, who makes the first offer.
        Caller "caller",
        /// The person who is called and answers.
        Callee "callee",
    }
}

/// A device's place in a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seat {
    /// Whose seat it is.
    pub user_id: UserId,
    /// The device in the seat; null if that person's client names no device. Whatever is meant for such a seat
    /// goes to all of that person's devices, and nothing can be addressed to it.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
    /// The device's own label ("Chromium on Linux"), shown to say where a call was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_label: Option<String>,
    /// Whether the device numbers and acknowledges its signals; a plain client does not.
    #[serde(default = "yes")]
    pub reliable: bool,
}

impl Seat {
    /// Whether this device has the seat.
    pub fn is_of(&self, device: &DeviceId) -> bool {
        self.device_id.as_ref() == Some(device)
    }
}

fn yes() -> bool {
    true
}

/// An offer that is delivered with the ring, and the device that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct RingOffer<D = Offer> {
    /// The number of the peer connection that it opens; 1 if left out.
    #[serde(rename = "generation", default = "first_connection")]
    pub peer_connection: u32,
    /// The offering device; filled in by the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_device: Option<DeviceId>,
    /// The RTCSessionDescriptionInit, unchanged.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub data: D,
}

const fn first_connection() -> u32 {
    1
}

/// Everything that a device needs to know about a live call, from the point of view of the user that it is sent
/// to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(bound = ""))]
pub struct LiveCall<D = Offer> {
    /// The row.
    pub call: Call,
    /// The other person.
    pub peer: User,
    /// Whether the receiving user is the caller or the callee.
    pub role: CallRole,
    /// The devices that sit in the call: the caller's from the start, the callee's once it is answered.
    #[serde(default)]
    pub seats: Vec<Seat>,
    /// The one device of the callee that may answer the offer while it still rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_device: Option<DeviceId>,
    /// Further callee devices that may answer an offer while it still rings: one that the caller makes to each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_warm: Vec<DeviceId>,
    /// The newest offer, for the callee's devices while it rings and for the device that answers. Written by
    /// the caller's client: an offer that cannot be read counts as left out.
    #[serde(
        bound(deserialize = "D: Deserialize<'de>"),
        default = "Option::default",
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<RingOffer>))]
    pub offer: Option<RingOffer<D>>,
    /// Milliseconds until the ring ends unanswered; only while it rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_ms_left: Option<u32>,
    /// Whether the receiving user's network address is hidden from the other person. Peer connections of this
    /// call then use relays only (`iceTransportPolicy: "relay"`), and one that is already open is replaced.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub relay_only: bool,
}

/// A value, or none if it cannot be read.
fn readable<'de, T: Deserialize<'de>, R: Deserializer<'de>>(reader: R) -> Result<Option<T>, R::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Readable<T> {
        Value(T),
        Other(IgnoredAny),
    }
    Ok(match Readable::deserialize(reader)? {
        Readable::Value(value) => Some(value),
        Readable::Other(IgnoredAny) => None,
    })
}

impl<D> LiveCall<D> {
    /// The seat of a user, if one of their devices sits in the call.
    pub fn seat_of(&self, user: &UserId) -> Option<&Seat> {
        self.seats.iter().find(|seat| &seat.user_id == user)
    }

    /// Whether this device of a user sits in the call.
    pub fn sits(&self, user: &UserId, device: &DeviceId) -> bool {
        self.seat_of(user).is_some_and(|seat| seat.is_of(device))
    }
}

impl fmt::Display for CallStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

readers! {
    Call {
        id, conversation_id, initiator_id, call_type, status, started_at, ended_at, error_reason, created_at, updated_at,
        duration_seconds or nothing,
    }
    RingOffer { peer_connection "generation", from_device, data }
    LiveCall {
        call, peer, role, seats or default, warm_device, also_warm or default, offer or nothing, ring_ms_left or nothing, relay_only or default,
    }
}

impl Read for Seat {
    fn read(json: &impl Json) -> Option<Self> {
        Some(Self {
            user_id: field(json, "user_id")?,
            device_id: field(json, "device_id")?,
            device_label: field(json, "device_label")?,
            reliable: field::<Option<bool>>(json, "reliable")?.unwrap_or_else(yes),
        })
    }
}

impl Read for Timestamp {
    fn read(json: &impl Json) -> Option<Self> {
        json.text().map(Self)
    }
}
