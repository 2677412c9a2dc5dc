//! Everything that can happen to the machine, grouped by who says it.
//!
//! - the person: [`UserEvent`]
//! - the server, over REST: [`ReplyEvent`]
//! - the server, over the socket: [`SocketEvent`]
//! - microphone, camera and screen: [`MediaEvent`]
//! - the peer connection and its data channel: [`PeerEvent`]
//! - time: [`Event::Timer`]
//!
//! Never holds browser objects: descriptions and candidates are text, tracks and connections are tickets.

use crate::effect::PeerMessage;
use crate::key::{Epoch, MediaKey, PeerKey};
use crate::party::Party;
use crate::slot::Slot;
use call_protocol::{
    Call, CallId, CallType, ConversationId, DeviceId, ErrorBody, ErrorClass, IceCandidate, LiveCall,
    SessionDescription, Signal, User, UserId,
};
use core::time::Duration;

/// One input of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The person did something.
    User(UserEvent),
    /// A REST request came back.
    Reply(ReplyEvent),
    /// The socket brought something, came or went.
    Socket(SocketEvent),
    /// The media devices said something.
    Media(MediaEvent),
    /// A peer connection said something.
    Peer(PeerEvent),
    /// A deadline that `next_deadline` announced may have passed.
    Timer,
}

/// What the person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEvent {
    /// Voice or Video was pressed.
    Call {
        /// Where to call.
        conversation_id: ConversationId,
        /// The other person.
        peer: User,
        /// Which button.
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
    /// The card that tells how a call ended was closed.
    Dismiss,
    /// The page is being closed, left or loaded anew, or the calls are taken out of it. It may come back, and then shows
    /// nothing that is over.
    Leave,
    /// This page takes the place of one that was left in a call a moment ago.
    Returned {
        /// The call that was left.
        party: Box<Party>,
        /// How long people had talked, if they had.
        seconds: Option<u32>,
    },
}

/// How a ringing video call is answered; a voice call is always answered with the voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerWith {
    /// All that the call's type asks for.
    Everything,
    /// The microphone only.
    VoiceOnly,
}

/// Why a REST request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// The server answered with an error envelope.
    Refused(Box<ErrorBody>),
    /// No usable answer came: no network, server down, time-out, or not our envelope.
    Unreachable,
}

impl RequestError {
    /// How long the server asks to be left in peace.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Unreachable => None,
            Self::Refused(error) => error.retry_after.map(|seconds| Duration::from_secs(seconds.into())),
        }
    }

    /// Whether the same request may succeed in a moment: nothing was decided.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyEvent {
    /// To `Effect::Initiate`.
    Initiated(Epoch, Result<Box<LiveCall>, RequestError>),
    /// To `Effect::Answer`.
    Answered(Epoch, Result<Box<LiveCall>, RequestError>),
    /// To `Effect::Decline` and `Effect::End`.
    Ended(CallId, Result<Call, RequestError>),
}

/// What the socket brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// Signed in; the snapshot of the truth.
    Welcome {
        /// Calls of this user that ring or run.
        live_calls: Vec<LiveCall>,
        /// Calls of this user that ended within the last minutes.
        ended_calls: Vec<Call>,
    },
    /// The socket is gone; the shell is trying to get it back.
    Lost,
    /// Somebody calls this user.
    Ringing(Box<LiveCall>),
    /// A callee's device took the call.
    Answered(Box<LiveCall>),
    /// The call is over, by `call_declined` or `call_ended`.
    Ended(Call),
    /// A signal from the other side.
    Signal(CallId, Signal),
    /// One more device of the callee began to ring.
    DeviceRinging {
        /// Which call.
        call_id: CallId,
        /// The device.
        device_id: DeviceId,
        /// Whether it was given an offer with the ring.
        offer_known: bool,
    },
    /// Whether somebody has a connected device.
    Presence {
        /// Who.
        user_id: UserId,
        /// Whether at least one of their devices is connected.
        online: bool,
    },
}

/// Why local media could not be had: the required categories of `getUserMedia` errors, and what lies behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaError {
    /// The page has no secure context: browsers hand out nothing on plain http.
    Insecure,
    /// The browser knows no microphones and cameras at all.
    Unsupported,
    /// The page is shown inside another one that does not pass the permission on (permissions policy).
    Framed,
    /// The website itself has switched the device off for its pages (permissions policy).
    Policy,
    /// The operating system does not let the browser use the device.
    System,
    /// The person or the browser said no, or took the permission away (NotAllowedError, SecurityError).
    Denied,
    /// The browser asked, and nobody answered.
    Unanswered,
    /// No such device (NotFoundError, OverconstrainedError).
    NotFound,
    /// The device was there, and is gone.
    Gone,
    /// Another application holds it (NotReadableError, AbortError).
    InUse,
    /// Anything else.
    Other,
}

impl MediaError {
    /// Every one there is.
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

    /// Whether another device would help, so that one that is plugged in is tried unasked.
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

/// What the sources of the slots say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// Whether the browser would hand a device out without asking the person; told once and at every change.
    Permission {
        /// The slot of the device.
        slot: Slot,
        /// Whether it is granted already.
        granted: bool,
    },
    /// To `Effect::AcquireMedia`: the tracks asked for are there. One that the person left out (the sound of a screen) is said
    /// to have ended right after.
    Ready(MediaKey),
    /// To `Effect::AcquireMedia`: none of the tracks asked for is there.
    Failed(MediaKey, MediaError),
    /// A live track ended by itself: unplugged, or taken away in the browser.
    Ended(MediaKey, Slot),
    /// A live track brings nothing for the moment, or something again: the system has silenced or taken the device (a
    /// phone call, a switch on the machine), without ending the track.
    Interrupted {
        /// Which acquisition.
        media: MediaKey,
        /// Which of its tracks.
        slot: Slot,
        /// Whether nothing comes.
        interrupted: bool,
    },
    /// A device was plugged in or out.
    DevicesChanged,
}

/// How a peer connection stands: `connectionState` and `iceConnectionState` folded into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Not yet connected, or checking anew.
    Connecting,
    /// ICE and DTLS are up.
    Connected,
    /// No answer to consent checks at the moment; may heal by itself.
    Disconnected,
    /// Given up by the browser; only a restart helps.
    Failed,
}

/// Whose doing it is that a negotiation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// This browser could not make a connection or a description of its own.
    Local,
    /// This browser does not take the description that the other side has made.
    Remote,
}

/// What a peer connection says; stale tickets are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// To `Effect::CreateOffer`: set as local description and ready to send.
    OfferCreated(PeerKey, SessionDescription),
    /// To `Effect::SetRemoteOffer`: the answer, set as local description and ready to send.
    AnswerCreated(PeerKey, SessionDescription),
    /// To `Effect::SetRemoteAnswer`: the remote description is set.
    RemoteAnswerSet(PeerKey),
    /// To any of the three: the browser refused.
    NegotiationFailed(PeerKey, Fault),
    /// A relay of the configured ones refused this browser, or could not be reached; another may still work.
    RelayFailed(PeerKey),
    /// A local candidate to send.
    Candidate(PeerKey, IceCandidate),
    /// The link changed.
    Link(PeerKey, Link),
    /// The data channel is open.
    ChannelOpen(PeerKey),
    /// A message on the data channel.
    Message(PeerKey, PeerMessage),
    /// Twice a second, more often until the first have come: how many bytes of audio and video have arrived so far.
    Received {
        /// Which connection.
        peer: PeerKey,
        /// RTP payload bytes of all inbound streams since the connection began.
        media_bytes: u64,
    },
}
