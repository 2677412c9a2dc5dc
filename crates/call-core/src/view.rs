//! What a person should see, as plain data; the interface draws it and decides nothing about calls.
//! Never holds texts: those belong to the interface.

use crate::effect::SlotState;
use crate::event::MediaError;
use crate::key::{MediaKey, PeerKey};
use crate::party::Party;
use crate::slot::{Slot, Slots};
use call_protocol::CallType;

/// The state of calls on this device, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallView {
    /// No call.
    Idle,
    /// This device is calling.
    Outgoing(OutgoingView),
    /// Somebody is calling: the ringing window.
    Incoming(IncomingView),
    /// Answered: connecting or talking.
    InCall(InCallView),
    /// A call just ended: what happened, and what can be done.
    Ended(EndedView),
}

/// Calling somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutgoingView {
    /// Whom.
    pub party: Party,
    /// What the caller is waiting for.
    pub stage: OutgoingStage,
    /// The person's own camera, for a preview.
    pub local_video: Option<MediaKey>,
    /// The microphone failed after the call began to ring; it keeps ringing, and the microphone can be retried.
    pub microphone_problem: Option<MediaError>,
    /// The camera is not available; the call continues with voice only.
    pub camera_problem: Option<MediaError>,
    /// What is taking longer than it should.
    pub waiting_for: Option<WaitingFor>,
}

/// What a person who has pressed a button is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// The browser may be asking for permission to use microphone and camera.
    Browser,
    /// The server has not replied; the request is being repeated.
    Server,
}

/// What a caller is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutgoingStage {
    /// Microphone and camera are being switched on.
    AskingForMedia,
    /// The request to the server is under way.
    Placing,
    /// The other side rings; the caller hears the ringback tone.
    Ringing,
    /// No device of the callee is connected any more. It rings again when one connects before the ring time is
    /// over.
    Away,
}

/// Being called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IncomingView {
    /// By whom.
    pub party: Party,
    /// Whether Answer has been pressed.
    pub stage: IncomingStage,
    /// What is taking longer than it should after Answer was pressed.
    pub waiting_for: Option<WaitingFor>,
}

/// How far the callee has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncomingStage {
    /// It rings, with the ring tone.
    Ringing,
    /// Answer was pressed.
    Answering,
    /// Answer was pressed, but the microphone is not available. It still rings, silently; the person can answer
    /// again or decline.
    MicrophoneProblem(MediaError),
}

/// In a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InCallView {
    /// With whom.
    pub party: Party,
    /// What this person's own button asked for. Differs from the call's type if both people called at once, or
    /// if Voice or Video was pressed while the other kind was ringing. No device is opened that this type does
    /// not include.
    pub requested_type: CallType,
    /// Connecting, talking, or reconnecting.
    pub stage: CallStage,
    /// Whole seconds since media first arrived; absent before that.
    pub seconds: Option<u32>,
    /// This device's media slots. The camera is `Absent` in a voice call; the screen is, until the other side
    /// announces that it can show one.
    pub local: Slots<SlotView>,
    /// The acquisitions whose tracks are live, for the self view.
    pub tracks: Slots<Option<MediaKey>>,
    /// The connection whose remote audio and video are played.
    pub peer: Option<PeerKey>,
    /// What the other side announces about its slots. Its camera is never on in a voice call.
    pub remote: Slots<SlotState>,
    /// The socket to the server is down; the call continues.
    pub server_away: bool,
    /// One of this device's sources was lost and has just been replaced by another one.
    pub replaced: Option<Slot>,
    /// The browser may be asking for a device.
    pub browser_asks: bool,
}

/// The stage of an answered call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallStage {
    /// Answered; the peer connection is being established.
    Connecting,
    /// Connected.
    Active,
    /// The connection was lost and is being restarted.
    Reconnecting,
    /// The other person's page was closed or is being reloaded; it is waited for.
    Away,
}

/// One of this device's media slots during a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotView {
    /// Not part of this call.
    #[default]
    Absent,
    /// Being acquired; the browser may be asking.
    Starting,
    /// Live.
    On,
    /// Muted, or switched off by the person.
    Off,
    /// Live, but the system delivers no media at the moment.
    Interrupted,
    /// Not available; can be retried.
    Problem(MediaError),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndedView {
    /// With whom.
    pub party: Party,
    /// What happened.
    pub outcome: Outcome,
    /// How long the two talked, if they did.
    pub seconds: Option<u32>,
    /// What the person can do next, most useful first. The card can always be closed.
    pub ways: Vec<WayForward>,
}

/// What happened, as the person on this device sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// This person hung up.
    HungUpByMe,
    /// The other person hung up.
    HungUpByThem,
    /// The page on this device was closed or reloaded, which ended the call.
    LeftByMe,
    /// The other person's page was closed or reloaded, which ended the call.
    LeftByThem,
    /// This person cancelled their call before it was answered.
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
    /// This person has blocked the other person.
    BlockedByMe,
    /// Another device of this person answered; its label if it has one.
    AnsweredElsewhere(Option<String>),
    /// Another device of this person declined.
    DeclinedElsewhere,
    /// This person is already in a call, possibly on another device.
    AlreadyInCall,
    /// The microphone was not available.
    MicrophoneProblem(MediaError),
    /// Both sides exchanged descriptions, but ICE found no path between them.
    ConnectFailed,
    /// ICE found no path, and every relay that could have provided one refused.
    RelayFailed,
    /// The other side's device answered the call, but never sent a description.
    PeerSilent,
    /// One browser rejected the other one's description.
    NegotiationFailed,
    /// This browser could not create a peer connection or description.
    BrowserFailed,
    /// The connection was lost and could not be restored.
    ConnectionLost,
    /// The server could not be reached.
    ServerUnreachable,
    /// The server replied that it cannot do anything right now: its database is unreachable, or it failed.
    ServerTrouble,
    /// The server's database has no room left.
    StorageFull,
    /// This person has called too often; the seconds to wait, if the server states them.
    RateLimited(Option<u32>),
    /// There is no such conversation (any more), or the two people are not contacts.
    NotContacts,
    /// The server did not understand the request.
    SignalingFailed,
    /// The session is no longer valid.
    SignedOut,
    /// Calls are switched off on this server.
    CallsDisabled,
}

/// The error categories (requirement).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Not an error.
    Normal,
    /// The microphone or camera.
    Media,
    /// The path between the two devices.
    Connection,
    /// The communication with the server.
    Signaling,
    /// A state that does not allow the call: busy, offline, already in a call.
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

/// A sound that loops for as long as the view asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loop {
    /// The ring tone of an incoming call.
    Ring,
    /// The ringback tone: the other side rings.
    Ringback,
}

impl CallView {
    /// The sound that belongs to this view.
    pub fn sound(&self) -> Option<Loop> {
        match self {
            Self::Incoming(IncomingView { stage: IncomingStage::Ringing, .. }) => Some(Loop::Ring),
            Self::Outgoing(OutgoingView { stage: OutgoingStage::Ringing, .. }) => Some(Loop::Ringback),
            Self::Idle | Self::Incoming(_) | Self::Outgoing(_) | Self::InCall(_) | Self::Ended(_) => None,
        }
    }

    /// Whether a call is being placed, ringing or active, so that no other call can begin.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Outgoing(_) | Self::Incoming(_) | Self::InCall(_) => true,
            Self::Idle | Self::Ended(_) => false,
        }
    }

    /// The other person, if there is a call or one has just ended.
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
    /// Whether the other side has muted its microphone.
    pub fn remote_muted(&self) -> bool {
        self.remote[Slot::Microphone] == SlotState::Off
    }

    /// Whether the other side's microphone is failing, which is not the same as muted.
    pub fn remote_microphone_fails(&self) -> bool {
        self.remote[Slot::Microphone] == SlotState::Failing
    }

    /// Whether the other side sends no camera picture; always true in a voice call.
    pub fn remote_camera_off(&self) -> bool {
        self.remote[Slot::Camera] != SlotState::On
    }
}

impl Outcome {
    /// Its error category.
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

    /// What the person can do next.
    pub fn ways(&self, call_type: CallType) -> Vec<WayForward> {
        use WayForward::{CallAgain, CallWithVoice, MicrophoneHelp, SignIn};
        match self {
            Self::DeclinedByMe => vec![],
            // It may have been a mistake, or there is something left to say.
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
