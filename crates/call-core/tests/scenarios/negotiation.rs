//! Offers, answers, candidates and link states of one connection, step by step.

use crate::kit::solo::{Solo, candidate, kinds, media_key, peer_key, plain_client, signals, text};
use call_core::{
    CallStage, CallView, Effect, Fault, Link, OfferKind, Outcome, PeerEvent, Slot, Slots, SocketEvent,
};
use call_protocol::{
    CallRole, CallStatus, CallType, IceCandidate, SessionDescription, SignalBody, SignalKind,
};

fn described_by(fragment: &str) -> SessionDescription {
    text(&format!("v=0\r\na=ice-ufrag:{fragment}\r\na=ice-pwd:secret\r\n"))
}

fn candidate_of(fragment: &str) -> SignalBody {
    let SignalBody::IceCandidate(candidate) = candidate(1) else { unreachable!() };
    SignalBody::IceCandidate(IceCandidate { username_fragment: Some(fragment.to_owned()), ..candidate })
}

/// The username fragments of the candidates that are added to the connection.
fn added(orders: &[Effect]) -> Vec<String> {
    let fragment = |order: &Effect| {
        if let Effect::AddCandidate(_, candidate) = order {
            candidate.username_fragment.clone()
        } else {
            None
        }
    };
    orders.iter().filter_map(fragment).collect()
}

#[test]
fn an_offer_that_arrives_while_our_own_is_being_created_rolls_ours_back() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    let orders = solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Failed));
    assert!(orders.contains(&Effect::CreateOffer(peer_key(1, 1), OfferKind::IceRestart)));
    let orders = solo.signal_arrives(&SignalBody::Offer(text("theirs")), 1, 1);
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("theirs"))));
    // The browser finishes our own offer, or fails, only now: either way it has been rolled back.
    let orders = solo.peer(PeerEvent::NegotiationFailed(peer_key(1, 1), Fault::Remote));
    assert!(orders.is_empty());
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("mine")));
    assert_eq!(signals(&orders)[0].kind(), SignalKind::Answer);
}

#[test]
fn the_caller_ignores_an_offer_that_collides_with_its_own() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Failed));
    for made in [false, true] {
        if made {
            solo.peer(PeerEvent::OfferCreated(peer_key(1, 1), text("restart")));
        }
        let orders = solo.signal_arrives(&SignalBody::Offer(text("theirs")), 1, 2 + u32::from(made));
        assert!(!orders.iter().any(|order| matches!(order, Effect::SetRemoteOffer(..))));
    }
    let orders = solo.signal_arrives(&SignalBody::Answer(text("to mine")), 1, 4);
    assert!(orders.contains(&Effect::SetRemoteAnswer(peer_key(1, 1), text("to mine"))));
}

#[test]
fn own_candidates_are_never_sent_before_their_description() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Failed));
    let SignalBody::IceCandidate(own) = candidate(1) else { unreachable!() };
    assert_eq!(solo.peer(PeerEvent::Candidate(peer_key(1, 1), own)), vec![]);
    let sent = signals(&solo.peer(PeerEvent::OfferCreated(peer_key(1, 1), text("restart"))));
    assert_eq!(kinds(&sent), [SignalKind::Offer, SignalKind::IceCandidate]);
}

#[test]
fn a_candidate_that_comes_before_the_answer_waits_for_it() {
    let mut solo = plain_client(); // whose signals arrive in any order
    solo.ringing_out();
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    solo.socket(SocketEvent::Answered(Box::new(live)));
    assert_eq!(solo.signal_arrives(&candidate(1), 1, 1), vec![]);
    solo.signal_arrives(&SignalBody::Answer(text("answer")), 1, 2);
    let orders = solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    assert!(orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))));
}

#[test]
fn a_candidate_of_a_queued_offer_waits_with_it() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    solo.signal_arrives(&SignalBody::Offer(text("restart")), 1, 1);
    solo.signal_arrives(&SignalBody::Offer(text("restart again")), 1, 2);
    solo.signal_arrives(&candidate(9), 1, 3);
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("superseded")));
    assert_eq!(orders, [Effect::SetRemoteOffer(peer_key(1, 1), text("restart again"))]);
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("mine")));
    assert!(orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))));
}

#[test]
fn a_candidate_of_an_ignored_offer_is_not_added() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Failed));
    solo.peer(PeerEvent::OfferCreated(peer_key(1, 1), described_by("mine")));
    // Both made an offer; theirs is ignored and rolled back, but its candidates have already been sent.
    solo.signal_arrives(&SignalBody::Offer(described_by("rolled-back")), 1, 1);
    solo.signal_arrives(&candidate_of("rolled-back"), 1, 2);
    solo.signal_arrives(&SignalBody::Answer(described_by("answer")), 1, 3);
    solo.signal_arrives(&candidate_of("answer"), 1, 4);
    assert_eq!(added(&solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)))), ["answer"]);
    assert_eq!(added(&solo.signal_arrives(&candidate_of("rolled-back"), 1, 5)), [""; 0]);
    assert_eq!(added(&solo.signal_arrives(&candidate_of("answer"), 1, 6)), ["answer"]);
}

#[test]
fn a_new_connection_in_a_call_has_to_be_up_in_time_whatever_state_the_old_one_was_in() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    let stage = |solo: &Solo| if let CallView::InCall(view) = solo.view() { Some(view.stage) } else { None };
    assert_eq!(stage(&solo), Some(CallStage::Active));
    let orders = solo.signal_arrives(&SignalBody::Offer(text("another connection's")), 2, 1);
    assert!(
        orders
            .contains(&Effect::ReplaceTracks(peer_key(1, 2), Slots::only(Slot::Microphone, media_key(1, 1))))
    );
    assert_eq!(stage(&solo), Some(CallStage::Connecting));
    solo.pass(11_000);
    let CallView::Ended(view) = solo.view() else { panic!("given up") };
    assert_eq!(view.outcome, Outcome::ConnectFailed);
}

#[test]
fn a_disconnected_link_is_not_restarted_while_media_still_arrives() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.bytes(1, 100);
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Disconnected));
    let restart = Effect::CreateOffer(peer_key(1, 1), OfferKind::IceRestart);
    for second in 1..=8 {
        assert!(!solo.pass(1000).contains(&restart));
        solo.bytes(1, 100 + second);
    }
    assert!(solo.pass(3000).contains(&restart), "now media has stopped");
}

#[test]
fn a_lost_link_is_restarted_for_most_of_a_minute_and_no_longer() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Disconnected));
    solo.pass(54_900);
    assert!(matches!(solo.view(), CallView::InCall(_)));
    solo.pass(200);
    let CallView::Ended(view) = solo.view() else { panic!("given up") };
    assert_eq!(view.outcome, Outcome::ConnectionLost);
}

#[test]
fn a_restart_is_answered_and_its_candidates_wait_for_it() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    solo.signal_arrives(&SignalBody::Offer(text("restart")), 1, 1);
    assert!(
        !solo
            .signal_arrives(&candidate(9), 1, 2)
            .iter()
            .any(|order| matches!(order, Effect::AddCandidate(..)))
    );
    let queued = solo.signal_arrives(&SignalBody::Offer(text("restart again")), 1, 3);
    assert!(!queued.iter().any(|order| matches!(order, Effect::SetRemoteOffer(..))), "one at a time");
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("mine")));
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("restart again"))));
    let orders = solo.peer(PeerEvent::NegotiationFailed(peer_key(1, 1), Fault::Remote));
    assert!(orders.is_empty(), "a failed restart does not end the call");
    assert!(matches!(solo.view(), CallView::InCall(_)));
}
