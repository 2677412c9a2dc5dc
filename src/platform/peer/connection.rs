//! One RTCPeerConnection with its listeners, its data channel, the tracks sent and the streams received.
//! The transceivers of all slots exist from the first offer on and always say `sendrecv`, so tracks come and go by
//! `replaceTrack` alone; a peer that does not know the slots of a screen answers them with another direction. Never negotiates: see `negotiation`.

use super::{channel, content, link, missing, relay, stats, video};
use crate::platform::Emit;
use crate::platform::js::{self, get_text};
use crate::platform::listener::Listener;
use crate::platform::timer::Interval;
use call_core::{
    Event, IceTransportPolicy, Link, Negotiator, PeerEvent, PeerKey, PeerMessage, Slot, Slots, Source,
    TrackKind,
};
use call_protocol::IceCandidate;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaStream, MediaStreamTrack, RtcBundlePolicy, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcDataChannelState, RtcIceCandidate, RtcPeerConnection, RtcRtpTransceiver, RtcRtpTransceiverDirection,
    RtcRtpTransceiverInit,
};

/// How often received bytes are counted once tracks are attached and until the first have come: the call counts from them.
const EAGER_PERIOD: Duration = Duration::from_millis(100);
/// For so many periods at most: the other side may never send media.
const EAGER_TIMES: u32 = 100;
/// After that, one in so many periods.
const USUAL_EVERY: u32 = 5;
/// They are counted eagerly, too, for so many periods after what arrived has ceased to: by then it is known why.
const QUIET_TIMES: u32 = 20;

pub(super) struct Connection {
    pub(super) key: PeerKey,
    kind: (Negotiator, IceTransportPolicy),
    pub(super) pc: RtcPeerConnection,
    /// The remote stream of each slot: created here, since a transceiver without a track signals no stream.
    pub(super) received: Slots<MediaStream>,
    /// The transceivers of the screen's slots. Of any others, the first of each kind are microphone and camera.
    displays: RefCell<Vec<RtcRtpTransceiver>>,
    /// The stream that all senders name, for lip synchronisation at the other side; never holds a track.
    together: MediaStream,
    channel: RtcDataChannel,
    emit: Emit,
    listeners: RefCell<Vec<Listener>>,
    reports: RefCell<Option<Interval>>,
    /// How often bytes are still counted eagerly.
    eager: Cell<u32>,
    /// A moment that moves whenever something is played, and for how many looks it has stood still.
    played: Cell<(f64, u32)>,
    tracks: RefCell<Slots<Option<MediaStreamTrack>>>,
    link: Cell<Link>,
    open: Cell<bool>,
}

impl Connection {
    pub(super) fn open(
        key: PeerKey,
        kind: (Negotiator, IceTransportPolicy),
        ice_servers: &JsValue,
        emit: Emit,
    ) -> Result<Rc<Self>, JsValue> {
        let pc = RtcPeerConnection::new_with_configuration(&configuration(kind, ice_servers))?;
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(0);
        let connection = Rc::new(Self {
            key,
            kind,
            channel: pc.create_data_channel_with_data_channel_dict("call", &init),
            pc,
            received: streams()?,
            displays: RefCell::default(),
            together: MediaStream::new()?,
            emit,
            listeners: RefCell::default(),
            reports: RefCell::default(),
            eager: Cell::default(),
            played: Cell::default(),
            tracks: RefCell::default(),
            link: Cell::new(Link::Connecting),
            open: Cell::new(true),
        });
        connection.listen();
        match kind.0 {
            Negotiator::Offerer => {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
                init.set_streams(&Array::of1(&connection.together));
                for slot in Slot::ALL {
                    connection.add_transceiver(slot, &init);
                }
                connection.take_transceivers();
            }
            // The offer brings them; own ones would not be bound to it.
            Negotiator::Answerer => {}
        }
        Ok(connection)
    }

    /// Replaces the ICE servers; a browser that refuses keeps the old ones.
    pub(super) fn set_ice_servers(&self, servers: &JsValue) {
        let configuration = configuration(self.kind, servers);
        let _set = self.pc.set_configuration_with_configuration(&configuration);
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.get()
    }

    /// Reports an event, unless the connection was closed meanwhile.
    pub(super) fn tell(&self, event: PeerEvent) {
        if self.open.get() {
            (self.emit)(Event::Peer(event));
        }
    }

    pub(super) fn replace_tracks(&self, tracks: Slots<Option<MediaStreamTrack>>) {
        let first = self.tracks.replace(tracks).is_empty();
        if first {
            self.eager.set(EAGER_TIMES);
        }
        self.send_tracks();
    }

    pub(super) fn send(&self, message: &PeerMessage) {
        if self.channel.ready_state() == RtcDataChannelState::Open
            && let Some(text) = channel::write(message)
        {
            // Fails on a full or closing channel; signals also travel through the server.
            let _sent = self.channel.send_with_str(&text);
        }
    }

    pub(super) fn close(&self) {
        self.open.set(false);
        self.reports.take();
        self.listeners.take();
        self.tracks.take();
        self.displays.take();
        self.pc.close();
    }

    fn add_transceiver(&self, slot: Slot, init: &RtcRtpTransceiverInit) {
        let kind = match slot.kind() {
            TrackKind::Audio => "audio",
            TrackKind::Video => "video",
        };
        let transceiver = self.pc.add_transceiver_with_str_and_init(kind, init);
        if slot.source() == Source::Display {
            content::keep_short(&transceiver, kind);
            self.displays.borrow_mut().push(transceiver);
        }
    }

    /// Notes which offered media sections are a screen's.
    pub(super) fn read_slides(&self, sdp: &str) {
        let slides = content::slides(sdp);
        let known = self.displays.borrow().clone();
        let new = self.transceivers().filter(|one| {
            !known.contains(one) && get_text(one, "mid").is_some_and(|mid| slides.contains(&mid))
        });
        let new: Vec<_> = new.collect();
        self.displays.borrow_mut().extend(new);
    }

    /// An own description as it is sent.
    pub(super) fn mark_slides(&self, sdp: &str) -> String {
        let displays = self.displays.borrow().clone();
        let mids: Vec<_> = displays.iter().filter_map(|one| get_text(one, "mid")).collect();
        content::mark(sdp, &mids)
    }

    /// Makes the transceivers of the slots ready to send and receive, and collects what they receive; any more that the
    /// other side describes stay silent both ways.
    pub(super) fn take_transceivers(&self) {
        let ours = self.ours();
        for transceiver in self.transceivers() {
            let slot = ours.iter().find(|(_, one)| one.as_ref() == Some(&transceiver)).map(|(slot, _)| slot);
            let direction = if slot.is_some() { "sendrecv" } else { "inactive" };
            let more: &missing::Transceiver = AsRef::<JsValue>::as_ref(&transceiver).unchecked_ref();
            let (Ok(()), Some(slot)) = (more.set_direction(direction), slot) else {
                continue; // a section that was rejected, or nobody's
            };
            let sender: JsValue = transceiver.sender().into();
            let streams = Array::of1(&self.together);
            let _grouped = sender.unchecked_ref::<missing::Sender>().set_streams(&streams);
            self.received[slot].add_track(&transceiver.receiver().track());
        }
        self.send_tracks();
    }

    /// Once both descriptions are set, the camera's sender can be told how to send.
    pub(super) async fn tune(&self) {
        if self.open.get()
            && let Some(transceiver) = &self.ours()[Slot::Camera]
        {
            video::tune(transceiver.sender()).await;
        }
    }

    fn transceivers(&self) -> impl Iterator<Item = RtcRtpTransceiver> {
        self.pc.get_transceivers().to_vec().into_iter().map(JsCast::unchecked_into)
    }

    /// The first section of each slot that is not rejected.
    fn ours(&self) -> Slots<Option<RtcRtpTransceiver>> {
        let displays = self.displays.borrow().clone();
        let mut ours: Slots<Option<RtcRtpTransceiver>> = Slots::default();
        for one in self.transceivers().filter(|one| get_text(one, "direction").is_some_and(is_alive)) {
            let kind = if is_video(&one) { TrackKind::Video } else { TrackKind::Audio };
            let source = if displays.contains(&one) { Source::Display } else { Source::Device };
            ours[Slot::of(kind, source)].get_or_insert(one);
        }
        ours
    }

    fn send_tracks(&self) {
        let tracks = self.tracks.borrow().clone();
        let ours = self.ours();
        for (slot, track) in tracks.iter() {
            let Some(transceiver) = &ours[slot] else { continue };
            if transceiver.sender().track() == *track {
                continue; // asking costs the browser time just when a call is answered
            }
            let replaced = transceiver.sender().replace_track(track.as_ref());
            // Rejected only when the connection was closed meanwhile.
            spawn_local(async move {
                let _replaced = JsFuture::from(replaced).await;
            });
        }
    }

    fn listen(self: &Rc<Self>) {
        let on = |act: fn(&Rc<Self>, &web_sys::Event)| {
            let this = Rc::downgrade(self);
            move |event: web_sys::Event| {
                if let Some(this) = this.upgrade() {
                    act(&this, &event);
                }
            }
        };
        self.listeners.replace(vec![
            Listener::new(&self.pc, "icecandidate", on(Self::candidate_found)),
            Listener::new(&self.pc, "icecandidateerror", on(Self::candidate_missing)),
            Listener::new(&self.pc, "connectionstatechange", on(Self::link_changed)),
            Listener::new(&self.pc, "iceconnectionstatechange", on(Self::link_changed)),
            Listener::new(&self.channel, "open", on(|this, _| this.tell(PeerEvent::ChannelOpen(this.key)))),
            Listener::new(&self.channel, "message", on(Self::message_came)),
        ]);
    }

    fn candidate_found(self: &Rc<Self>, event: &web_sys::Event) {
        let Some(candidate) = js::get_as::<RtcIceCandidate>(event, "candidate") else { return };
        // The end-of-candidates indication, which is not signalled.
        if candidate.candidate().is_empty() {
            return;
        }
        let more: &missing::Candidate = AsRef::<JsValue>::as_ref(&candidate).unchecked_ref();
        let found = IceCandidate {
            candidate: candidate.candidate(),
            sdp_mid: candidate.sdp_mid(),
            sdp_m_line_index: candidate.sdp_m_line_index(),
            username_fragment: more.username_fragment(),
        };
        self.tell(PeerEvent::Candidate(self.key, found));
    }

    fn candidate_missing(self: &Rc<Self>, event: &web_sys::Event) {
        if relay::has_failed(event) {
            self.tell(PeerEvent::RelayFailed(self.key));
        }
    }

    fn link_changed(self: &Rc<Self>, _event: &web_sys::Event) {
        let state = |name| get_text(&self.pc, name).unwrap_or_default();
        let link = link::fold(&state("connectionState"), &state("iceConnectionState"));
        if self.link.replace(link) == link {
            return;
        }
        if link == Link::Connected && self.reports.borrow().is_none() {
            let this = Rc::downgrade(self);
            let turns = Cell::new(0_u32);
            let reports = Interval::new(EAGER_PERIOD, move || {
                let turn = turns.replace((turns.get() + 1) % USUAL_EVERY);
                if let Some(this) = this.upgrade().filter(|this| this.wants_count(turn)) {
                    spawn_local(report(this));
                }
            });
            self.reports.replace(Some(reports));
        }
        self.tell(PeerEvent::Link(self.key, link));
    }

    fn wants_count(&self, turn: u32) -> bool {
        let eager = self.eager.get();
        self.eager.set(eager.saturating_sub(1));
        let quiet = self.is_quiet();
        eager > 0 || turn == 0 || quiet
    }

    /// Whether nothing new of the other side has been played since the last look, but had been before. Asking the
    /// receivers costs far less than statistics do.
    fn is_quiet(&self) -> bool {
        let mut played = 0.0;
        for transceiver in self.transceivers() {
            let receiver: JsValue = transceiver.receiver().into();
            for source in receiver.unchecked_ref::<missing::Receiver>().synchronization_sources().iter() {
                played += js::get(&source, "timestamp").as_f64().unwrap_or_default();
            }
        }
        let (before, looks) = self.played.get();
        let looks = if played == before { looks.saturating_add(1) } else { 0 };
        self.played.set((played, looks));
        played > 0.0 && (1..=QUIET_TIMES).contains(&looks)
    }

    fn message_came(self: &Rc<Self>, event: &web_sys::Event) {
        if let Some(message) = get_text(event, "data").as_deref().and_then(channel::read) {
            self.tell(PeerEvent::Message(self.key, message));
        }
    }
}

async fn report(connection: Rc<Connection>) {
    if let Some(stats::Counts { media_bytes, transport_bytes }) = stats::counts(&connection.pc).await {
        if media_bytes > 0 {
            connection.eager.set(0);
        }
        connection.tell(PeerEvent::Received { peer: connection.key, media_bytes, transport_bytes });
    }
}

fn configuration(
    (negotiator, reach): (Negotiator, IceTransportPolicy),
    ice_servers: &JsValue,
) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    js::set(
        &configuration,
        "iceTransportPolicy",
        match reach {
            IceTransportPolicy::All => "all",
            IceTransportPolicy::Relay => "relay",
        },
    );
    configuration.set_ice_servers(ice_servers);
    // Our offers bundle everything; an answer to an offer without BUNDLE gets several transports.
    configuration.set_bundle_policy(match negotiator {
        Negotiator::Offerer => RtcBundlePolicy::MaxBundle,
        Negotiator::Answerer => RtcBundlePolicy::Balanced,
    });
    configuration
}

fn streams() -> Result<Slots<MediaStream>, JsValue> {
    let streams = [MediaStream::new()?, MediaStream::new()?, MediaStream::new()?, MediaStream::new()?];
    Ok(streams.into())
}

/// Whether a section of this direction still exists.
fn is_alive(direction: String) -> bool {
    direction != "stopped"
}

fn is_video(transceiver: &RtcRtpTransceiver) -> bool {
    transceiver.receiver().track().kind() == "video"
}
