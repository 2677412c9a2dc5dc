//! Pages that are closed or reloaded, people who disappear, and connections that fall silent.

use crate::kit::solo::{FIRST, Solo, peer_key, sends};
use crate::kit::{Who, World};
use call_core::{
    CallStage, CallView, Effect, Event, Link, OfferKind, Outcome, OutgoingStage, OutgoingView, PeerEvent,
    ReplyEvent, Slot, SlotState, SocketEvent, UserEvent,
};
use call_protocol::{CallRole, CallStatus, CallType, EndCall, EndReason, UserId};

fn two() -> (World, Who, Who) {
    World::of_two(31)
}

fn talking() -> (World, Who, Who) {
    let (mut world, ada, bob) = two();
    world.call_and_talk((ada, bob), CallType::Video);
    world.pass(3000);
    (world, ada, bob)
}

#[test]
fn closing_the_page_during_a_call_is_known_at_once() {
    for caller_leaves in [true, false] {
        let (mut world, ada, bob) = talking();
        let (one, other) = if caller_leaves { (ada, bob) } else { (bob, ada) };
        world.press(one, UserEvent::Leave);
        world.pass(100);
        world.expect_outcome(other, Outcome::LeftByThem);
        world.expect_outcome(one, Outcome::LeftByMe);
        world.pass(500);
        assert_eq!(
            (world.row().status, world.row().error_reason),
            (CallStatus::Ended, Some(EndReason::Left))
        );
    }
}

#[test]
fn the_other_side_learns_of_it_without_the_server_or_without_the_channel() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.press(ada, UserEvent::Leave);
    world.pass(100);
    world.expect_outcome(bob, Outcome::LeftByThem);
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(ada);
    world.press(ada, UserEvent::Leave);
    world.pass(500);
    world.expect_outcome(bob, Outcome::LeftByThem);
}

#[test]
fn a_caller_who_leaves_the_page_stops_the_ringing() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(ada, UserEvent::Leave);
    world.pass(500);
    world.expect_outcome(bob, Outcome::Missed);
    assert!(!world.light_is_on(ada, Slot::Microphone));
    assert_eq!(world.row().error_reason, Some(EndReason::Cancelled));
}

#[test]
fn a_caller_who_leaves_the_page_before_the_reply_leaves_no_ring_behind() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("the server has it", |world| world.is_row(CallStatus::Ringing));
    world.press(ada, UserEvent::Leave);
    world.pass(1000);
    assert!(!world.rings(bob));
    assert_eq!(world.row().error_reason, Some(EndReason::Cancelled));
}

#[test]
fn closing_a_page_that_rings_decides_nothing_for_the_other_devices() {
    let (mut world, ada, bob) = two();
    let tablet = world.phone("bob", "tablet");
    world.call(ada, bob, CallType::Audio);
    world.until("both ring", |world| world.rings(bob) && world.rings(tablet));
    world.press(bob, UserEvent::Leave);
    assert_eq!(world.view(bob), CallView::Idle);
    world.pass(1000);
    world.expect("it keeps ringing", world.rings(tablet) && world.hears_ringback(ada));
    // The page comes back, and the snapshot lists what still rings.
    world.drop_socket(bob, 100);
    world.until("it rings again", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn after_a_reload_the_page_says_that_the_call_was_left_until_something_happens() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    let CallView::InCall(call) = solo.view() else { panic!("in a call") };
    let mut next = Solo::new(CallType::Audio);
    let returned = UserEvent::Returned { party: Box::new(call.party), seconds: Some(62), rejoin: None };
    next.press(returned.clone());
    let CallView::Ended(card) = next.view() else { panic!("the card is shown") };
    assert_eq!((card.outcome, card.seconds), (Outcome::LeftByMe, Some(62)));
    next.press_call();
    let before = next.view();
    next.press(returned);
    assert_eq!(next.view(), before, "a call that is being placed takes precedence");
}

#[test]
fn a_caller_sees_that_the_callee_is_offline_and_hears_no_ringback_until_they_return() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    let presence = |online| SocketEvent::Presence { user_id: UserId::new("bob"), online };
    let stage = |solo: &Solo| {
        let CallView::Outgoing(OutgoingView { stage, .. }) = solo.view() else {
            panic!("the call is being placed")
        };
        stage
    };
    solo.socket(presence(false));
    assert_eq!((stage(&solo), solo.view().sound()), (OutgoingStage::Away, None));
    solo.socket(SocketEvent::Lost);
    solo.welcome(vec![solo.live("x", CallRole::Caller, CallStatus::Ringing)]);
    assert_eq!(stage(&solo), OutgoingStage::Away, "reconnecting this device does not bring the callee back");
    solo.socket(presence(true));
    assert_eq!(stage(&solo), OutgoingStage::Ringing);
    assert!(solo.view().sound().is_some());
}

fn says_what_it_sends(solo: &mut Solo, microphone: SlotState) {
    let said = sends(microphone, SlotState::Off);
    solo.peer(PeerEvent::Message(peer_key(1, 1), said));
}

fn stage(solo: &Solo) -> CallStage {
    let CallView::InCall(view) = solo.view() else { panic!("the call goes on: {:?}", solo.view()) };
    view.stage
}

fn restarts(orders: &[Effect]) -> usize {
    orders.iter().filter(|order| matches!(order, Effect::CreateOffer(_, OfferKind::IceRestart))).count()
}

#[test]
fn a_silent_connection_is_restored_before_the_browser_notices() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    says_what_it_sends(&mut solo, SlotState::On);
    let orders = solo.falls_silent(1);
    assert_eq!(
        (stage(&solo), restarts(&orders)),
        (CallStage::Active, 1),
        "nobody reads of it before two seconds"
    );
    solo.pass(2000);
    assert_eq!(stage(&solo), CallStage::Reconnecting);
    assert!(orders.iter().any(|order| matches!(order, Effect::ReportSilence(_))));
    solo.now.0 += 500;
    let orders = solo.bytes(1, 1200);
    assert_eq!(stage(&solo), CallStage::Active, "arriving bytes end it at once");
    assert!(
        orders.iter().any(|order| matches!(order, Effect::ReportMedia(_))),
        "it is reported to the server"
    );
}

#[test]
fn the_answering_side_sees_it_as_soon_and_restarts_a_moment_later() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    says_what_it_sends(&mut solo, SlotState::On);
    let orders = solo.falls_silent(1);
    assert_eq!(restarts(&orders), 0);
    assert_eq!(restarts(&solo.pass(1000)), 1);
}

#[test]
fn somebody_who_is_muted_and_has_no_camera_does_not_count_as_lost() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    says_what_it_sends(&mut solo, SlotState::Off);
    solo.falls_silent(1);
    assert_eq!(stage(&solo), CallStage::Active);
}

#[test]
fn silence_alone_never_ends_a_call() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    says_what_it_sends(&mut solo, SlotState::On);
    solo.falls_silent(1);
    solo.pass(120_000);
    assert_eq!(
        stage(&solo),
        CallStage::Active,
        "the browser keeps the connection: the other side just sends nothing"
    );
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Disconnected));
    solo.pass(56_000);
    assert!(matches!(solo.view(), CallView::Ended(_)), "but a lost connection does: {:?}", solo.view());
}

#[test]
fn hanging_up_right_after_the_first_sound_counts_as_a_call() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.bytes(1, 100);
    let orders = solo.press(UserEvent::HangUp);
    let talked = Effect::End("x".into(), EndCall { reason: None, talked: true });
    assert!(orders.contains(&talked), "{orders:?}");
    let CallView::Ended(card) = solo.view() else { panic!("the card is shown") };
    assert_eq!(card.seconds, Some(0));
    // Both people see the server's duration.
    let mut call = solo.over("x", CallRole::Caller, CallStatus::Ended, None);
    call.duration_seconds = Some(7);
    solo.reply(ReplyEvent::Ended(call.id.clone(), Ok(call)));
    let CallView::Ended(card) = solo.view() else { panic!("the card is shown") };
    assert_eq!(card.seconds, Some(7));
}

#[test]
fn an_answer_confirmed_after_the_page_was_closed_is_undone() {
    let mut solo = Solo::new(CallType::Audio);
    solo.asking_for_the_seat();
    let orders = solo.press(UserEvent::Leave);
    assert!(orders.iter().any(|order| matches!(order, Effect::End(..))), "{orders:?}");
    solo.handle(Event::Timer);
    let live = solo.live("x", CallRole::Callee, CallStatus::Active);
    solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live))));
    assert!(matches!(solo.view(), CallView::Ended(_)));
}
