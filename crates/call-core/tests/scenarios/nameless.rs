//! Plain clients: they name no device, number nothing, acknowledge nothing, and make one offer.

use crate::kit::solo::{FIRST, Solo, candidate, kinds, media_key, peer_key, seed_only, signals, text};
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
fn plainly(body: &SignalBody, from_device: Option<&str>) -> Signal {
    Signal {
        body: body.clone(),
        peer_connection: None,
        seq: None,
        from_device: from_device.map(DeviceId::new),
        to_device: None,
    }
}

fn hear(solo: &mut Solo, body: &SignalBody, from_device: Option<&str>) -> Vec<Effect> {
    solo.socket(SocketEvent::Signal(CallId::new("x"), plainly(body, from_device)))
}

fn answered(solo: &mut Solo, role: CallRole) -> Vec<Effect> {
    let live = solo.live("x", role, CallStatus::Active);
    match role {
        CallRole::Caller => solo.socket(SocketEvent::Answered(Box::new(live))),
        CallRole::Callee => solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live)))),
    }
}

#[test]
fn whoever_answers_without_a_name_is_told_all_that_one_of_their_devices_was_told_while_it_rang() {
    let mut solo = seed_only();
    solo.ringing_out();
    let warming = signals(&solo.peer(PeerEvent::Candidate(peer_key(1, 1), found("one"))));
    assert_eq!(warming[0].to_device, Some(DeviceId::new("phone")));
    let mut orders = answered(&mut solo, CallRole::Caller);
    orders.extend(solo.peer(PeerEvent::Candidate(peer_key(1, 1), found("two"))));
    let sent = signals(&orders);
    assert_eq!(kinds(&sent), [SignalKind::Offer, SignalKind::IceCandidate, SignalKind::IceCandidate]);
    assert!(sent.iter().all(|signal| signal.to_device.is_none()), "it is for the person: {sent:?}");
    assert!(sent.iter().all(|signal| signal.seq.is_none()), "nobody acknowledges it: {sent:?}");
    assert!(signals(&solo.pass(9000)).is_empty(), "so nothing is sent again");
    let orders = hear(&mut solo, &SignalBody::Answer(text("answer")), None);
    assert!(orders.contains(&Effect::SetRemoteAnswer(peer_key(1, 1), text("answer"))), "{orders:?}");
}

#[test]
fn whoever_answers_without_a_name_may_answer_the_offer_that_came_with_the_ring() {
    let mut solo = seed_only();
    solo.ringing_out();
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(!orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "it is the same connection: {orders:?}");
    assert_eq!(kinds(&signals(&orders)), [SignalKind::Offer]);
}

#[test]
fn somebody_without_a_name_takes_the_call_from_the_device_that_was_warm() {
    let mut solo = Solo::new(CallType::Video);
    solo.warm_out();
    solo.reliable = false;
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "that one is another client: {orders:?}");
    let sent = signals(&solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2"))));
    assert_eq!((kinds(&sent), sent[0].to_device.as_ref()), (vec![SignalKind::Offer], None));
}

#[test]
fn a_client_whose_socket_has_a_name_and_whose_requests_have_none_keeps_the_connection_it_was_warmed_with() {
    let mut solo = seed_only();
    solo.ringing_out();
    hear(&mut solo, &SignalBody::Answer(text("answer")), Some("phone"));
    solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    let orders = answered(&mut solo, CallRole::Caller);
    assert!(!orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
    assert!(signals(&orders).is_empty(), "it has the offer: {orders:?}");
}

#[test]
fn the_offer_of_a_caller_who_makes_only_one_waits_for_the_device_that_takes_the_call() {
    for warmed in [None, Some(DeviceId::new("laptop"))] {
        let mut solo = seed_only();
        let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
        let data = Offer(text("the ring's offer"));
        live.offer = Some(RingOffer { peer_connection: 1, from_device: None, data });
        live.warm_device = warmed;
        assert_eq!(solo.socket(SocketEvent::Ringing(Box::new(live))), vec![]);
        assert_eq!(hear(&mut solo, &candidate(1), None), vec![]);
        let mut early = solo.press(UserEvent::Answer(AnswerWith::Everything));
        early.extend(solo.media(MediaEvent::Ready(media_key(1, 1))));
        early.extend(hear(&mut solo, &candidate(2), None));
        let opened = |order: &Effect| matches!(order, Effect::OpenPeer(..));
        assert!(!early.iter().any(opened), "an answer without a seat is refused, and none comes again");
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
fn an_offer_without_a_number_opens_nothing_before_the_answer_whoever_sends_it() {
    let mut solo = Solo::new(CallType::Audio);
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    live.offer = None;
    solo.socket(SocketEvent::Ringing(Box::new(live)));
    assert_eq!(hear(&mut solo, &SignalBody::Offer(text("offer")), Some("phone")), vec![]);
    solo.press(UserEvent::Answer(AnswerWith::Everything));
    solo.media(MediaEvent::Ready(media_key(1, 1)));
    let orders = answered(&mut solo, CallRole::Callee);
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("offer"))), "{orders:?}");
}

#[test]
fn somebody_who_joins_by_calling_back_takes_the_offer_that_was_made_to_nobody_in_particular() {
    let mut solo = seed_only();
    solo.placing();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    let data = Offer(text("offer"));
    live.offer = Some(RingOffer { peer_connection: 1, from_device: None, data });
    live.warm_device = None;
    let orders = solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(2, 1), text("offer"))), "{orders:?}");
}

#[test]
fn who_has_a_name_and_numbers_nothing_is_sent_nothing_twice() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    answered(&mut solo, CallRole::Caller);
    let candidate = PeerEvent::Candidate(peer_key(1, 1), found("one"));
    assert!(signals(&solo.peer(candidate))[0].seq.is_some(), "it may be one that numbers");
    hear(&mut solo, &SignalBody::Answer(text("answer")), Some("phone"));
    assert!(signals(&solo.pass(9000)).is_empty(), "it does not");
    let candidate = PeerEvent::Candidate(peer_key(1, 1), found("two"));
    assert_eq!(signals(&solo.peer(candidate))[0].seq, None);
}

#[test]
fn who_numbers_and_never_acknowledges_is_not_sent_the_same_for_ever() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    answered(&mut solo, CallRole::Caller);
    solo.hear_signal(&SignalBody::Answer(text("answer")), 1, 1);
    solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Connected));
    let again = signals(&solo.pass(30_000)).len();
    assert!((1..=6).contains(&again), "the offer was sent {again} times again");
    assert!(signals(&solo.pass(600_000)).is_empty());
}

#[test]
fn a_device_whose_person_sits_in_the_call_without_a_name_stops_ringing() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_in();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    live.seats[0].device_id = None;
    let orders = solo.hear(Event::Socket(SocketEvent::Answered(Box::new(live))));
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
}
