//! Plain clients: they send no device id, number and acknowledge nothing, and make a single offer.

use crate::kit::solo::{FIRST, Solo, candidate, kinds, media_key, peer_key, plain_client, signals, text};
use call_core::{AnswerWith, Effect, Event, Link, MediaEvent, PeerEvent, ReplyEvent, SocketEvent, UserEvent};
use call_protocol::{
    CallId, CallRole, CallStatus, CallType, DeviceId, IceCandidate, Offer, RingOffer, Signal, SignalBody,
    SignalKind,
};

fn found(line: &str) -> IceCandidate {
    IceCandidate {
        candidate: line.to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: None,
        username_fragment: None,
    }
}

/// What a plain client sends.
fn plain_signal(body: &SignalBody, from_device: Option<&str>) -> Signal {
    Signal {
        body: body.clone(),
        peer_connection: None,
        seq: None,
        from_device: from_device.map(DeviceId::new),
        to_device: None,
    }
}

fn receive(solo: &mut Solo, body: &SignalBody, from_device: Option<&str>) -> Vec<Effect> {
    solo.socket(SocketEvent::Signal(CallId::new("x"), plain_signal(body, from_device)))
}

fn answered(solo: &mut Solo, role: CallRole) -> Vec<Effect> {
    let live = solo.live("x", role, CallStatus::Active);
    match role {
        CallRole::Caller => solo.socket(SocketEvent::Answered(Box::new(live))),
        CallRole::Callee => solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live)))),
    }
}

#[test]
fn a_client_that_answers_without_a_device_id_gets_everything_sent_while_it_rang() {
    let mut solo = plain_client();
    solo.ringing_out();
    let warm_up = signals(&solo.peer(PeerEvent::Candidate(peer_key(1, 1), found("one"))));
    assert_eq!(warm_up[0].to_device, Some(DeviceId::new("phone")));
    let mut orders = answered(&mut solo, CallRole::Caller);
    orders.extend(solo.peer(PeerEvent::Candidate(peer_key(1, 1), found("two"))));
    let sent = signals(&orders);
    assert_eq!(kinds(&sent), [SignalKind::Offer, SignalKind::IceCandidate, SignalKind::IceCandidate]);
    assert!(sent.iter().all(|signal| signal.to_device.is_none()), "it is addressed to the person: {sent:?}");
    assert!(sent.iter().all(|signal| signal.seq.is_none()), "nobody would acknowledge it: {sent:?}");
    assert!(signals(&solo.pass(9000)).is_empty(), "so nothing is resent");
    let orders = receive(&mut solo, &SignalBody::Answer(text("answer")), None);
    assert!(orders.contains(&Effect::SetRemoteAnswer(peer_key(1, 1), text("answer"))), "{orders:?}");
}

#[test]
fn a_client_that_answers_without_a_device_id_may_answer_the_offer_of_the_ring() {
    let mut solo = plain_client();
    solo.ringing_out();
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(!orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "it is the same connection: {orders:?}");
    assert_eq!(kinds(&signals(&orders)), [SignalKind::Offer]);
}

#[test]
fn a_client_without_a_device_id_may_answer_instead_of_the_warm_device() {
    let mut solo = Solo::new(CallType::Video);
    solo.warm_out();
    solo.reliable = false;
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "that one is another client: {orders:?}");
    let sent = signals(&solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2"))));
    assert_eq!((kinds(&sent), sent[0].to_device.as_ref()), (vec![SignalKind::Offer], None));
}

#[test]
fn a_client_whose_requests_name_no_device_keeps_its_warm_connection() {
    let mut solo = plain_client();
    solo.ringing_out();
    receive(&mut solo, &SignalBody::Answer(text("answer")), Some("phone"));
    solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(!orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
    assert!(signals(&orders).is_empty(), "it has the offer: {orders:?}");
}

#[test]
fn the_only_offer_of_a_plain_caller_waits_for_the_device_that_answers() {
    for warmed in [None, Some(DeviceId::new("laptop"))] {
        let mut solo = plain_client();
        let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
        let data = Offer(text("the ring's offer"));
        live.offer = Some(RingOffer { peer_connection: 1, from_device: None, data });
        live.warm_device = warmed;
        assert_eq!(solo.socket(SocketEvent::Ringing(Box::new(live))), vec![]);
        assert_eq!(receive(&mut solo, &candidate(1), None), vec![]);
        let mut early = solo.press(UserEvent::Answer(AnswerWith::Everything));
        early.extend(solo.media(MediaEvent::Ready(media_key(1, 1))));
        early.extend(receive(&mut solo, &candidate(2), None));
        let opened = |order: &Effect| matches!(order, Effect::OpenPeer(..));
        assert!(
            !early.iter().any(opened),
            "the server would refuse an answer without a seat, and a plain client never resends"
        );
        let orders = answered(&mut solo, CallRole::Callee);
        assert!(
            orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("the ring's offer"))),
            "{orders:?}"
        );
        let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("answer")));
        assert!(orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))), "{orders:?}");
        let sent = signals(&orders);
        assert_eq!((kinds(&sent), sent[0].to_device.as_ref()), (vec![SignalKind::Answer], None));
        assert_eq!(sent[0].seq, None);
    }
}

#[test]
fn an_unnumbered_offer_opens_nothing_before_the_answer() {
    let mut solo = Solo::new(CallType::Audio);
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    live.offer = None;
    solo.socket(SocketEvent::Ringing(Box::new(live)));
    assert_eq!(receive(&mut solo, &SignalBody::Offer(text("offer")), Some("phone")), vec![]);
    solo.press(UserEvent::Answer(AnswerWith::Everything));
    solo.media(MediaEvent::Ready(media_key(1, 1)));
    let orders = answered(&mut solo, CallRole::Callee);
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("offer"))), "{orders:?}");
}

#[test]
fn somebody_who_joins_by_calling_back_uses_the_offer_made_to_no_particular_device() {
    let mut solo = plain_client();
    solo.placing();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    let data = Offer(text("offer"));
    live.offer = Some(RingOffer { peer_connection: 1, from_device: None, data });
    live.warm_device = None;
    let orders = solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(2, 1), text("offer"))), "{orders:?}");
}

#[test]
fn nothing_is_resent_to_a_client_that_names_a_device_but_numbers_nothing() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    answered(&mut solo, CallRole::Caller);
    let candidate = PeerEvent::Candidate(peer_key(1, 1), found("one"));
    assert!(signals(&solo.peer(candidate))[0].seq.is_some(), "it may be a client that numbers");
    receive(&mut solo, &SignalBody::Answer(text("answer")), Some("phone"));
    assert!(signals(&solo.pass(9000)).is_empty(), "it does not");
    let candidate = PeerEvent::Candidate(peer_key(1, 1), found("two"));
    assert_eq!(signals(&solo.peer(candidate))[0].seq, None);
}

#[test]
fn resending_ends_for_a_client_that_numbers_but_never_acknowledges() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    answered(&mut solo, CallRole::Caller);
    solo.signal_arrives(&SignalBody::Answer(text("answer")), 1, 1);
    solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Connected));
    let again = signals(&solo.pass(30_000)).len();
    assert!((1..=6).contains(&again), "the offer was resent {again} times");
    assert!(signals(&solo.pass(600_000)).is_empty());
}

#[test]
fn a_device_stops_ringing_when_its_person_answered_without_a_device_id() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_in();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    live.seats[0].device_id = None;
    let orders = solo.handle(Event::Socket(SocketEvent::Answered(Box::new(live))));
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
}
