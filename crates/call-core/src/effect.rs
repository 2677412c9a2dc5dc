//! Everything that the machine can order. The driver carries each effect out with one call and decides nothing.
//! Effects are values: they can be compared, printed and counted in tests.

use crate::key::{Epoch, MediaKey, PeerKey};
use crate::slot::{Slot, Slots};
use call_protocol::{CallId, CallType, ConversationId, EndCall, IceCandidate, SessionDescription, Signal};

/// Which tracks one acquisition requests, with a single permission prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaRequest {
    /// The microphone only.
    Microphone,
    /// The camera only, when it is switched on again during a call.
    Camera,
    /// Microphone and camera.
    MicrophoneAndCamera,
    /// A screen, and its sound if the person shares that too.
    Screen,
}

impl MediaRequest {
    /// Whether it requests a track for this slot.
    pub const fn includes(self, slot: Slot) -> bool {
        match slot {
            Slot::Microphone => matches!(self, Self::Microphone | Self::MicrophoneAndCamera),
            Slot::Camera => matches!(self, Self::Camera | Self::MicrophoneAndCamera),
            Slot::Screen | Slot::ScreenSound => matches!(self, Self::Screen),
        }
    }
}

/// Which role a new peer connection has in its first negotiation (RFC 3264).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Negotiator {
    /// Creates the first offer, with a transceiver for every slot.
    Offerer,
    /// Uses the transceivers of the offer.
    Answerer,
}

/// Which ICE candidates a peer connection may use (`RTCIceTransportPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IceTransportPolicy {
    /// Candidates of every type.
    #[default]
    All,
    /// Relay candidates only, so that this device's address stays hidden.
    Relay,
}

/// The state of one media slot, as it is announced to the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotState {
    /// The other client does not know this slot, or has not announced it yet.
    #[default]
    Unknown,
    /// Muted or switched off by its person.
    Off,
    /// It is being switched on.
    Starting,
    /// It is sending.
    On,
    /// It could not be acquired, has ended, or delivers nothing.
    Failing,
}

/// What the two machines send each other over their data channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PeerMessage {
    /// The state of every slot of the sender.
    Media(Slots<SlotState>),
    /// The sender hung up.
    HangUp,
    /// The sender's page is being closed or reloaded, which ends the call.
    Left,
    /// The sender's page is being closed or reloaded. A reloaded page rejoins the call.
    Away,
    /// The sender waits for a page that is being reloaded.
    Awaits,
    /// The sender takes an offer for a second connection beside the one that there is.
    HandsOver,
    /// Nothing by itself: the acknowledgement by the transport shows that the path works.
    Ping,
    /// A signal, so that an ICE restart works while the server is unreachable.
    Signal(Box<Signal>),
    /// Answer was pressed at the sender, who asks the server for the seat at this moment: the callee's consent, by a
    /// shorter way than the server's word.
    Answered {
        /// Which call.
        call_id: CallId,
        /// Of which of the caller's connections the sender is the other end.
        number: u32,
    },
}

/// What a reloaded page has to know to rejoin the call of the page before: how that was sending, so that no more is
/// sent than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rejoin {
    /// The kind of call that this person had asked for.
    pub requested_type: CallType,
    /// The highest number of the call's peer connections so far, on either side.
    pub connection: u32,
    /// Whether the microphone was muted.
    pub muted: bool,
    /// Whether the camera was on.
    pub camera: bool,
}

/// A short sound that is played once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The two people are connected.
    Connected,
    /// The call is over.
    Ended,
}

/// One order to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `getUserMedia` or `getDisplayMedia`; answered by `MediaEvent::Ready` or `Failed`.
    AcquireMedia(MediaKey, MediaRequest),
    /// Stop every track of the acquisition and forget it, even while the browser is still asking.
    ReleaseMedia(MediaKey),
    /// Stop one track of the acquisition, which switches off the camera's light.
    StopTrack(MediaKey, Slot),
    /// Set `enabled` on the acquisition's microphone track.
    SetMuted {
        /// Which acquisition.
        media: MediaKey,
        /// Whether to send silence.
        muted: bool,
    },
    /// Open a peer connection with its data channel, without tracks.
    OpenPeer(PeerKey, Negotiator, IceTransportPolicy),
    /// `createOffer`, then `setLocalDescription`; answered by `PeerEvent::OfferCreated`.
    CreateOffer(PeerKey, OfferKind),
    /// `setRemoteDescription(offer)`, `createAnswer`, `setLocalDescription`; answered by
    /// `PeerEvent::AnswerCreated`.
    SetRemoteOffer(PeerKey, SessionDescription),
    /// `setRemoteDescription(answer)`; answered by `PeerEvent::RemoteAnswerSet`.
    SetRemoteAnswer(PeerKey, SessionDescription),
    /// `addIceCandidate`; a candidate that the browser rejects is logged and dropped.
    AddCandidate(PeerKey, IceCandidate),
    /// `replaceTrack` on the sender of every slot, with the track of this acquisition or with null.
    ReplaceTracks(PeerKey, Slots<Option<MediaKey>>),
    /// Send a message on the data channel.
    SendMessage(PeerKey, PeerMessage),
    /// Close the peer connection and forget it.
    ClosePeer(PeerKey),
    /// `POST /api/calls/initiate`; answered by `ReplyEvent::Initiated`.
    Initiate {
        /// The attempt.
        epoch: Epoch,
        /// Counts the requests of this attempt. A request that is repeated because no reply arrived keeps its
        /// number, so that the idempotency key made from it lets the call ring only once.
        request: u32,
        /// The conversation to call in.
        conversation_id: ConversationId,
        /// Voice or video.
        call_type: CallType,
        /// The connection's number and the description of the offer that is delivered with the ring.
        offer: (u32, SessionDescription),
    },
    /// `POST /api/calls/{id}/answer`; answered by `ReplyEvent::Answered`.
    Answer(Epoch, CallId),
    /// `POST /api/calls/{id}/decline`; answered by `ReplyEvent::Ended`.
    Decline(CallId),
    /// `POST /api/calls/{id}/end`; answered by `ReplyEvent::Ended`.
    End(CallId, EndCall),
    /// A `signal` frame; dropped while the socket is down, since the machine resends it.
    SendSignal(CallId, Signal),
    /// A `media_flowing` frame.
    ReportMedia(CallId),
    /// A `media_silent` frame.
    ReportSilence(CallId),
    /// The network may be gone: a second way to the server is tried at once, and whichever answers is used.
    DoubtServer,
    /// Keep this for the page that replaces this one, which gets it with `UserEvent::Returned`.
    KeepRejoin(Rejoin),
    /// Play a short sound once.
    Play(Tone),
}

/// What kind of offer to create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferKind {
    /// The first offer of a connection.
    First,
    /// With `iceRestart`.
    IceRestart,
}
