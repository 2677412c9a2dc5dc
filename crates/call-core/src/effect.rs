//! Everything that the machine can order. The shell carries out one line per effect and decides nothing.
//! Effects are values: they can be compared, printed and counted in tests.

use crate::key::{Epoch, MediaKey, PeerKey};
use crate::slot::{Slot, Slots};
use call_protocol::{CallId, CallType, ConversationId, EndCall, IceCandidate, SessionDescription, Signal};

/// Which tracks one acquisition asks for, with one question to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaRequest {
    /// The microphone only.
    Microphone,
    /// The camera only (it is switched on again during a call).
    Camera,
    /// Microphone and camera.
    MicrophoneAndCamera,
    /// A screen, with its sound if the person shares that too.
    Screen,
}

impl MediaRequest {
    /// Whether the track of a slot is asked for.
    pub const fn includes(self, slot: Slot) -> bool {
        match slot {
            Slot::Microphone => matches!(self, Self::Microphone | Self::MicrophoneAndCamera),
            Slot::Camera => matches!(self, Self::Camera | Self::MicrophoneAndCamera),
            Slot::Screen | Slot::ScreenSound => matches!(self, Self::Screen),
        }
    }
}

/// Which side of the negotiation a fresh peer connection starts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Negotiator {
    /// Makes the first offer; adds the transceivers of all slots.
    Offerer,
    /// Takes the offer's transceivers.
    Answerer,
}

/// By which ways a peer connection may come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IceTransportPolicy {
    /// Whatever connects the two.
    #[default]
    All,
    /// Through relays, so that this device's address stays hidden (`iceTransportPolicy: "relay"`).
    Relay,
}

/// The state of one slot, as the other side is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotState {
    /// The sender's client does not know this slot, or has not spoken of it yet.
    #[default]
    Unknown,
    /// Its person has muted it or switched it off.
    Off,
    /// It is being switched on.
    Starting,
    /// It can be heard or seen.
    On,
    /// It could not be had, is gone, or brings nothing.
    Failing,
}

/// What two machines tell each other over their own data channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerMessage {
    /// The state of every slot of the sender.
    Media(Slots<SlotState>),
    /// The sender hung up.
    HangUp,
    /// The sender's page is being closed or left, and the call with it.
    Left,
    /// A signal, so that a restart works while the server is away.
    Signal(Box<Signal>),
}

/// A short sound that is played once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// The two are connected.
    Connected,
    /// The call is over.
    Ended,
}

/// One order to the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `getUserMedia`; answered by `MediaEvent::Ready` or `Failed`.
    AcquireMedia(MediaKey, MediaRequest),
    /// Stop every track of the acquisition and forget it; also when it is still being asked for.
    ReleaseMedia(MediaKey),
    /// Stop one track of the acquisition: the camera's light goes out.
    StopTrack(MediaKey, Slot),
    /// Set `enabled` on the acquisition's microphone track.
    SetMuted {
        /// Which acquisition.
        media: MediaKey,
        /// Whether silence is sent.
        muted: bool,
    },
    /// Open a peer connection with its data channel; nothing is attached.
    OpenPeer(PeerKey, Negotiator, IceTransportPolicy),
    /// `createOffer` and `setLocalDescription`.
    CreateOffer(PeerKey, OfferKind),
    /// `setRemoteDescription(offer)`, `createAnswer`, `setLocalDescription`.
    SetRemoteOffer(PeerKey, SessionDescription),
    /// `setRemoteDescription(answer)`.
    SetRemoteAnswer(PeerKey, SessionDescription),
    /// `addIceCandidate`; a refused one is logged and forgotten.
    AddCandidate(PeerKey, IceCandidate),
    /// `replaceTrack` on the sender of every slot, with the track of this acquisition or with nothing.
    ReplaceTracks(PeerKey, Slots<Option<MediaKey>>),
    /// Send a message on the data channel.
    SendMessage(PeerKey, PeerMessage),
    /// Close the peer connection and forget everything of it.
    ClosePeer(PeerKey),
    /// `POST /api/calls/initiate`; answered by `ReplyEvent::Initiated`.
    Initiate {
        /// The attempt.
        epoch: Epoch,
        /// Counts the requests of this attempt. A request that is sent again because no answer came keeps its number,
        /// so that an idempotency key made from it makes the call ring once.
        request: u32,
        /// Where to call.
        conversation_id: ConversationId,
        /// Voice or video.
        call_type: CallType,
        /// The generation and description of the offer that travels with the ring.
        offer: (u32, SessionDescription),
    },
    /// `POST /api/calls/{id}/answer`; answered by `ReplyEvent::Answered`.
    Answer(Epoch, CallId),
    /// `POST /api/calls/{id}/decline`; answered by `ReplyEvent::Ended`.
    Decline(CallId),
    /// `POST /api/calls/{id}/end`; answered by `ReplyEvent::Ended`.
    End(CallId, EndCall),
    /// A `signal` frame; dropped when the socket is down, since the machine sends it again.
    SendSignal(CallId, Signal),
    /// A `media_flowing` frame.
    ReportMedia(CallId),
    /// A `media_silent` frame.
    ReportSilence(CallId),
    /// Play a short sound once.
    Play(Tone),
}

/// What kind of offer to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferKind {
    /// The first of its connection.
    First,
    /// With `iceRestart`.
    IceRestart,
}
