//! Two peer adapters in one page connect through their events alone.

use crate::channel::sends;
use call_core::{
    Epoch, Event, Fault, IceTransportPolicy, Link, MediaKey, MediaRequest, Negotiator, OfferKind, PeerEvent,
    PeerKey, PeerMessage, Slot, SlotState, Slots,
};
use call_protocol::{IceServer, SessionDescription};
use core::cell::{Cell, RefCell};
use kit_browser::fake::{
    foreign_offer, install, live_tracks, no_candidate, open_peers, relay_user, restore, sections_now, until,
};
use messenger_calls::platform::media::Media;
use messenger_calls::platform::peer::{Peers, fold_link, hint_start_bitrate, mark_slides, slides};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

const KEY: PeerKey = PeerKey { epoch: Epoch(1), number: 1 };
const MEDIA: MediaKey = MediaKey { epoch: Epoch(1), number: 1 };

/// One side: its connections and what they said, besides what the wire carries.
struct Side {
    peers: Peers,
    said: RefCell<Vec<PeerEvent>>,
}

impl Side {
    fn links(&self) -> Vec<Link> {
        let link = |event: &PeerEvent| match event {
            PeerEvent::Link(_, link) => Some(*link),
            _ => None,
        };
        self.said.borrow().iter().filter_map(link).collect()
    }

    fn bytes(&self) -> u64 {
        let bytes = |event: &PeerEvent| match event {
            PeerEvent::Received { media_bytes, .. } => *media_bytes,
            _ => 0,
        };
        self.said.borrow().iter().map(bytes).max().unwrap_or_default()
    }

    fn heard(&self, message: &PeerMessage) -> bool {
        self.said.borrow().contains(&PeerEvent::Message(KEY, message.clone()))
    }
}

/// Two sides whose descriptions and candidates are carried to each other, as the machine and the server do.
fn pair() -> (Rc<Side>, Rc<Side>) {
    install(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
    let other: Rc<RefCell<[Weak<Side>; 2]>> = Rc::default();
    let side = |index: usize| {
        let wires = other.clone();
        let side = Rc::new_cyclic(|own: &Weak<Side>| {
            let own = own.clone();
            let emit = move |event| {
                let (Event::Peer(event), Some(own)) = (event, own.upgrade()) else { return };
                let Some(other) = wires.borrow()[1 - index].upgrade() else { return };
                match event {
                    PeerEvent::OfferCreated(key, offer) => other.peers.set_remote_offer(key, offer),
                    PeerEvent::AnswerCreated(key, answer) => other.peers.set_remote_answer(key, answer),
                    PeerEvent::Candidate(key, candidate) => other.peers.add_candidate(key, &candidate),
                    event => own.said.borrow_mut().push(event),
                }
            };
            Side { peers: Peers::new(Rc::new(emit)), said: RefCell::default() }
        });
        other.borrow_mut()[index] = Rc::downgrade(&side);
        side
    };
    (side(0), side(1))
}

async fn connected() -> (Rc<Side>, Rc<Side>) {
    let (caller, callee) = pair();
    caller.peers.open(KEY, Negotiator::Offerer, IceTransportPolicy::All);
    callee.peers.open(KEY, Negotiator::Answerer, IceTransportPolicy::All);
    caller.peers.create_offer(KEY, OfferKind::First);
    for side in [&caller, &callee] {
        until("a link", || side.links().last() == Some(&Link::Connected)).await;
        until("the channel", || side.said.borrow().contains(&PeerEvent::ChannelOpen(KEY))).await;
    }
    (caller, callee)
}

async fn media() -> Media {
    let ready = Rc::new(Cell::new(false));
    let own = ready.clone();
    let media = Media::new(Rc::new(move |_| own.set(true)));
    media.acquire(MEDIA, MediaRequest::MicrophoneAndCamera);
    until("the devices", || ready.get()).await;
    media
}

fn attach(side: &Side, media: &Media) {
    side.peers.replace_tracks(KEY, Slots::from_fn(|slot| media.track(MEDIA, slot)));
}

#[wasm_bindgen_test]
async fn two_sides_connect_with_no_track_and_media_flows_once_it_is_attached() {
    let (caller, callee) = connected().await;
    until("reports", || caller.said.borrow().iter().any(|event| matches!(event, PeerEvent::Received { .. })))
        .await;
    assert_eq!((caller.bytes(), callee.bytes()), (0, 0), "nothing is sent before anything is attached");
    let media = media().await;
    attach(&caller, &media);
    attach(&callee, &media);
    until("media at the callee", || callee.bytes() > 10_000).await;
    until("media at the caller", || caller.bytes() > 10_000).await;
    let picture = callee.peers.received(KEY, Slot::Camera).unwrap();
    assert_eq!((picture.get_video_tracks().length(), picture.get_audio_tracks().length()), (1, 0));
    assert_eq!(callee.peers.received(KEY, Slot::Microphone).unwrap().get_audio_tracks().length(), 1);
    restore();
}

#[wasm_bindgen_test]
async fn tracks_attached_before_the_offer_came_are_sent_at_once() {
    let (caller, callee) = pair();
    let media = media().await;
    callee.peers.open(KEY, Negotiator::Answerer, IceTransportPolicy::All);
    attach(&callee, &media);
    caller.peers.open(KEY, Negotiator::Offerer, IceTransportPolicy::All);
    caller.peers.create_offer(KEY, OfferKind::First);
    until("media at the caller", || caller.bytes() > 10_000).await;
    assert_eq!(callee.bytes(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn the_data_channel_carries_the_calls_own_messages() {
    let (caller, callee) = connected().await;
    let muted = sends(SlotState::Off, SlotState::On);
    caller.peers.send(KEY, &muted);
    until("the message", || callee.heard(&muted)).await;
    callee.peers.send(KEY, &PeerMessage::HangUp);
    callee.peers.close(KEY);
    until("the last word before closing", || caller.heard(&PeerMessage::HangUp)).await;
    restore();
}

#[wasm_bindgen_test]
async fn an_ice_restart_keeps_the_connection() {
    let (caller, callee) = connected().await;
    caller.peers.create_offer(KEY, OfferKind::IceRestart);
    until("the answer", || {
        caller.said.borrow().iter().filter(|event| matches!(event, PeerEvent::RemoteAnswerSet(_))).count()
            == 2
    })
    .await;
    until("a link", || caller.links().last() == Some(&Link::Connected)).await;
    let failed = |side: &Side| {
        side.said.borrow().iter().any(|event| matches!(event, PeerEvent::NegotiationFailed(..)))
    };
    assert!(!failed(&caller) && !failed(&callee));
    // The other side may restart as well.
    callee.peers.create_offer(KEY, OfferKind::IceRestart);
    until("the other answer", || callee.said.borrow().contains(&PeerEvent::RemoteAnswerSet(KEY))).await;
    restore();
}

#[wasm_bindgen_test]
async fn a_closed_connection_says_nothing_more_and_is_closed() {
    let (caller, callee) = connected().await;
    assert_eq!(open_peers(), 2);
    caller.peers.create_offer(KEY, OfferKind::IceRestart);
    caller.peers.close(KEY);
    let said = caller.said.borrow().len();
    messenger_calls::platform::timer::sleep(core::time::Duration::from_millis(1_300)).await;
    assert_eq!(caller.said.borrow().len(), said);
    assert_eq!((open_peers(), caller.peers.received(KEY, Slot::Camera)), (1, None));
    drop(callee);
    assert_eq!((open_peers(), live_tracks()), (0, 0));
    restore();
}

#[wasm_bindgen_test]
async fn a_description_that_is_none_fails_the_negotiation() {
    let (caller, _callee) = pair();
    caller.peers.open(KEY, Negotiator::Answerer, IceTransportPolicy::All);
    caller.peers.set_remote_offer(KEY, SessionDescription { sdp: "nonsense".into() });
    until("the failure", || caller.said.borrow().contains(&PeerEvent::NegotiationFailed(KEY, Fault::Remote)))
        .await;
    restore();
}

/// The callee of an offer of somebody else's program, and how it took it.
async fn offered(sdp: String) -> (Rc<Side>, Option<PeerEvent>) {
    install(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
    let side = Rc::new_cyclic(|own: &Weak<Side>| {
        let own = own.clone();
        let emit = move |event| {
            if let (Event::Peer(event), Some(own)) = (event, own.upgrade()) {
                own.said.borrow_mut().push(event);
            }
        };
        Side { peers: Peers::new(Rc::new(emit)), said: RefCell::default() }
    });
    let media = media().await;
    side.peers.open(KEY, Negotiator::Answerer, IceTransportPolicy::All);
    attach(&side, &media);
    side.peers.set_remote_offer(KEY, SessionDescription { sdp });
    let outcome = |side: &Side| {
        let said = side.said.borrow();
        let ends = |event: &&PeerEvent| {
            matches!(event, PeerEvent::AnswerCreated(..) | PeerEvent::NegotiationFailed(..))
        };
        said.iter().find(ends).cloned()
    };
    until("an answer", || outcome(&side).is_some()).await;
    let outcome = outcome(&side);
    (side, outcome)
}

#[wasm_bindgen_test]
async fn an_offer_that_knows_nothing_of_bundles_is_answered() {
    let (_side, outcome) = offered(foreign_offer(&["audio", "video"], false).await).await;
    assert!(matches!(outcome, Some(PeerEvent::AnswerCreated(..))), "{outcome:?}");
    assert_eq!(sections_now(), ["audio sendrecv audio", "video sendrecv video"]);
    restore();
}

#[wasm_bindgen_test]
async fn a_rejected_section_is_left_alone_and_the_rest_is_answered() {
    let sdp = foreign_offer(&["audio", "video", "video"], false).await.replacen("m=video 9", "m=video 0", 1);
    let (_side, outcome) = offered(sdp).await;
    assert!(matches!(outcome, Some(PeerEvent::AnswerCreated(..))), "{outcome:?}");
    let sending: Vec<_> =
        sections_now().into_iter().filter(|section| !section.ends_with("nothing")).collect();
    assert_eq!(sending, ["audio sendrecv audio", "video sendrecv video"]);
    restore();
}

#[wasm_bindgen_test]
async fn of_many_sections_only_the_first_of_each_kind_gets_anything() {
    let kinds: Vec<&str> = [["audio"; 5], ["video"; 5]].concat();
    let (side, outcome) = offered(foreign_offer(&kinds, true).await).await;
    assert!(matches!(outcome, Some(PeerEvent::AnswerCreated(..))), "{outcome:?}");
    let sections = sections_now();
    let (first, rest): (Vec<_>, Vec<_>) = sections.iter().partition(|section| section.contains("sendrecv"));
    assert_eq!(first, ["audio sendrecv audio", "video sendrecv video"]);
    assert!(rest.len() == 8 && rest.iter().all(|section| section.ends_with("inactive nothing")), "{rest:?}");
    assert_eq!(side.peers.received(KEY, Slot::Camera).unwrap().get_tracks().length(), 1);
    restore();
}

#[wasm_bindgen_test]
async fn the_slots_of_a_screen_are_negotiated_with_the_first_offer() {
    let (caller, callee) = connected().await;
    let media = media().await;
    // The camera's picture in the place of a screen's: no offer is made for it.
    let tracks =
        |of: Slot| Slots::from_fn(|slot| (slot == of).then(|| media.track(MEDIA, Slot::Camera)).flatten());
    caller.peers.replace_tracks(KEY, tracks(Slot::Screen));
    until("the screen at the callee", || callee.bytes() > 10_000).await;
    callee.peers.replace_tracks(KEY, tracks(Slot::Screen));
    until("the screen at the caller", || caller.bytes() > 10_000).await;
    for side in [&caller, &callee] {
        let pictures = side.peers.received(KEY, Slot::Screen).unwrap().get_video_tracks();
        assert_eq!(pictures.length(), 1);
    }
    restore();
}

#[wasm_bindgen_test]
async fn sections_marked_as_slides_are_taken_as_the_slots_of_a_screen() {
    let sdp = foreign_offer(&["audio", "video", "video", "audio"], true).await;
    let marked = mark_slides(&sdp, &["2".to_owned(), "3".to_owned()]);
    assert_eq!(slides(&marked), ["2", "3"]);
    assert_eq!(slides(&sdp), [""; 0]);
    let (side, outcome) = offered(marked).await;
    assert!(matches!(outcome, Some(PeerEvent::AnswerCreated(..))), "{outcome:?}");
    let sections = sections_now();
    assert_eq!(sections[..2], ["audio sendrecv audio", "video sendrecv video"]);
    assert_eq!(sections[2..], ["video sendrecv nothing", "audio sendrecv nothing"]);
    assert_eq!(side.peers.received(KEY, Slot::Screen).unwrap().get_tracks().length(), 1);
    restore();
}

#[wasm_bindgen_test]
async fn an_offer_of_firefox_with_attributes_of_codecs_that_it_left_out_is_answered() {
    let sdp = foreign_offer(&["audio", "video"], true).await;
    let stray = sdp.replace("a=mid:1\r\n", "a=mid:1\r\na=rtcp-fb:77 nack pli\r\na=fmtp:78 max-fs=12288\r\n");
    let (_side, outcome) = offered(stray).await;
    assert!(matches!(outcome, Some(PeerEvent::AnswerCreated(..))), "{outcome:?}");
    restore();
}

#[wasm_bindgen_test]
fn new_credentials_of_relays_reach_connections_that_are_open() {
    let (caller, _callee) = pair();
    let relay = |user: &str| {
        let urls = vec!["turn:127.0.0.1:3479".to_owned()];
        IceServer { urls, username: Some(user.to_owned()), credential: Some("secret".to_owned()) }
    };
    caller.peers.set_ice_servers(&[relay("before")]);
    caller.peers.open(KEY, Negotiator::Offerer, IceTransportPolicy::All);
    assert_eq!(relay_user().as_deref(), Some("before"));
    caller.peers.set_ice_servers(&[relay("after")]);
    assert_eq!(relay_user().as_deref(), Some("after"));
    restore();
}

#[wasm_bindgen_test]
fn a_relay_that_refuses_is_told_and_a_stun_server_that_does_is_not() {
    let (caller, _callee) = pair();
    caller.peers.open(KEY, Negotiator::Offerer, IceTransportPolicy::All);
    no_candidate("stun:127.0.0.1:3478", 701);
    assert!(!caller.said.borrow().contains(&PeerEvent::RelayFailed(KEY)));
    no_candidate("turn:127.0.0.1:3479?transport=udp", 401);
    assert!(caller.said.borrow().contains(&PeerEvent::RelayFailed(KEY)));
    restore();
}

#[wasm_bindgen_test]
fn both_states_of_the_browser_are_folded_into_one() {
    for (connection, ice, expected) in [
        ("new", "new", Link::Connecting),
        ("connecting", "connected", Link::Connecting),
        ("connected", "completed", Link::Connected),
        ("connected", "disconnected", Link::Disconnected),
        ("disconnected", "checking", Link::Disconnected),
        ("connecting", "failed", Link::Failed),
        ("failed", "disconnected", Link::Failed),
        ("", "connected", Link::Connected),
        ("", "checking", Link::Connecting),
    ] {
        assert_eq!(fold_link(connection, ice), expected, "{connection} {ice}");
    }
}

#[wasm_bindgen_test]
fn only_vp8_gets_the_hint_and_never_a_second_format_line() {
    let sdp = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 VP9/90000\r\n";
    let hinted = hint_start_bitrate(sdp);
    assert_eq!(hinted.matches("x-google-start-bitrate").count(), 1);
    assert!(hinted.contains("a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate="), "{hinted}");
    assert_eq!(hint_start_bitrate(&hinted), hinted);
}

#[wasm_bindgen_test]
async fn a_side_that_hides_its_address_gathers_nothing_that_shows_it() {
    let found = |reach| async move {
        let said = Rc::new(RefCell::new(Vec::new()));
        let own = said.clone();
        let peers = Peers::new(Rc::new(move |event| own.borrow_mut().push(event)));
        peers.set_ice_servers(&[]);
        peers.open(KEY, Negotiator::Offerer, reach);
        // Renewed credentials keep the way.
        peers.set_ice_servers(&[]);
        peers.create_offer(KEY, OfferKind::First);
        until("the offer", || {
            said.borrow().iter().any(|event| matches!(event, Event::Peer(PeerEvent::OfferCreated(..))))
        })
        .await;
        (peers, said)
    };
    let shown = |said: &RefCell<Vec<Event>>| {
        said.borrow().iter().any(|event| matches!(event, Event::Peer(PeerEvent::Candidate(..))))
    };
    let (_hidden, hidden) = found(IceTransportPolicy::Relay).await;
    let (_open, open) = found(IceTransportPolicy::All).await;
    until("a candidate of the side that hides nothing", || shown(&open)).await;
    assert!(!shown(&hidden));
    restore();
}
