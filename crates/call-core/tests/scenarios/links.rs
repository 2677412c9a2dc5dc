//! The connection to a client that takes one connection only: it is disturbed, breaks, is restarted by one or both
//! sides, or never comes back.

use crate::kit::{Fate, Frame, JobKind, Packet, Who, World};
use call_core::{CallStage, Effect, Event, Link, OfferKind, Outcome, PeerEvent, UserEvent};
use call_protocol::{CallStatus, CallType, EndReason, SignalKind};

fn talking() -> (World, Who, Who) {
    let (mut world, ada, bob) = World::of_two(8);
    world.peers.older.extend([ada, bob]);
    world.call_and_talk((ada, bob), CallType::Video);
    world.pass(3000);
    (world, ada, bob)
}

fn restarts(world: &World, who: Who) -> usize {
    let mine = world.diary.iter().filter(|(_, of, _, _)| *of == who).flat_map(|(_, _, _, orders)| orders);
    mine.filter(|order| matches!(order, Effect::CreateOffer(_, OfferKind::IceRestart))).count()
}

fn stage(world: &World, who: Who) -> CallStage {
    world.in_call(who).unwrap_or_else(|| world.fail("the call goes on")).stage
}

#[test]
fn a_link_that_recovers_by_itself_goes_unnoticed() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(1300); // the browser reports `disconnected` after one second
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Active, CallStage::Active));
    world.peers.cut.clear();
    world.pass(3000);
    world.expect("they talk", world.talk(ada, bob));
    assert!(restarts(&world, ada) <= 1 && restarts(&world, bob) == 0, "tried at once, and not again");
}

#[test]
fn a_lost_link_is_restarted_by_the_caller_first() {
    let (mut world, ada, bob) = talking();
    world.peers.move_to_another_network(bob);
    world.pass(750);
    assert_eq!((stage(&world, ada), restarts(&world, ada)), (CallStage::Active, 1));
    world.until_they_talk(ada, bob);
    assert_eq!(restarts(&world, bob), 0);
    world.pass(20_000);
    assert_eq!(restarts(&world, ada), 1);
}

#[test]
fn both_see_that_the_connection_is_being_restored_whichever_side_restarts_it() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.until("ada restarts", |world| restarts(world, ada) == 1);
    world.pass(1900);
    assert_eq!(
        (stage(&world, ada), stage(&world, bob)),
        (CallStage::Active, CallStage::Active),
        "not at once"
    );
    world.pass(200);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Reconnecting, CallStage::Reconnecting));
    assert_eq!(restarts(&world, bob), 0);
}

#[test]
fn a_link_that_only_the_callee_lost_is_restarted_by_the_callee() {
    let (mut world, ada, bob) = talking();
    world.peers.lose_link(bob);
    world.until("bob restarts", |world| restarts(world, bob) == 1);
    world.until_they_talk(ada, bob);
    assert_eq!(restarts(&world, ada), 0);
}

#[test]
fn both_restart_at_once_and_one_restart_wins() {
    let (mut world, ada, bob) = talking();
    // Ada's offer takes so long that Bob makes his own.
    world.network.rule = Some(Box::new(move |who, packet| {
        let offer = matches!(packet, Packet::ToServer(Frame::Signal(_, signal)) if signal.kind() == SignalKind::Offer);
        (who == ada && offer).then_some(Fate::After(2500))
    }));
    world.peers.move_to_another_network(ada);
    world.until("both have restarted", |world| restarts(world, ada) == 1 && restarts(world, bob) == 1);
    world.until_they_talk(ada, bob);
    world.pass(20_000);
    world.expect("they keep talking", world.talk(ada, bob));
    assert_eq!((restarts(&world, ada), restarts(&world, bob)), (1, 1));
}

#[test]
fn restarts_that_do_not_help_are_left_to_the_caller_so_that_they_do_not_collide() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(27_000);
    assert_eq!(restarts(&world, bob), 0);
    assert_eq!(restarts(&world, ada), 6);
    world.peers.cut.clear();
    world.until_they_talk(ada, bob);
}

#[test]
fn a_link_that_the_browser_has_given_up_is_restarted_at_once() {
    let (mut world, ada, bob) = talking();
    let (_, key) = *world.peers.pcs.keys().find(|(who, _)| *who == ada).unwrap();
    world.handle(ada, Event::Peer(PeerEvent::Link(key, Link::Failed)));
    assert_eq!(restarts(&world, ada), 1);
    world.pass(100);
    world.handle(ada, Event::Peer(PeerEvent::Link(key, Link::Connected)));
    world.until_they_talk(ada, bob);
}

#[test]
fn a_second_and_a_third_change_of_network_work_like_the_first() {
    let (mut world, ada, bob) = talking();
    for who in [ada, bob, ada] {
        world.peers.move_to_another_network(who);
        world.pass(2000);
        world.until_they_talk(ada, bob);
        world.pass(5000);
    }
}

#[test]
fn a_restart_that_fails_in_the_browser_is_followed_by_another() {
    let (mut world, ada, bob) = talking();
    world.peers.failing_jobs.push((ada, JobKind::CreateOffer));
    world.peers.move_to_another_network(ada);
    world.until("ada has tried", |world| restarts(world, ada) == 1);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_link_that_never_comes_back_is_given_up_with_a_reason() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(54_000);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Reconnecting, CallStage::Reconnecting));
    world.pass(3_000);
    world.expect_outcome(ada, Outcome::ConnectionLost);
    world.expect_outcome(bob, Outcome::ConnectionLost);
    assert_eq!(
        (world.row().status, world.row().error_reason),
        (CallStatus::Ended, Some(EndReason::ConnectionLost))
    );
}

#[test]
fn a_link_that_comes_back_late_but_in_time_brings_the_call_back() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(24_000);
    world.peers.cut.clear();
    world.until_they_talk(ada, bob);
}

#[test]
fn a_call_that_never_connects_is_given_up_after_ten_seconds_with_a_reason() {
    let mut world = World::new(9);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.peers.cut.insert(bob);
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.pass(9000);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Connecting, CallStage::Connecting));
    world.pass(2000);
    world.expect_outcome(ada, Outcome::ConnectFailed);
    world.expect_outcome(bob, Outcome::ConnectFailed);
    assert_eq!(
        (world.row().status, world.row().error_reason),
        (CallStatus::Failed, Some(EndReason::ConnectTimeout))
    );
}

#[test]
fn a_failed_warm_up_is_made_up_for_after_the_answer() {
    let mut world = World::new(10);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.peers.cut.insert(bob);
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(20_000);
    assert_eq!(world.peers.pc(ada).unwrap().link(), Some(Link::Failed));
    world.expect("it keeps ringing", world.rings(bob) && world.hears_ringback(ada));
    world.peers.cut.clear();
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_browser_that_rejects_the_early_answer_only_delays_the_connection() {
    let mut world = World::new(11);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.peers.failing_jobs.push((ada, JobKind::SetRemoteAnswer));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(2000);
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_browser_that_cannot_make_an_offer_ends_the_call_with_a_reason() {
    let mut world = World::new(12);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.peers.failing_jobs.push((ada, JobKind::CreateOffer));
    world.call(ada, bob, CallType::Audio);
    world.pass(1000);
    world.expect_outcome(ada, Outcome::BrowserFailed);
    assert!(world.server.rows.is_empty());
}

#[test]
fn a_browser_that_rejects_the_offer_after_the_answer_ends_the_call_with_a_reason() {
    let mut world = World::new(13);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.server.warm_up = crate::kit::WarmUp::Nobody;
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.peers.failing_jobs.push((bob, JobKind::SetRemoteOffer));
    world.answer(bob);
    world.pass(2000);
    world.expect_outcome(bob, Outcome::NegotiationFailed);
    world.expect_outcome(ada, Outcome::NegotiationFailed);
    assert_eq!(world.row().error_reason, Some(EndReason::NegotiationFailed));
}

#[test]
fn hanging_up_while_the_link_is_lost_works() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(5000);
    world.press(ada, UserEvent::HangUp);
    world.pass(500);
    world.expect_outcome(ada, Outcome::HungUpByMe);
    world.expect_outcome(bob, Outcome::HungUpByThem);
}
