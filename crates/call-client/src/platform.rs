//! What a client needs from the program that it runs in, as traits: time, tasks, randomness and memory ([`Platform`]),
//! the server ([`Signaling`]), and the WebRTC engine with its sounds ([`MediaEngine`]).
//! Never decides anything: whoever implements these traits carries out one order per method.

use call_core::{
    Event, IceTransportPolicy, Loop, MediaKey, MediaRequest, Negotiator, OfferKind, Party, PeerKey,
    PeerMessage, Rejoin, RequestError, Slot, Slots, Time, Tone,
};
use call_protocol::{
    Call, CallId, ClientFrame, DeviceId, EndCall, IceCandidate, IceServer, InitiateCall, LiveCall,
    SessionDescription,
};
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

/// Where a media engine reports what happened.
pub type Emit = Rc<dyn Fn(Event)>;

/// The surroundings of a client: one thread with timers and tasks. Cheap to clone; clones are the same surroundings.
pub trait Platform: Clone + 'static {
    /// A running timer; dropping it cancels it.
    type Timer: 'static;
    /// How this platform speaks to the server.
    type Signaling: Signaling;
    /// How this platform sends and receives media.
    type Engine: MediaEngine;

    /// This moment, by a clock that is never set back.
    fn now(&self) -> Time;

    /// Milliseconds since 1970, by the clock on the wall.
    fn wall_clock(&self) -> f64;

    /// Calls back once, after the wait.
    fn after(&self, wait: Duration, act: impl FnOnce() + 'static) -> Self::Timer;

    /// Runs a task on this thread, soon and never inside this call.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);

    /// Waits.
    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + 'static;

    /// An id that nobody has used before.
    fn random_id(&self) -> String;

    /// Whether this program replaces one that was reloaded, as opposed to being opened in any other way.
    fn is_reloaded(&self) -> bool;

    /// Keeps the call that was left because the program ended, under a name, for the program that takes its place.
    fn keep_left_call(&self, name: &str, left: &LeftCall);

    /// What was kept under a name; it is forgotten by that.
    fn take_left_call(&self, name: &str) -> Option<LeftCall>;

    /// Writes a line for developers.
    fn debug(&self, line: &str);
}

/// Why a program ends, as far as its platform can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It is closed or reloaded; browsers do not tell which.
    Unknown,
    /// The page navigates to another one.
    Navigation,
    /// The browser keeps the page in its back/forward cache.
    Cached,
}

/// A call that was left because its page was closed or reloaded.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftCall {
    /// When, in milliseconds since 1970.
    pub at: f64,
    /// With whom and where.
    pub party: Party,
    /// How long people had talked, if they had.
    pub seconds: Option<u32>,
    /// How a reloaded program rejoins it; `None` if it has ended.
    pub rejoin: Option<Rejoin>,
}

/// The server, as a signed-in device speaks to it; clones are the same connection.
pub trait Signaling: Clone + 'static {
    /// Which device this is; known before the first welcome.
    fn device(&self) -> Option<DeviceId>;

    /// How many clients this device has had before, such as pages before a reload.
    fn page(&self) -> u32;

    /// The ICE servers of the configuration, for a server that names none in its welcome.
    fn default_ice_servers(&self) -> Vec<IceServer>;

    /// Sends a frame if the socket is up; otherwise it is dropped, since the machine sends again what matters.
    fn send(&self, frame: &ClientFrame);

    /// The network may be gone: tries a second way to the server beside the first one, and uses whichever answers.
    fn doubt(&self);

    /// `POST /api/calls/initiate` with an idempotency key.
    fn initiate(
        &self,
        body: InitiateCall,
        key: String,
    ) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static;

    /// `POST /api/calls/{id}/answer`.
    fn answer(&self, call: CallId) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static;

    /// `POST /api/calls/{id}/decline`; must reach the server even if the program ends meanwhile.
    fn decline(&self, call: CallId) -> impl Future<Output = Result<Call, RequestError>> + 'static;

    /// `POST /api/calls/{id}/end`; must reach the server even if the program ends meanwhile.
    fn end(&self, call: CallId, body: EndCall) -> impl Future<Output = Result<Call, RequestError>> + 'static;
}

/// Media sources, peer connections and sounds of one client. Dropping it releases and silences everything.
pub trait MediaEngine: 'static {
    /// Reports from now on which devices would be granted without a question, and when devices come and go.
    fn watch(&self);

    /// `getUserMedia`; answered by `MediaEvent::Ready` or `Failed`.
    fn acquire(&self, key: MediaKey, wanted: MediaRequest);

    /// Stops every track of an acquisition, also of one that is still being asked for.
    fn release(&self, key: MediaKey);

    /// Stops one track.
    fn stop(&self, key: MediaKey, slot: Slot);

    /// Sets `enabled` on the microphone track.
    fn set_muted(&self, key: MediaKey, muted: bool);

    /// Replaces the ICE servers, in open connections too: credentials of relays expire.
    fn set_ice_servers(&self, servers: &[IceServer]);

    /// Opens a peer connection with its data channel.
    fn open_peer(&self, key: PeerKey, negotiator: Negotiator, reach: IceTransportPolicy);

    /// `createOffer` and `setLocalDescription`; answered by `PeerEvent::OfferCreated`.
    fn create_offer(&self, key: PeerKey, kind: OfferKind);

    /// `setRemoteDescription(offer)`, `createAnswer`, `setLocalDescription`; answered by `PeerEvent::AnswerCreated`.
    fn set_remote_offer(&self, key: PeerKey, offer: SessionDescription);

    /// `setRemoteDescription(answer)`; answered by `PeerEvent::RemoteAnswerSet`.
    fn set_remote_answer(&self, key: PeerKey, answer: SessionDescription);

    /// `addIceCandidate`; a refused candidate is forgotten.
    fn add_candidate(&self, key: PeerKey, candidate: &IceCandidate);

    /// `replaceTrack` on the sender of every slot, with the track of this acquisition or with nothing.
    fn replace_tracks(&self, peer: PeerKey, tracks: Slots<Option<MediaKey>>);

    /// Sends a message on the data channel if it is open.
    fn send_message(&self, key: PeerKey, message: &PeerMessage);

    /// Closes a peer connection and forgets it.
    fn close_peer(&self, key: PeerKey);

    /// Plays this loop and no other.
    fn set_loop(&self, wanted: Option<Loop>);

    /// Plays the voice that this connection receives and no other.
    fn set_voice(&self, wanted: Option<PeerKey>);

    /// Plays a tone once.
    fn play(&self, tone: Tone);
}
