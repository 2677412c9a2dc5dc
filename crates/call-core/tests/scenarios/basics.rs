//! One call between two people on good networks: how it begins, and every way in which it ends.

use crate::kit::{Who, World};
use call_core::{CallView, Effect, Link, Loop, Outcome, Slot, UserEvent};
use call_protocol::{CallStatus, CallType, EndReason, SignalKind};

fn two() -> (World, Who, Who) {
    World::of_two(1)
}

fn talking(call_type: CallType) -> (World, Who, Who) {
    let (mut world, ada, bob) = two();
    world.call_and_talk((ada, bob), call_type);
    (world, ada, bob)
}

#[test]
fn a_voice_call_is_answered_and_both_hear_each_other() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    world.pass(100);
    for who in [ada, bob] {
        assert!(world.light_is_on(who, Slot::Microphone));
        assert!(!world.light_is_on(who, Slot::Camera));
        let view = world.in_call(who).unwrap();
        assert!(view.remote_camera_off() && !view.remote_muted() && view.peer.is_some());
    }
    assert!(world.row().started_at.is_some());
}

#[test]
fn a_video_call_is_answered_and_both_see_each_other() {
    let (mut world, ada, bob) = talking(CallType::Video);
    world.pass(1000);
    for who in [ada, bob] {
        assert!(world.light_is_on(who, Slot::Camera));
        let view = world.in_call(who).unwrap();
        assert!(!view.remote_camera_off() && view.tracks[Slot::Camera].is_some());
        assert!(world.peers.pc(who).unwrap().tracks[Slot::Camera].is_some());
    }
}

#[test]
fn the_transport_is_connected_before_the_click_with_nothing_attached() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Video);
    world.pass(3000);
    world.expect("it rings with sound on both sides", world.rings(bob) && world.hears_ringback(ada));
    assert_eq!(world.view(bob).sound(), Some(Loop::Ring));
    assert_eq!(world.view(ada).sound(), Some(Loop::Ringback));
    for who in [ada, bob] {
        let pc = world.peers.pc(who).expect("the transport is connecting");
        assert_eq!(pc.link(), Some(Link::Connected));
        assert_eq!((pc.tracks.is_empty(), pc.bytes), (true, 0));
    }
    assert!(!world.light_is_on(bob, Slot::Microphone) && !world.light_is_on(bob, Slot::Camera));
}

#[test]
fn an_answer_needs_no_negotiation_once_the_transport_is_warm() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Video);
    world.pass(3000);
    let described = |world: &World| [ada, bob].map(|who| world.peers.pc(who).unwrap().described());
    let before = described(&world);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert_eq!(described(&world), before);
    let orders = world.diary.iter().flat_map(|(_, _, _, orders)| orders);
    let offer = |order: &&Effect| matches!(order, Effect::SendSignal(_, signal) if signal.kind() == SignalKind::Offer);
    assert_eq!(orders.filter(offer).count(), 0, "the ring delivered the offer, and the answer proved it");
}

#[test]
fn either_side_may_hang_up_and_the_other_sees_it() {
    for caller_hangs_up in [true, false] {
        let (mut world, ada, bob) = talking(CallType::Audio);
        world.pass(5000);
        let (one, other) = if caller_hangs_up { (ada, bob) } else { (bob, ada) };
        world.press(one, UserEvent::HangUp);
        world.expect_outcome(one, Outcome::HungUpByMe);
        world.pass(500);
        world.expect_outcome(other, Outcome::HungUpByThem);
        assert_eq!((world.row().status, world.row().error_reason), (CallStatus::Ended, None));
        let CallView::Ended(card) = world.view(other) else { panic!("the card is shown") };
        assert!(card.seconds >= Some(4));
    }
}

#[test]
fn a_declined_call_is_over_on_both_sides() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(bob, UserEvent::Decline);
    world.expect_outcome(bob, Outcome::DeclinedByMe);
    world.pass(500);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
    assert_eq!(world.row().status, CallStatus::Declined);
}

#[test]
fn a_cancelled_call_stops_ringing_and_is_missed() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(ada, UserEvent::HangUp);
    world.expect_outcome(ada, Outcome::Cancelled);
    world.pass(500);
    world.expect_outcome(bob, Outcome::Missed);
    assert_eq!(
        (world.row().status, world.row().error_reason),
        (CallStatus::Missed, Some(EndReason::Cancelled))
    );
}

#[test]
fn a_call_cancelled_before_the_server_replied_never_keeps_ringing() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("the server has it", |world| world.is_row(CallStatus::Ringing));
    world.press(ada, UserEvent::HangUp);
    world.pass(1000);
    world.expect_outcome(ada, Outcome::Cancelled);
    assert!(!world.rings(bob));
    assert_eq!(world.row().error_reason, Some(EndReason::Cancelled));
}

#[test]
fn a_call_that_nobody_answers_is_missed_after_the_ring_time() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(44_000);
    world.expect("it still rings", world.rings(bob) && world.hears_ringback(ada));
    world.pass(1500);
    world.expect_outcome(ada, Outcome::NoAnswer);
    world.expect_outcome(bob, Outcome::Missed);
    assert_eq!(world.row().status, CallStatus::Missed);
}

#[test]
fn somebody_in_a_call_is_busy() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    let eve = world.phone("eve", "tablet");
    world.call(eve, bob, CallType::Audio);
    world.until("eve sees it", |world| world.outcome(eve).is_some());
    world.expect_outcome(eve, Outcome::Busy);
    world.pass(1000);
    world.expect("the call goes on", world.talk(ada, bob));
}

#[test]
fn somebody_without_a_device_is_offline() {
    let (mut world, ada, bob) = two();
    world.drop_socket(bob, 60_000);
    world.call(ada, bob, CallType::Audio);
    world.until("ada sees it", |world| world.outcome(ada).is_some());
    world.expect_outcome(ada, Outcome::PeerOffline);
}

#[test]
fn the_card_disappears_by_itself_and_the_next_call_works_like_the_first() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    world.press(bob, UserEvent::HangUp);
    world.pass(125_000);
    assert_eq!((world.view(ada), world.view(bob)), (CallView::Idle, CallView::Idle));
    world.call(bob, ada, CallType::Video);
    world.until("it rings", |world| world.rings(ada));
    world.answer(ada);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_call_that_ends_before_any_media_flowed_counts_as_failed() {
    let (mut world, ada, bob) = two();
    world.peers.cut.insert(bob);
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until("the server knows the answer", |world| world.is_row(CallStatus::Active));
    world.press(ada, UserEvent::HangUp);
    world.pass(1000);
    let row = world.row();
    assert_eq!((row.status, row.error_reason), (CallStatus::Failed, Some(EndReason::Cancelled)));
    assert!(world.in_call(ada).is_none() && world.in_call(bob).is_none());
}
