//! The browser as the platform and network of `call_client`: time, tasks, storage, requests, sockets, WebRTC and sounds.
//! One line per effect; never decides anything.

use super::device::Device;
use super::listener::Listener;
use super::media::Media;
use super::peer::Peers;
use super::socket::{self, Socket};
use super::sound::Sounds;
use super::wire::Value;
use super::{clock, http, js, left, timer};
use call_client::{
    Emit, Hint, HttpRequest, LeftCall, MediaEngine, Network, Platform, Reply, Session, SocketReport,
};
use call_core::{
    IceTransportPolicy, Loop, MediaKey, MediaRequest, Negotiator, OfferKind, PeerKey, PeerMessage, Slot,
    Slots, Time, Tone,
};
use call_protocol::{IceCandidate, IceServer, SessionDescription};
use core::future::Future;
use core::time::Duration;
use serde::Serialize;
use std::rc::Rc;
use web_sys::{MediaStream, VisibilityState};

/// The page that the client runs in.
#[derive(Clone, Copy, Debug)]
pub struct Browser;

impl Platform for Browser {
    type Timer = timer::Timeout;
    type Signaling = Session<Self>;
    type Engine = BrowserEngine;

    fn now(&self) -> Time {
        clock::now()
    }

    fn wall_clock(&self) -> f64 {
        js_sys::Date::now()
    }

    fn after(&self, wait: Duration, act: impl FnOnce() + 'static) -> timer::Timeout {
        timer::Timeout::new(wait, act)
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + 'static {
        timer::sleep(wait)
    }

    fn random_id(&self) -> String {
        js::random_id()
    }

    fn is_reloaded(&self) -> bool {
        js::is_reloaded()
    }

    fn keep_left_call(&self, name: &str, left: &LeftCall) {
        left::keep(name, left);
    }

    fn take_left_call(&self, name: &str) -> Option<LeftCall> {
        left::take(name)
    }

    fn debug(&self, line: &str) {
        web_sys::console::debug_1(&line.into());
    }
}

/// Media, peer connections and sounds of one client.
pub struct BrowserEngine {
    media: Media,
    peers: Peers,
    /// The sounds.
    pub sounds: Sounds,
}

impl BrowserEngine {
    /// Without media and connections. The sound files are below `assets`; `heard` is called when it may have changed whether
    /// sounds can be heard.
    pub fn new(assets: &str, heard: Rc<dyn Fn()>, emit: Emit) -> Self {
        Self { media: Media::new(emit.clone()), peers: Peers::new(emit), sounds: Sounds::new(assets, heard) }
    }

    /// The stream of the self view.
    pub fn local_picture(&self, key: MediaKey) -> Option<MediaStream> {
        self.media.picture(key)
    }

    /// The remote camera's stream.
    pub fn remote_picture(&self, key: PeerKey) -> Option<MediaStream> {
        self.peers.received(key, Slot::Camera)
    }
}

impl MediaEngine for BrowserEngine {
    fn watch(&self) {
        self.media.watch();
    }

    fn acquire(&self, key: MediaKey, wanted: MediaRequest) {
        self.media.acquire(key, wanted);
    }

    fn release(&self, key: MediaKey) {
        self.media.release(key);
    }

    fn stop(&self, key: MediaKey, slot: Slot) {
        self.media.stop(key, slot);
    }

    fn set_muted(&self, key: MediaKey, muted: bool) {
        self.media.set_muted(key, muted);
    }

    fn set_ice_servers(&self, servers: &[IceServer]) {
        self.peers.set_ice_servers(servers);
    }

    fn open_peer(&self, key: PeerKey, negotiator: Negotiator, reach: IceTransportPolicy) {
        self.peers.open(key, negotiator, reach);
    }

    fn create_offer(&self, key: PeerKey, kind: OfferKind) {
        self.peers.create_offer(key, kind);
    }

    fn set_remote_offer(&self, key: PeerKey, offer: SessionDescription) {
        self.peers.set_remote_offer(key, offer);
    }

    fn set_remote_answer(&self, key: PeerKey, answer: SessionDescription) {
        self.peers.set_remote_answer(key, answer);
    }

    fn add_candidate(&self, key: PeerKey, candidate: &IceCandidate) {
        self.peers.add_candidate(key, candidate);
    }

    fn replace_tracks(&self, peer: PeerKey, tracks: Slots<Option<MediaKey>>) {
        let track = |slot| tracks[slot].and_then(|key| self.media.track(key, slot));
        self.peers.replace_tracks(peer, Slots::from_fn(track));
    }

    fn send_message(&self, key: PeerKey, message: &PeerMessage) {
        self.peers.send(key, message);
    }

    fn close_peer(&self, key: PeerKey) {
        self.peers.close(key);
    }

    fn set_loop(&self, wanted: Option<Loop>) {
        self.sounds.set_loop(wanted);
    }

    fn set_voice(&self, wanted: Option<PeerKey>) {
        self.sounds.set_voice(wanted, |key| self.peers.received(key, Slot::Microphone));
    }

    fn play(&self, tone: Tone) {
        self.sounds.play(tone);
    }
}

impl Network for Browser {
    type Socket = Socket;
    type Json = Value;
    type Watch = Vec<Listener>;

    fn open_socket(&self, url: &str, tell: impl Fn(SocketReport) + 'static) -> Option<Socket> {
        Socket::open(url, Rc::new(tell))
    }

    fn fetch(&self, request: HttpRequest) -> impl Future<Output = Option<Reply<Value>>> + 'static {
        http::fetch(request)
    }

    fn to_json<T: Serialize>(&self, value: &T) -> Option<String> {
        js::to_json(value)
    }

    fn claim_device(&self) -> impl Future<Output = call_client::Device> + 'static {
        claim_device()
    }

    fn watch(&self, tell: impl Fn(Hint) + 'static) -> Vec<Listener> {
        socket::watch(Rc::new(tell))
    }

    fn is_visible(&self) -> bool {
        js::document().visibility_state() == VisibilityState::Visible
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}

async fn claim_device() -> call_client::Device {
    let device = Device::claim().await;
    let (id, page, label) = (device.id.clone(), device.page, device.label.clone());
    call_client::Device { id, page, label, claim: Box::new(device) }
}
