//! Everything that can happen to the machine, grouped by its source.
//!
//! - the person: [`UserEvent`]
//! - the server, over REST: [`ReplyEvent`]
//! - the server, over the socket: [`SocketEvent`]
//! - microphone, camera and screen: [`MediaEvent`]
//! - the peer connection and its data channel: [`PeerEvent`]
//! - time: [`Event::Timer`]
//!
//! Never holds browser objects: descriptions and candidates are text; tracks and connections are named by keys.

use crate::effect::{PeerMessage, Rejoin};
use crate::key::{Epoch, MediaKey, PeerKey};
use crate::party::Party;
use crate::slot::Slot;
use call_protocol::{
    Call, CallId, CallType, ConversationId, DeviceId, ErrorBody, ErrorClass, IceCandidate, LiveCall,
    SessionDescription, Signal, User, UserId,
};
use core::time::Duration;

/// One input of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The person did something.
    User(UserEvent),
    /// A REST request came back.
    Reply(ReplyEvent),
    /// The socket connected, broke or delivered a frame.
    Socket(SocketEvent),
    /// A media device or the screen capture reported something.
    Media(MediaEvent),
    /// A peer connection reported something.
    Peer(PeerEvent),
    /// A deadline that `next_deadline` announced may have passed.
    Timer,
}

/// What the person can do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UserEvent {
    /// The Voice or Video button was pressed.
    Call {
        /// The conversation to call in.
        conversation_id: ConversationId,
        /// The other person.
        peer: User,
        /// Which of the two buttons.
        call_type: CallType,
    },
    /// Answer was pressed.
    Answer(AnswerWith),
    /// Decline was pressed.
    Decline,
    /// Hang up or Cancel was pressed.
    HangUp,
    /// The microphone button was pressed.
    ToggleMute,
    /// The camera button was pressed.
    ToggleCamera,
    /// The button that shares a screen, or ends the sharing, was pressed.
    ToggleScreen,
    /// "Try again" was pressed on a media problem inside a call.
    RetryMedia,
    /// The card that shows how a call ended was closed.
    Dismiss,
    /// The page is being left for another one, or the widget is removed from it. A page that comes back (from the
    /// back/forward cache) shows no call that is over.
    Leave,
    /// The page is being closed or reloaded; browsers do not tell which.
    Unload,
    /// This page replaces one that was closed or reloaded during a call.
    Returned {
        /// The call that was left.
        party: Box<Party>,
        /// How long the two have talked, if they have.
        seconds: Option<u32>,
        /// How the call is rejoined; `None` if it ended with the page before.
        rejoin: Option<Rejoin>,
    },
}

/// How a ringing video call is answered; a voice call is always answered with the microphone only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerWith {
    /// With every device that the call's type uses.
    Everything,
    /// With the microphone only.
    VoiceOnly,
}

/// Why a REST request failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequestError {
    /// The server answered with an error envelope.
    Refused(Box<ErrorBody>),
    /// No usable answer arrived: no network, server down, time-out, or a body that is not our envelope.
    Unreachable,
}

impl RequestError {
    /// How long the server asks us to wait before the next request (`Retry-After`).
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Unreachable => None,
            Self::Refused(error) => error.retry_after.map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    /// Whether the same request may succeed in a moment, because nothing was decided.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Refused(error) => match error.code.class() {
                ErrorClass::TryAgain | ErrorClass::TooMuch => true,
                ErrorClass::SignIn | ErrorClass::Refused | ErrorClass::Broken => false,
            },
        }
    }
}

/// Replies to the REST requests of [`crate::Effect`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReplyEvent {
    /// To `Effect::Initiate`.
    Initiated(Epoch, Result<Box<LiveCall>, RequestError>),
    /// To `Effect::Answer`.
    Answered(Epoch, Result<Box<LiveCall>, RequestError>),
    /// To `Effect::Decline` and `Effect::End`.
    Ended(CallId, Result<Call, RequestError>),
}

/// What arrives over the socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SocketEvent {
    /// Signed in. Carries the snapshot of all calls.
    Welcome {
        /// This user's calls that are ringing or active.
        live_calls: Vec<LiveCall>,
        /// This user's calls that ended within the last few minutes.
        ended_calls: Vec<Call>,
    },
    /// The socket broke; the platform is reconnecting it.
    Lost,
    /// Somebody calls this user.
    Ringing(Box<LiveCall>),
    /// One of the callee's devices answered the call.
    Answered(Box<LiveCall>),
    /// The call is over: `call_declined` or `call_ended`.
    Ended(Call),
    /// A signal from the other side.
    Signal(CallId, Signal),
    /// Another device of the callee began to ring.
    DeviceRinging {
        /// Which call.
        call_id: CallId,
        /// The device.
        device_id: DeviceId,
        /// Whether it already has an offer, delivered with the ring.
        offer_known: bool,
        /// Whether it may answer an offer of its own while it rings.
        also_warm: bool,
    },
    /// Whether a person has a connected device.
    Presence {
        /// Who.
        user_id: UserId,
        /// Whether at least one of their devices is connected.
        online: bool,
    },
}

/// Why local media is not available: the error categories that are required, and their causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaError {
    /// The page is not a secure context: browsers offer no devices over plain http.
    Insecure,
    /// The browser has no `mediaDevices` at all.
    Unsupported,
    /// The page is in a frame whose parent does not delegate the permission (Permissions Policy).
    Framed,
    /// The site's own Permissions Policy disables the device.
    Policy,
    /// The operating system denies the browser access to the device.
    System,
    /// The person or the browser refused, or revoked the permission (NotAllowedError, SecurityError).
    Denied,
    /// The browser asked, and the person did not respond in time.
    Unanswered,
    /// No such device (NotFoundError, OverconstrainedError).
    NotFound,
    /// The device was in use and has been unplugged.
    Gone,
    /// Another application is using it (NotReadableError, AbortError).
    InUse,
    /// Anything else.
    Other,
}

impl MediaError {
    /// Every variant.
    pub const ALL: [Self; 11] = [
        Self::Insecure,
        Self::Unsupported,
        Self::Framed,
        Self::Policy,
        Self::System,
        Self::Denied,
        Self::Unanswered,
        Self::NotFound,
        Self::Gone,
        Self::InUse,
        Self::Other,
    ];

    /// Whether a different device could help; then a newly connected one is tried without being asked.
    pub(crate) const fn is_of_the_device(self) -> bool {
        match self {
            Self::NotFound | Self::Gone | Self::InUse | Self::Other => true,
            Self::Insecure
            | Self::Unsupported
            | Self::Framed
            | Self::Policy
            | Self::System
            | Self::Denied
            | Self::Unanswered => false,
        }
    }
}

/// What the sources of the media slots report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaEvent {
    /// Whether the browser would grant a device without asking the person; reported once, and at every change.
    Permission {
        /// The slot of the device.
        slot: Slot,
        /// Whether it is granted already.
        granted: bool,
    },
    /// Reply to `Effect::AcquireMedia`: the requested tracks are live. A track that the person left out (the
    /// sound of a screen) is reported as ended right after.
    Ready(MediaKey),
    /// Reply to `Effect::AcquireMedia`: no track could be acquired.
    Failed(MediaKey, MediaError),
    /// A live track ended on its own: unplugged, or stopped in the browser's interface.
    Ended(MediaKey, Slot),
    /// A live track stopped delivering media, or delivers again, without having ended: the system muted it or
    /// gave the device to something else (a phone call, a hardware switch). `MediaStreamTrack.muted`.
    Interrupted {
        /// Which acquisition.
        media: MediaKey,
        /// Which of its tracks.
        slot: Slot,
        /// Whether it delivers nothing now.
        interrupted: bool,
    },
    /// A device was connected or disconnected.
    DevicesChanged,
}

/// The state of a peer connection: `connectionState` and `iceConnectionState` combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Not connected yet, or checking again.
    Connecting,
    /// ICE and DTLS are up.
    Connected,
    /// Consent checks are not being answered; may recover on its own.
    Disconnected,
    /// The browser has given up; only an ICE restart helps.
    Failed,
}

/// Which side caused a failed negotiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// This browser could not create a connection or a description.
    Local,
    /// This browser rejected the other side's description.
    Remote,
}

/// What a peer connection reports; events of connections that are closed are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PeerEvent {
    /// Reply to `Effect::CreateOffer`: the offer, set as local description and ready to send.
    OfferCreated(PeerKey, SessionDescription),
    /// Reply to `Effect::SetRemoteOffer`: the answer, set as local description and ready to send.
    AnswerCreated(PeerKey, SessionDescription),
    /// Reply to `Effect::SetRemoteAnswer`: the remote description is set.
    RemoteAnswerSet(PeerKey),
    /// Reply to any of the three: it failed.
    NegotiationFailed(PeerKey, Fault),
    /// A configured TURN server refused this browser or could not be reached; another one may still work.
    RelayFailed(PeerKey),
    /// A local candidate to send.
    Candidate(PeerKey, IceCandidate),
    /// The state of the connection changed.
    Link(PeerKey, Link),
    /// The data channel is open.
    ChannelOpen(PeerKey),
    /// A message on the data channel.
    Message(PeerKey, PeerMessage),
    /// Reported twice a second, and more often until media first arrives and while none does.
    Received {
        /// Which connection.
        peer: PeerKey,
        /// RTP payload bytes of all inbound streams since the connection was opened.
        media_bytes: u64,
        /// Bytes of everything that arrived on its transport: media, their reports, the data channel and its
        /// acknowledgements. `None` if the browser does not count them.
        transport_bytes: Option<u64>,
    },
}

impl PeerEvent {
    /// Which connection reports it.
    pub(crate) fn key(&self) -> PeerKey {
        match self {
            Self::OfferCreated(key, _)
            | Self::AnswerCreated(key, _)
            | Self::RemoteAnswerSet(key)
            | Self::NegotiationFailed(key, _)
            | Self::RelayFailed(key)
            | Self::Candidate(key, _)
            | Self::Link(key, _)
            | Self::ChannelOpen(key)
            | Self::Message(key, _)
            | Self::Received { peer: key, .. } => *key,
        }
    }
}
