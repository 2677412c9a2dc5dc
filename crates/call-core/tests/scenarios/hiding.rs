//! People who hide their network address: nothing that exposes it leaves their device, on either side of the call, and
//! whenever they start to hide.

use crate::kit::solo::{FIRST, Solo, media_key, peer_key, signals, text};
use call_core::{
    AnswerWith, Effect, Event, IceTransportPolicy, MediaEvent, Negotiator, PeerEvent, PeerKey, ReplyEvent,
    SocketEvent, UserEvent,
};
use call_protocol::{
    CallId, CallRole, CallStatus, CallType, DeviceId, IceCandidate, LiveCall, Signal, SignalBody, SignalKind,
};

const HOST: &str = "candidate:1 1 udp 2122260223 192.168.1.7 5000 typ host";
const NAMED: &str = "candidate:1 1 udp 2122260223 8a1c.local 5000 typ host";
const REFLEXIVE: &str =
    "candidate:2 1 udp 1686052607 203.0.113.9 5000 typ srflx raddr 192.168.1.7 rport 5000";
const RELAY: &str = "candidate:3 1 udp 41885439 198.51.100.1 3478 typ relay raddr 203.0.113.9 rport 5000";

/// The call as seen by somebody who hides their address: no device is warm, and there is no offer.
fn hidden(solo: &Solo, role: CallRole, status: CallStatus) -> Box<LiveCall> {
    let live = solo.live("x", role, status);
    Box::new(LiveCall { relay_only: true, warm_device: None, offer: None, ..live })
}

fn opened(orders: &[Effect]) -> Vec<(PeerKey, IceTransportPolicy)> {
    let opens = |order: &Effect| {
        if let Effect::OpenPeer(key, _, reach) = order { Some((*key, *reach)) } else { None }
    };
    orders.iter().filter_map(opens).collect()
}

fn finds(solo: &mut Solo, key: PeerKey) -> Vec<Effect> {
    let mut orders = Vec::new();
    for line in [HOST, NAMED, REFLEXIVE, RELAY] {
        let candidate = line.to_owned();
        let found =
            IceCandidate { candidate, sdp_mid: None, sdp_m_line_index: Some(0), username_fragment: None };
        orders.extend(solo.peer(PeerEvent::Candidate(key, found)));
    }
    orders
}

/// Asserts that nothing that was sent contains an address of the device itself.
#[track_caller]
fn shows_no_address(orders: &[Effect]) {
    let sent = format!("{:?}", signals(orders));
    for address in ["192.168.1.7", "8a1c.local", "203.0.113.9"] {
        assert!(!sent.contains(address), "{address} in {sent}");
    }
}

/// A description that contains the candidates that a browser found.
fn description(name: &str) -> call_protocol::SessionDescription {
    text(&format!("{name}\r\na={HOST}\r\na={REFLEXIVE}\r\na={RELAY}\r\n"))
}

fn offer_of(number: u32) -> SocketEvent {
    let body = SignalBody::Offer(text("their offer"));
    let signal = Signal {
        body,
        peer_connection: Some(number),
        seq: Some(1),
        from_device: Some(DeviceId::new("phone")),
        to_device: None,
    };
    SocketEvent::Signal(CallId::new("x"), signal)
}

#[test]
fn a_callee_who_hides_connects_through_relays_and_only_after_answering() {
    let mut solo = Solo::new(CallType::Audio);
    let ring = hidden(&solo, CallRole::Callee, CallStatus::Ringing);
    let mut orders = solo.socket(SocketEvent::Ringing(ring));
    // Nothing that a caller sends while it rings opens a connection.
    orders.extend(solo.socket(offer_of(1)));
    assert_eq!((opened(&orders), signals(&orders)), (vec![], vec![]));
    let mut orders = solo.press(UserEvent::Answer(AnswerWith::Everything));
    orders.extend(solo.media(MediaEvent::Ready(media_key(1, 1))));
    let seat = hidden(&solo, CallRole::Callee, CallStatus::Active);
    orders.extend(solo.reply(ReplyEvent::Answered(FIRST, Ok(seat))));
    assert_eq!(opened(&orders), [(peer_key(1, 1), IceTransportPolicy::Relay)]);
    orders.extend(solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), description("answer"))));
    orders.extend(finds(&mut solo, peer_key(1, 1)));
    shows_no_address(&orders);
    let kinds: Vec<_> = signals(&orders).iter().map(|signal| signal.kind()).collect();
    assert!(kinds.contains(&SignalKind::Answer) && kinds.contains(&SignalKind::IceCandidate), "{kinds:?}");
}

#[test]
fn a_caller_who_hides_offers_through_relays_and_only_once_the_call_is_answered() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let mut orders = finds(&mut solo, peer_key(1, 1));
    let rings = hidden(&solo, CallRole::Caller, CallStatus::Ringing);
    orders.extend(solo.reply(ReplyEvent::Initiated(FIRST, Ok(rings))));
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))));
    assert_eq!(opened(&orders), [(peer_key(1, 2), IceTransportPolicy::Relay)]);
    orders.extend(solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), description("offer"))));
    orders.extend(finds(&mut solo, peer_key(1, 2)));
    assert_eq!(signals(&orders), [], "nobody has answered");
    let answered = hidden(&solo, CallRole::Caller, CallStatus::Active);
    orders.extend(solo.socket(SocketEvent::Answered(answered)));
    shows_no_address(&orders);
    let sent = signals(&orders);
    assert_eq!(
        sent.iter().map(|signal| signal.kind()).collect::<Vec<_>>(),
        [SignalKind::Offer, SignalKind::IceCandidate]
    );
    assert!(sent.iter().all(|signal| signal.peer_connection == Some(2)));
}

#[test]
fn hiding_while_it_rings_closes_the_connection_that_exposes_the_address() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_in();
    let ring = hidden(&solo, CallRole::Callee, CallStatus::Ringing);
    let mut orders = solo.welcome(vec![*ring]);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
    orders.extend(finds(&mut solo, peer_key(1, 1)));
    orders.extend(solo.socket(offer_of(2)));
    assert_eq!((opened(&orders), signals(&orders)), (vec![], vec![]));
    // The caller's next offer waited until the person answered.
    let orders = solo.press(UserEvent::Answer(AnswerWith::Everything));
    assert_eq!(opened(&orders), [(peer_key(1, 2), IceTransportPolicy::Relay)]);

    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    let rings = hidden(&solo, CallRole::Caller, CallStatus::Ringing);
    let orders = solo.welcome(vec![*rings]);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))));
    assert_eq!(opened(&orders), [(peer_key(1, 2), IceTransportPolicy::Relay)]);
}

#[test]
fn a_caller_whose_callee_starts_hiding_makes_another_offer_for_the_device_that_answers() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    let (call_id, device_id) = (CallId::new("x"), DeviceId::new("phone"));
    let orders =
        solo.socket(SocketEvent::DeviceRinging { call_id, device_id, offer_known: false, also_warm: false });
    assert_eq!(opened(&orders), [(peer_key(1, 2), IceTransportPolicy::All)]);
    solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2")));
    let answered = solo.live("x", CallRole::Caller, CallStatus::Active);
    let orders = solo.socket(SocketEvent::Answered(Box::new(answered)));
    assert_eq!(opened(&orders), []);
    let sent = signals(&solo.pass(500));
    assert!(
        sent.iter().any(|signal| signal.kind() == SignalKind::Offer && signal.peer_connection == Some(2)),
        "{sent:?}"
    );
}

#[test]
fn somebody_who_hides_and_calls_back_joins_through_relays() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let path = hidden(&solo, CallRole::Callee, CallStatus::Active);
    solo.reply(ReplyEvent::Initiated(FIRST, Ok(path)));
    let orders = solo.socket(offer_of(1));
    assert_eq!(
        opened(&orders).iter().map(|(_, reach)| *reach).collect::<Vec<_>>(),
        [IceTransportPolicy::Relay]
    );
}

#[test]
fn people_who_hide_nothing_are_connected_as_usual() {
    let mut solo = Solo::new(CallType::Audio);
    let live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    let orders = solo.handle(Event::Socket(SocketEvent::Ringing(Box::new(live))));
    let opens = Effect::OpenPeer(peer_key(1, 1), Negotiator::Answerer, IceTransportPolicy::All);
    assert!(orders.contains(&opens));
    let mut orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), description("answer")));
    orders.extend(finds(&mut solo, peer_key(1, 1)));
    assert!(format!("{:?}", signals(&orders)).contains(HOST));
}
