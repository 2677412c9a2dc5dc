//! Peer connections by key. Every asynchronous step checks afterwards that its connection is still open;
//! a late result is dropped.
//!
//! - `connection`: one RTCPeerConnection with its listeners, its data channel and the tracks attached
//! - `content`: which media sections of a description are a screen's
//! - `negotiation`: offers, answers and candidates
//! - `payloads`: descriptions that contradict themselves
//! - `channel`: messages of the data channel as JSON
//! - `link`: `connectionState` and `iceConnectionState` as one state
//! - `relay`: errors of TURN servers
//! - `stats`: how many bytes of media have arrived
//! - `video`: how the camera's video is sent
//! - `missing`: bindings that web-sys lacks
//!
//! Never decides when to open, offer, restart or close: that is the machine's.

mod channel;
mod connection;
mod content;
mod link;
mod missing;
mod negotiation;
mod payloads;
mod relay;
mod stats;
mod video;

pub use channel::{read as read_message, write as write_message};
pub use content::{mark as mark_slides, slides};
pub use link::fold as fold_link;
pub use video::hint_start_bitrate;

use super::{Emit, js};
use call_core::{
    Event, Fault, IceTransportPolicy, Negotiator, OfferKind, PeerEvent, PeerKey, PeerMessage, Slot, Slots,
};
use call_protocol::{IceCandidate, IceServer, SessionDescription};
use connection::Connection;
use core::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MediaStream, MediaStreamTrack};

/// All peer connections of this device; dropping it closes them.
pub struct Peers {
    emit: Emit,
    ice_servers: RefCell<JsValue>,
    open: RefCell<Vec<(PeerKey, Rc<Connection>)>>,
}

impl Peers {
    /// No connections yet.
    pub fn new(emit: Emit) -> Self {
        Self { emit, ice_servers: RefCell::new(js_sys::Array::new().into()), open: RefCell::default() }
    }

    /// Sets the ICE servers of all connections, open ones too: TURN credentials expire, and the next ICE restart needs new
    /// ones.
    pub fn set_ice_servers(&self, servers: &[IceServer]) {
        let Some(servers) = js::to_js(servers) else { return };
        self.ice_servers.replace(servers.clone());
        let open: Vec<_> = self.open.borrow().iter().map(|(_, connection)| connection.clone()).collect();
        for connection in open {
            connection.set_ice_servers(&servers);
        }
    }

    /// Opens a connection without tracks.
    pub fn open(&self, key: PeerKey, negotiator: Negotiator, reach: IceTransportPolicy) {
        match Connection::open(key, (negotiator, reach), &self.ice_servers.borrow(), self.emit.clone()) {
            Ok(connection) => self.open.borrow_mut().push((key, connection)),
            Err(_) => (self.emit)(Event::Peer(PeerEvent::NegotiationFailed(key, Fault::Local))),
        }
    }

    /// Creates and sets an offer; the result is an event.
    pub fn create_offer(&self, key: PeerKey, kind: OfferKind) {
        if let Some(connection) = self.find(key) {
            spawn_local(negotiation::create_offer(connection, kind));
        }
    }

    /// Sets a remote offer and creates the answer; the result is an event.
    pub fn set_remote_offer(&self, key: PeerKey, offer: SessionDescription) {
        if let Some(connection) = self.find(key) {
            spawn_local(negotiation::set_remote_offer(connection, offer));
        }
    }

    /// Sets a remote answer; the result is an event.
    pub fn set_remote_answer(&self, key: PeerKey, answer: SessionDescription) {
        if let Some(connection) = self.find(key) {
            spawn_local(negotiation::set_remote_answer(connection, answer));
        }
    }

    /// Adds a remote candidate; one that the browser refuses is dropped.
    pub fn add_candidate(&self, key: PeerKey, candidate: &IceCandidate) {
        if let Some(connection) = self.find(key) {
            spawn_local(negotiation::add_candidate(connection, negotiation::candidate_init(candidate)));
        }
    }

    /// Sends exactly these tracks from now on.
    pub fn replace_tracks(&self, key: PeerKey, tracks: Slots<Option<MediaStreamTrack>>) {
        if let Some(connection) = self.find(key) {
            connection.replace_tracks(tracks);
        }
    }

    /// Sends a message on the data channel if it is open.
    pub fn send(&self, key: PeerKey, message: &PeerMessage) {
        if let Some(connection) = self.find(key) {
            connection.send(message);
        }
    }

    /// Closes a connection.
    pub fn close(&self, key: PeerKey) {
        let found = self.open.borrow().iter().position(|(open, _)| *open == key);
        if let Some(index) = found {
            let (_, connection) = self.open.borrow_mut().swap_remove(index);
            connection.close();
        }
    }

    /// The stream of one remote slot; always the same object for a connection.
    pub fn received(&self, key: PeerKey, slot: Slot) -> Option<MediaStream> {
        // Clones the handle; `MediaStream.clone()` would make other tracks.
        self.find(key).map(|connection| Clone::clone(&connection.received[slot]))
    }

    fn find(&self, key: PeerKey) -> Option<Rc<Connection>> {
        self.open.borrow().iter().find(|(open, _)| *open == key).map(|(_, connection)| connection.clone())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.open.take().iter().for_each(|(_, connection)| connection.close());
    }
}
