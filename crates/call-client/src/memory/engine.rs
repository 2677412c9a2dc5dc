//! The WebRTC engine of a world: devices that are always granted, and peer connections that come up as soon as an
//! offer was answered. Descriptions name the connection that made them; there are no candidates.

use super::World;
use crate::platform::{Emit, MediaEngine};
use call_core::{
    Event, IceTransportPolicy, Link, Loop, MediaEvent, MediaKey, MediaRequest, Negotiator, OfferKind,
    PeerEvent, PeerKey, PeerMessage, Slot, Slots, Tone,
};
use call_protocol::{IceCandidate, IceServer, SessionDescription};
use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

/// How long the engine takes for whatever it is asked.
const STEP: Duration = Duration::from_millis(5);
/// How often received bytes are counted.
const COUNT: Duration = Duration::from_millis(500);
/// How many arrive in that time, while the other side sends.
const BYTES: u64 = 2_000;
const UFRAG: &str = "a=ice-ufrag:";

/// A peer connection; its place in the list of all of a world is its name.
pub(super) struct Peer {
    key: PeerKey,
    emit: Emit,
    open: bool,
    /// The other end, once a description of it was taken.
    far: Option<usize>,
    connected: bool,
    sends: bool,
    received: u64,
}

/// What one client sends and receives.
pub struct MemoryEngine {
    world: World,
    emit: Emit,
    acquired: Rc<RefCell<Vec<MediaKey>>>,
}

impl MemoryEngine {
    pub(super) fn new(world: World, emit: Emit) -> Self {
        Self { world, emit, acquired: Rc::default() }
    }

    /// Reports something in a moment, unless the connection was closed meanwhile.
    fn report(&self, at: usize, event: PeerEvent) {
        let world = self.world.clone();
        self.world.later(STEP, move || world.emit(at, event));
    }

    fn find(&self, key: PeerKey) -> Option<usize> {
        let peers = self.world.0.peers.borrow();
        peers.iter().position(|peer| peer.open && peer.key == key && Rc::ptr_eq(&peer.emit, &self.emit))
    }

    fn set(&self, at: usize, change: impl FnOnce(&mut Peer)) {
        change(&mut self.world.0.peers.borrow_mut()[at]);
    }
}

impl World {
    fn emit(&self, at: usize, event: PeerEvent) {
        let emit = Some(&self.0.peers.borrow()[at]).filter(|peer| peer.open).map(|peer| peer.emit.clone());
        if let Some(emit) = emit {
            emit(Event::Peer(event));
        }
    }

    fn key_of(&self, at: usize) -> PeerKey {
        self.0.peers.borrow()[at].key
    }

    /// Two connections have each other's description.
    fn join(&self, one: usize, two: usize) {
        for (at, far) in [(one, two), (two, one)] {
            let peer = &mut self.0.peers.borrow_mut()[at];
            peer.far = Some(far);
            if core::mem::replace(&mut peer.connected, true) {
                continue;
            }
            let world = self.clone();
            self.later(STEP, move || {
                let key = world.key_of(at);
                world.emit(at, PeerEvent::Link(key, Link::Connected));
                world.emit(at, PeerEvent::ChannelOpen(key));
                world.count(at);
            });
        }
    }

    /// Counts what arrives, again and again while the connection is open.
    fn count(&self, at: usize) {
        let mut peers = self.0.peers.borrow_mut();
        let arrives = peers[at].far.is_some_and(|far| peers[far].open && peers[far].sends);
        let peer = &mut peers[at];
        if !peer.open {
            return;
        }
        peer.received += if arrives { BYTES } else { 0 };
        let event = PeerEvent::Received {
            peer: peer.key,
            media_bytes: peer.received,
            transport_bytes: None, // this engine has no transport
        };
        drop(peers);
        self.emit(at, event);
        let world = self.clone();
        self.later(COUNT, move || world.count(at));
    }
}

fn describe(at: usize) -> SessionDescription {
    SessionDescription { sdp: format!("{UFRAG}{at}\r\n") }
}

/// Which connection made a description.
fn read(description: &SessionDescription) -> Option<usize> {
    description.sdp.trim_end().strip_prefix(UFRAG)?.parse().ok()
}

impl MediaEngine for MemoryEngine {
    fn watch(&self) {
        for slot in [Slot::Microphone, Slot::Camera] {
            let emit = self.emit.clone();
            let granted = Event::Media(MediaEvent::Permission { slot, granted: true });
            self.world.later(STEP, move || emit(granted));
        }
    }

    fn acquire(&self, key: MediaKey, _wanted: MediaRequest) {
        self.acquired.borrow_mut().push(key);
        let (emit, acquired) = (self.emit.clone(), self.acquired.clone());
        self.world.later(STEP, move || {
            let held = acquired.borrow().contains(&key);
            if held {
                emit(Event::Media(MediaEvent::Ready(key)));
            }
        });
    }

    fn release(&self, key: MediaKey) {
        self.acquired.borrow_mut().retain(|held| *held != key);
    }

    fn stop(&self, _key: MediaKey, _slot: Slot) {}

    fn set_muted(&self, _key: MediaKey, _muted: bool) {}

    fn set_ice_servers(&self, _servers: &[IceServer]) {}

    fn open_peer(&self, key: PeerKey, _negotiator: Negotiator, _reach: IceTransportPolicy) {
        let emit = self.emit.clone();
        let peer = Peer { key, emit, open: true, far: None, connected: false, sends: false, received: 0 };
        self.world.0.peers.borrow_mut().push(peer);
    }

    fn create_offer(&self, key: PeerKey, _kind: OfferKind) {
        if let Some(at) = self.find(key) {
            self.report(at, PeerEvent::OfferCreated(key, describe(at)));
        }
    }

    fn set_remote_offer(&self, key: PeerKey, offer: SessionDescription) {
        if let Some(at) = self.find(key) {
            self.set(at, |peer| peer.far = read(&offer));
            self.report(at, PeerEvent::AnswerCreated(key, describe(at)));
        }
    }

    fn set_remote_answer(&self, key: PeerKey, answer: SessionDescription) {
        if let (Some(at), Some(far)) = (self.find(key), read(&answer)) {
            self.report(at, PeerEvent::RemoteAnswerSet(key));
            self.world.join(at, far);
        }
    }

    fn add_candidate(&self, _key: PeerKey, _candidate: &IceCandidate) {}

    fn replace_tracks(&self, peer: PeerKey, tracks: Slots<Option<MediaKey>>) {
        if let Some(at) = self.find(peer) {
            self.set(at, |peer| peer.sends = !tracks.is_empty());
        }
    }

    fn send_message(&self, key: PeerKey, message: &PeerMessage) {
        let far = self.find(key).and_then(|at| self.world.0.peers.borrow()[at].far);
        if let Some(far) = far {
            self.report(far, PeerEvent::Message(self.world.key_of(far), message.clone()));
        }
    }

    fn close_peer(&self, key: PeerKey) {
        if let Some(at) = self.find(key) {
            self.set(at, |peer| peer.open = false);
        }
    }

    fn set_loop(&self, _wanted: Option<Loop>) {}

    fn set_voice(&self, _wanted: Option<PeerKey>) {}

    fn play(&self, _tone: Tone) {}
}

impl Drop for MemoryEngine {
    fn drop(&mut self) {
        let mut peers = self.world.0.peers.borrow_mut();
        for peer in peers.iter_mut().filter(|peer| Rc::ptr_eq(&peer.emit, &self.emit)) {
            peer.open = false;
        }
    }
}
