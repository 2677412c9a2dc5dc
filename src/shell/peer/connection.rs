//! One RTCPeerConnection with its listeners, its data channel, the tracks attached and the streams received.
//! Both transceivers exist from the first offer on and always say `sendrecv`, so tracks come and go by
//! `replaceTrack` alone. Never negotiates: see `negotiation`.

use super::{channel, link, missing, relay, stats, video};
use crate::shell::Emit;
use crate::shell::js::{self, get_text};
use crate::shell::listener::Listener;
use crate::shell::timer::Interval;
use call_core::{Event, Link, Negotiator, PeerEvent, PeerKey, PeerMessage, Reach};
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
/// For so many of these periods; after that nothing may ever come.
const EAGER_TIMES: u32 = 100;
/// Otherwise every so-manieth time.
const USUAL_EVERY: u32 = 5;

pub(super) struct Connection {
    pub(super) key: PeerKey,
    kind: (Negotiator, Reach),
    pub(super) pc: RtcPeerConnection,
    /// The other side's picture and voice: made here, since empty transceivers bring no streams.
    pub(super) picture: MediaStream,
    pub(super) voice: MediaStream,
    /// Names what belongs together for the other side's lip synchronisation; never holds a track.
    together: MediaStream,
    channel: RtcDataChannel,
    emit: Emit,
    listeners: RefCell<Vec<Listener>>,
    reports: RefCell<Option<Interval>>,
    /// How often bytes are still counted eagerly.
    eager: Cell<u32>,
    attached: RefCell<[Option<MediaStreamTrack>; 2]>,
    link: Cell<Link>,
    open: Cell<bool>,
}

impl Connection {
    pub(super) fn open(
        key: PeerKey,
        kind: (Negotiator, Reach),
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
            picture: MediaStream::new()?,
            voice: MediaStream::new()?,
            together: MediaStream::new()?,
            emit,
            listeners: RefCell::default(),
            reports: RefCell::default(),
            eager: Cell::default(),
            attached: RefCell::default(),
            link: Cell::new(Link::Connecting),
            open: Cell::new(true),
        });
        connection.listen();
        match kind.0 {
            Negotiator::Offerer => {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
                init.set_streams(&Array::of1(&connection.together));
                connection.pc.add_transceiver_with_str_and_init("audio", &init);
                connection.pc.add_transceiver_with_str_and_init("video", &init);
                connection.take_transceivers();
            }
            // The offer brings them; own ones would not be bound to it.
            Negotiator::Answerer => {}
        }
        Ok(connection)
    }

    /// Renews what it is configured with; a browser that refuses keeps what it has.
    pub(super) fn set_ice_servers(&self, servers: &JsValue) {
        let configuration = configuration(self.kind, servers);
        let _set = self.pc.set_configuration_with_configuration(&configuration);
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.get()
    }

    /// Says something, unless the connection was closed meanwhile.
    pub(super) fn tell(&self, event: PeerEvent) {
        if self.open.get() {
            (self.emit)(Event::Peer(event));
        }
    }

    pub(super) fn attach(&self, audio: Option<MediaStreamTrack>, video: Option<MediaStreamTrack>) {
        let first = self.attached.replace([audio, video]).iter().all(Option::is_none);
        if first {
            self.eager.set(EAGER_TIMES);
        }
        self.replace_tracks();
    }

    pub(super) fn send(&self, message: &PeerMessage) {
        if self.channel.ready_state() == RtcDataChannelState::Open
            && let Some(text) = channel::write(message)
        {
            // Fails on a full or closing channel; what matters travels by the server, too.
            let _sent = self.channel.send_with_str(&text);
        }
    }

    pub(super) fn close(&self) {
        self.open.set(false);
        self.reports.take();
        self.listeners.take();
        self.attached.take();
        self.pc.close();
    }

    /// Makes the call's two transceivers ready to send and receive, and collects what they receive; any more that the
    /// other side describes stay silent both ways.
    pub(super) fn take_transceivers(&self) {
        let ours = self.ours();
        for transceiver in self.transceivers() {
            let is_ours = ours.iter().flatten().any(|one| *one == transceiver);
            let direction = if is_ours { "sendrecv" } else { "inactive" };
            let more: &missing::Transceiver = AsRef::<JsValue>::as_ref(&transceiver).unchecked_ref();
            if more.set_direction(direction).is_err() || !is_ours {
                continue; // a section that was rejected
            }
            let sender: JsValue = transceiver.sender().into();
            let streams = Array::of1(&self.together);
            let _grouped = sender.unchecked_ref::<missing::Sender>().set_streams(&streams);
            let track = transceiver.receiver().track();
            let stream = if is_video(&transceiver) { &self.picture } else { &self.voice };
            stream.add_track(&track);
        }
        self.replace_tracks();
    }

    /// Once both descriptions are set, the camera's sender can be told how to send.
    pub(super) async fn tune(&self) {
        if self.open.get()
            && let [_, Some(transceiver)] = self.ours()
        {
            video::tune(transceiver.sender()).await;
        }
    }

    fn transceivers(&self) -> impl Iterator<Item = RtcRtpTransceiver> {
        self.pc.get_transceivers().to_vec().into_iter().map(JsCast::unchecked_into)
    }

    /// The first section of each kind that is not rejected: voice, picture.
    fn ours(&self) -> [Option<RtcRtpTransceiver>; 2] {
        let first = |video| {
            self.transceivers()
                .find(|one| is_video(one) == video && get_text(one, "direction").is_some_and(is_alive))
        };
        [first(false), first(true)]
    }

    fn replace_tracks(&self) {
        let attached = self.attached.borrow().clone();
        for (transceiver, track) in self.ours().into_iter().zip(&attached) {
            let Some(transceiver) = transceiver else { continue };
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
        // An empty one says that there are no more; ICE needs no telling.
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
        eager > 0 || turn == 0
    }

    fn message_came(self: &Rc<Self>, event: &web_sys::Event) {
        if let Some(message) = get_text(event, "data").as_deref().and_then(channel::read) {
            self.tell(PeerEvent::Message(self.key, message));
        }
    }
}

async fn report(connection: Rc<Connection>) {
    if let Some(media_bytes) = stats::media_bytes(&connection.pc).await {
        if media_bytes > 0 {
            connection.eager.set(0);
        }
        connection.tell(PeerEvent::Received { peer: connection.key, media_bytes });
    }
}

fn configuration((negotiator, reach): (Negotiator, Reach), ice_servers: &JsValue) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    js::set(
        &configuration,
        "iceTransportPolicy",
        match reach {
            Reach::AnyWay => "all",
            Reach::RelaysOnly => "relay",
        },
    );
    configuration.set_ice_servers(ice_servers);
    // One transport for all that is offered; who offers several without saying that they may be one gets several.
    configuration.set_bundle_policy(match negotiator {
        Negotiator::Offerer => RtcBundlePolicy::MaxBundle,
        Negotiator::Answerer => RtcBundlePolicy::Balanced,
    });
    configuration
}

/// Whether a section of this direction still exists.
fn is_alive(direction: String) -> bool {
    direction != "stopped"
}

fn is_video(transceiver: &RtcRtpTransceiver) -> bool {
    transceiver.receiver().track().kind() == "video"
}
