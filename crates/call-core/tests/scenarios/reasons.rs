//! Why a call was not connected: each cause has an outcome of its own, and the network is blamed only if it is the cause.

use crate::kit::solo::{FIRST, Solo, candidate, peer_key, text};
use crate::kit::{JobKind, World};
use call_core::{
    AnswerWith, CallView, Effect, Fault, Outcome, PeerEvent, ReplyEvent, RequestError, SocketEvent,
    UserEvent, WaitingFor,
};
use call_protocol::{
    CallId, CallRole, CallStatus, CallType, DeviceId, EndReason, ErrorBody, ErrorCode, IceCandidate,
    SignalBody,
};

fn outcome(solo: &Solo) -> Option<Outcome> {
    match solo.view() {
        CallView::Ended(view) => Some(view.outcome),
        CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => None,
    }
}

fn opened(orders: &[Effect]) -> usize {
    orders.iter().filter(|order| matches!(order, Effect::OpenPeer(..))).count()
}

#[test]
fn a_description_rejected_while_it_rings_ends_the_call_on_answer_with_the_reason() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_in();
    solo.peer(PeerEvent::NegotiationFailed(peer_key(1, 1), Fault::Remote));
    solo.grant();
    solo.press(UserEvent::Answer(AnswerWith::Everything));
    let live = solo.live("x", CallRole::Callee, CallStatus::Active);
    let orders = solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live))));
    assert_eq!(outcome(&solo), Some(Outcome::NegotiationFailed), "at once, not after ten seconds");
    let says = |order: &&Effect| matches!(order, Effect::End(_, end) if end.reason == Some(EndReason::NegotiationFailed));
    assert_eq!(orders.iter().filter(says).count(), 1, "and the other side learns of it");
}

#[test]
fn a_browser_that_cannot_connect_at_all_blames_itself() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    solo.signal_arrives(&SignalBody::Offer(text("another connection's")), 2, 1);
    solo.peer(PeerEvent::NegotiationFailed(peer_key(1, 2), Fault::Local));
    assert_eq!(outcome(&solo), Some(Outcome::BrowserFailed));
}

#[test]
fn the_other_side_sees_that_the_browsers_could_not_agree() {
    let mut world = World::new(31);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.peers.failing_jobs.push((bob, JobKind::SetRemoteOffer));
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.pass(1500);
    world.answer(bob);
    world.pass(1500);
    world.expect_outcome(bob, Outcome::NegotiationFailed);
    world.expect_outcome(ada, Outcome::NegotiationFailed);
}

/// In a call whose two sides have exchanged descriptions, but found no network path.
fn pathless() -> Solo {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    solo.signal_arrives(&SignalBody::Answer(text("answer 1")), 1, 1);
    solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1)));
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    solo.socket(SocketEvent::Answered(Box::new(live)));
    solo
}

#[test]
fn a_relay_that_refuses_is_blamed_and_one_that_works_is_not() {
    let relayed = IceCandidate {
        candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ relay".to_owned(),
        sdp_mid: None,
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    let key = peer_key(1, 1);
    for (said, wanted) in [
        (vec![], Outcome::ConnectFailed),
        (vec![PeerEvent::RelayFailed(key)], Outcome::RelayFailed),
        (vec![PeerEvent::RelayFailed(peer_key(1, 9))], Outcome::ConnectFailed),
        (vec![PeerEvent::RelayFailed(key), PeerEvent::Candidate(key, relayed)], Outcome::ConnectFailed),
    ] {
        let mut solo = pathless();
        for event in said.clone() {
            solo.peer(event);
        }
        solo.signal_arrives(&SignalBody::Ack { seq: 9 }, 1, 0);
        solo.pass(11_000);
        assert_eq!(outcome(&solo), Some(wanted), "{said:?}");
    }
}

#[test]
fn a_device_that_answers_and_never_signals_is_not_blamed_on_the_network() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    solo.socket(SocketEvent::Answered(Box::new(live)));
    solo.pass(11_000);
    assert_eq!(outcome(&solo), Some(Outcome::PeerSilent));
}

#[test]
fn if_the_server_that_should_have_carried_the_signals_is_away_it_is_blamed() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    solo.socket(SocketEvent::Answered(Box::new(live)));
    solo.socket(SocketEvent::Lost);
    solo.pass(11_000);
    assert_eq!(outcome(&solo), Some(Outcome::ServerUnreachable));
}

#[test]
fn five_hundred_offers_in_one_ring_open_four_connections_and_the_newest_gets_the_answer() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_in();
    let mut orders = Vec::new();
    for number in 2..=500 {
        orders.extend(solo.signal_arrives(&SignalBody::Offer(text(&format!("offer {number}"))), number, 1));
        orders.extend(solo.signal_arrives(&candidate(number), number, 2));
    }
    assert!(opened(&orders) <= 3, "{} more connections", opened(&orders));
    let answered = solo.press(UserEvent::Answer(AnswerWith::Everything));
    let open = |order: &Effect| if let Effect::OpenPeer(key, ..) = order { Some(key.number) } else { None };
    assert_eq!(answered.iter().filter_map(open).collect::<Vec<_>>(), [500]);
    let mut orders = Vec::new();
    for number in 501..=1000 {
        orders.extend(solo.signal_arrives(&SignalBody::Offer(text(&format!("offer {number}"))), number, 1));
    }
    assert!(opened(&orders) <= 4, "{} connections after the click", opened(&orders));
    solo.press(UserEvent::HangUp);
}

#[test]
fn a_device_that_is_not_warm_opens_only_the_newest_of_many_offers() {
    let mut solo = Solo::new(CallType::Audio);
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    live.warm_device = Some(DeviceId::new("watch"));
    solo.socket(SocketEvent::Ringing(Box::new(live)));
    for number in 1..=100 {
        solo.signal_arrives(&SignalBody::Offer(text(&format!("offer {number}"))), number, 1);
    }
    let orders = solo.press(UserEvent::Answer(AnswerWith::Everything));
    assert_eq!(opened(&orders), 1);
}

#[test]
fn a_callee_that_keeps_reloading_costs_the_caller_few_connections_and_can_still_answer() {
    let mut world = World::new(32);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    let before = world.diary.len();
    for _ in 0..30 {
        world.crash(bob);
        world.pass(700);
    }
    let orders = world.diary[before..].iter().filter(|(_, who, _, _)| *who == ada);
    let orders: Vec<Effect> = orders.flat_map(|(_, _, _, orders)| orders.clone()).collect();
    assert!(opened(&orders) <= 4, "{} connections", opened(&orders));
    world.expect("it still rings", world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn somebody_who_called_too_often_sees_how_long_to_wait() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let (code, message) = (ErrorCode::RateLimited, String::new());
    let body = ErrorBody { code, message, call: None, retry_after: Some(7) };
    solo.reply(ReplyEvent::Initiated(FIRST, Err(RequestError::Refused(Box::new(body)))));
    assert_eq!(outcome(&solo), Some(Outcome::RateLimited(Some(7))));
}

#[test]
fn an_answer_refused_by_a_full_server_is_not_blamed_on_the_network() {
    for (code, wanted) in [
        (ErrorCode::StorageFull, Outcome::StorageFull),
        (ErrorCode::Unavailable, Outcome::ServerTrouble),
        (ErrorCode::Internal, Outcome::ServerTrouble),
    ] {
        let mut solo = Solo::new(CallType::Audio);
        solo.asking_for_the_seat();
        while outcome(&solo).is_none() {
            let body = ErrorBody { code, message: String::new(), call: None, retry_after: Some(5) };
            solo.reply(ReplyEvent::Answered(FIRST, Err(RequestError::Refused(Box::new(body)))));
            assert_eq!(waits(&solo).or(outcome(&solo).map(|_| WaitingFor::Server)), Some(WaitingFor::Server));
            solo.pass(5_000);
        }
        assert_eq!(outcome(&solo), Some(wanted), "{code:?}");
    }
}

fn waits(solo: &Solo) -> Option<WaitingFor> {
    match solo.view() {
        CallView::Incoming(view) => view.waiting_for,
        CallView::Outgoing(view) => view.waiting_for,
        CallView::Idle | CallView::InCall(_) | CallView::Ended(_) => None,
    }
}

#[test]
fn the_browser_is_waited_for_only_while_it_may_be_asking() {
    let mut solo = Solo::new(CallType::Audio);
    solo.calling();
    assert_eq!(waits(&solo), Some(WaitingFor::Browser));
    let mut solo = Solo::new(CallType::Audio);
    solo.grant();
    solo.calling();
    assert_eq!(waits(&solo), None, "the permission is remembered");
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    assert_eq!(waits(&solo), None);
    solo.reply(ReplyEvent::Initiated(FIRST, Err(RequestError::Unreachable)));
    assert_eq!(waits(&solo), Some(WaitingFor::Server));
    let mut solo = Solo::new(CallType::Audio);
    solo.answering();
    assert_eq!(waits(&solo), Some(WaitingFor::Browser));
    let mut solo = Solo::new(CallType::Audio);
    solo.asking_for_the_seat();
    assert_eq!(waits(&solo), None);
    solo.socket(SocketEvent::Lost);
    assert_eq!(waits(&solo), Some(WaitingFor::Server));
    solo.press(UserEvent::Decline);
    assert_eq!(outcome(&solo), Some(Outcome::DeclinedByMe));
    assert!(solo.reply(ReplyEvent::Ended(CallId::new("x"), Err(RequestError::Unreachable))).is_empty());
}
