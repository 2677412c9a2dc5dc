//! What a person should see, as plain data; the interface draws it and decides nothing about calls.
//! Never holds words to be read: those are the interface's.

use crate::effect::SlotState;
use crate::event::MediaError;
use crate::key::{MediaKey, PeerKey};
use crate::party::Party;
use crate::slot::{Slot, Slots};
use call_protocol::CallType;

/// The whole picture of calls on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallView {
    /// No call.
    Idle,
    /// This device is calling.
    Outgoing(OutgoingView),
    /// Somebody calls: the ringing window.
    Incoming(IncomingView),
    /// Answered: connecting or talking.
    InCall(InCallView),
    /// A call just ended: what happened, and what can be done.
    Ended(EndedView),
}

/// Calling somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingView {
    /// Whom.
    pub party: Party,
    /// What it is waiting for.
    pub stage: OutgoingStage,
    /// The own camera, for a preview.
    pub local_video: Option<MediaKey>,
    /// The microphone has failed since it rings: it goes on ringing, and can be tried again.
    pub microphone_problem: Option<MediaError>,
    /// The camera could not be had: the call goes on with the voice.
    pub camera_problem: Option<MediaError>,
    /// What takes longer than it should.
    pub waiting_for: Option<WaitingFor>,
}

/// What somebody waits for who has pressed a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// The browser may be asking whether the page may use microphone and camera.
    Browser,
    /// The server does not answer; it is asked again.
    Server,
}

/// What a caller is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutgoingStage {
    /// Microphone and camera are being switched on.
    AskingForMedia,
    /// The server is being asked.
    Placing,
    /// It rings at the other side: ringback tone.
    Ringing,
    /// No device of the other side is connected any more; it rings again when one is, until the ring time is over.
    Away,
}

/// Being called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingView {
    /// By whom.
    pub party: Party,
    /// Whether Answer was pressed already.
    pub stage: IncomingStage,
    /// What takes longer than it should, once Answer was pressed.
    pub waiting_for: Option<WaitingFor>,
}

/// How far the callee is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncomingStage {
    /// It rings: ring sound.
    Ringing,
    /// Answer was pressed.
    Answering,
    /// Answer was pressed, but the microphone could not be had; it still rings, silently. Answer again or decline.
    MicrophoneProblem(MediaError),
}

/// In a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InCallView {
    /// With whom.
    pub party: Party,
    /// What this person asked for: another kind than the call's where both called at once, or where Voice or Video
    /// was pressed while the other kind rang. No device that it does not name was opened.
    pub requested_type: CallType,
    /// Connecting, talking, or reconnecting.
    pub stage: CallStage,
    /// Whole seconds since media first flowed; absent before.
    pub seconds: Option<u32>,
    /// The own slots. The camera is `Absent` in a voice call, the screen until the other side says that it can show one.
    pub local: Slots<SlotView>,
    /// The acquisitions whose tracks are live, for the self view.
    pub tracks: Slots<Option<MediaKey>>,
    /// The connection whose remote audio and video are to be shown and played.
    pub peer: Option<PeerKey>,
    /// What the other side says of its slots. Its camera is never on in a voice call.
    pub remote: Slots<SlotState>,
    /// The socket to the server is down; the call goes on.
    pub server_away: bool,
    /// An own device has just been replaced by another one, since it was gone.
    pub replaced: Option<Slot>,
    /// The browser may be asking for an own device.
    pub browser_asks: bool,
}

/// Where an answered call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallStage {
    /// Answered; the connection is being made.
    Connecting,
    /// Connected.
    Active,
    /// The link is lost; it is being restarted.
    Reconnecting,
}

/// One of the own slots during a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotView {
    /// Not part of this call.
    #[default]
    Absent,
    /// Being switched on; the browser may be asking.
    Starting,
    /// Live.
    On,
    /// Muted, or switched off by the person.
    Off,
    /// Live, but the system lets nothing through at the moment.
    Interrupted,
    /// Could not be had; can be tried again.
    Problem(MediaError),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedView {
    /// With whom.
    pub party: Party,
    /// What happened.
    pub outcome: Outcome,
    /// How long people talked, if they did.
    pub seconds: Option<u32>,
    /// What the person can do about it, most useful first; closing the card is always possible.
    pub ways: Vec<WayForward>,
}

/// What happened, as the person on this device sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This person hung up.
    HungUpByMe,
    /// The other person hung up.
    HungUpByThem,
    /// The page on this device was closed, left or loaded anew, which ended the call.
    LeftByMe,
    /// The page of the other person was closed, left or loaded anew, which ended the call.
    LeftByThem,
    /// This person cancelled the own call before it was answered.
    Cancelled,
    /// This person declined.
    DeclinedByMe,
    /// The other person declined.
    DeclinedByThem,
    /// The other person did not answer in time.
    NoAnswer,
    /// This person did not answer in time, or the caller gave up.
    Missed,
    /// The other person is in a call.
    Busy,
    /// The other person has no connected device.
    PeerOffline,
    /// This person has blocked the other one.
    BlockedByMe,
    /// Another device of this person answered; its label if it has one.
    AnsweredElsewhere(Option<String>),
    /// Another device of this person declined.
    DeclinedElsewhere,
    /// This person is in a call already, maybe on another device.
    AlreadyInCall,
    /// The microphone could not be had.
    MicrophoneProblem(MediaError),
    /// Both sides described themselves, but no path led from one to the other.
    ConnectFailed,
    /// No path, and no relay that would have been one took the call.
    RelayFailed,
    /// The other side's device took the call and then never described itself.
    PeerSilent,
    /// One of the two browsers could not use the other one's description.
    NegotiationFailed,
    /// This browser could not make a connection of its own.
    BrowserFailed,
    /// The connection was lost and did not come back.
    ConnectionLost,
    /// The server could not be reached.
    ServerUnreachable,
    /// The server answered that it cannot do anything at the moment: its database is away, or it failed.
    ServerTrouble,
    /// The server has no room left.
    StorageFull,
    /// This person called too often; the seconds to wait, if the server knows them.
    RateLimited(Option<u32>),
    /// There is no such conversation (any more), or the two are not contacts.
    NotContacts,
    /// The server did not understand.
    SignalingFailed,
    /// The sign-in is no longer valid.
    SignedOut,
    /// Calls are switched off on this server.
    CallsDisabled,
}

/// The categories of errors that are required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Not an error.
    Normal,
    /// Microphone or camera.
    Media,
    /// The path between the two browsers.
    Connection,
    /// The way through the server.
    Signaling,
    /// The call could not be in the state asked for: busy, offline, already in a call.
    State,
}

/// What a person can do after a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WayForward {
    /// Call again the same way.
    CallAgain,
    /// Call again with the voice only.
    CallWithVoice,
    /// Read how to allow the microphone in this browser.
    MicrophoneHelp,
    /// Sign in again.
    SignIn,
}

/// A sound that loops for as long as the view says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loop {
    /// Somebody calls.
    Ring,
    /// The other side rings.
    Ringback,
}

impl CallView {
    /// The sound that belongs to this picture.
    pub fn sound(&self) -> Option<Loop> {
        match self {
            Self::Incoming(IncomingView { stage: IncomingStage::Ringing, .. }) => Some(Loop::Ring),
            Self::Outgoing(OutgoingView { stage: OutgoingStage::Ringing, .. }) => Some(Loop::Ringback),
            Self::Idle | Self::Incoming(_) | Self::Outgoing(_) | Self::InCall(_) | Self::Ended(_) => None,
        }
    }

    /// Whether a call is being placed, rings or runs, so that another cannot be begun.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Outgoing(_) | Self::Incoming(_) | Self::InCall(_) => true,
            Self::Idle | Self::Ended(_) => false,
        }
    }

    /// With whom, if there is a call or one just ended.
    pub fn party(&self) -> Option<&Party> {
        match self {
            Self::Idle => None,
            Self::Outgoing(view) => Some(&view.party),
            Self::Incoming(view) => Some(&view.party),
            Self::InCall(view) => Some(&view.party),
            Self::Ended(view) => Some(&view.party),
        }
    }
}

impl InCallView {
    /// Whether the other side muted its microphone.
    pub fn remote_muted(&self) -> bool {
        self.remote[Slot::Microphone] == SlotState::Off
    }

    /// Whether the other side's microphone does not work; then it is not muted.
    pub fn remote_microphone_fails(&self) -> bool {
        self.remote[Slot::Microphone] == SlotState::Failing
    }

    /// Whether the other side sends no picture; always true in a voice call.
    pub fn remote_camera_off(&self) -> bool {
        self.remote[Slot::Camera] != SlotState::On
    }
}

impl Outcome {
    /// Which of the required error categories it belongs to.
    pub const fn category(&self) -> Category {
        match self {
            Self::HungUpByMe
            | Self::HungUpByThem
            | Self::LeftByMe
            | Self::LeftByThem
            | Self::Cancelled
            | Self::DeclinedByMe
            | Self::DeclinedByThem
            | Self::NoAnswer
            | Self::Missed
            | Self::AnsweredElsewhere(_)
            | Self::DeclinedElsewhere => Category::Normal,
            Self::Busy
            | Self::PeerOffline
            | Self::BlockedByMe
            | Self::AlreadyInCall
            | Self::CallsDisabled => Category::State,
            Self::MicrophoneProblem(_) => Category::Media,
            Self::ConnectFailed
            | Self::RelayFailed
            | Self::PeerSilent
            | Self::NegotiationFailed
            | Self::BrowserFailed
            | Self::ConnectionLost => Category::Connection,
            Self::ServerUnreachable
            | Self::ServerTrouble
            | Self::StorageFull
            | Self::RateLimited(_)
            | Self::NotContacts
            | Self::SignalingFailed
            | Self::SignedOut => Category::Signaling,
        }
    }

    /// What the person can do about it.
    pub fn ways(&self, call_type: CallType) -> Vec<WayForward> {
        use WayForward::{CallAgain, CallWithVoice, MicrophoneHelp, SignIn};
        match self {
            Self::DeclinedByMe => vec![],
            // A slip of the finger, or something that was forgotten to be said.
            Self::HungUpByMe | Self::Cancelled => vec![CallAgain],
            Self::AnsweredElsewhere(_) | Self::DeclinedElsewhere => vec![],
            Self::CallsDisabled | Self::AlreadyInCall | Self::BlockedByMe | Self::NotContacts => vec![],
            Self::HungUpByThem | Self::DeclinedByThem | Self::NoAnswer | Self::Missed | Self::Busy => {
                vec![CallAgain]
            }
            Self::LeftByMe | Self::LeftByThem => vec![CallAgain],
            Self::PeerOffline
            | Self::ServerUnreachable
            | Self::ServerTrouble
            | Self::StorageFull
            | Self::RateLimited(_)
            | Self::SignalingFailed
            | Self::PeerSilent
            | Self::NegotiationFailed
            | Self::BrowserFailed => vec![CallAgain],
            Self::MicrophoneProblem(error) => match error {
                MediaError::Denied | MediaError::System | MediaError::Framed => {
                    vec![CallAgain, MicrophoneHelp]
                }
                MediaError::Unanswered
                | MediaError::NotFound
                | MediaError::Gone
                | MediaError::InUse
                | MediaError::Other => vec![CallAgain],
                MediaError::Insecure | MediaError::Unsupported | MediaError::Policy => vec![],
            },
            Self::ConnectFailed | Self::RelayFailed | Self::ConnectionLost => match call_type {
                CallType::Video => vec![CallAgain, CallWithVoice],
                CallType::Audio => vec![CallAgain],
            },
            Self::SignedOut => vec![SignIn],
        }
    }
}
