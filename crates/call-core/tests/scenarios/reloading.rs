//! Pages that are reloaded during a call, or closed: who waits for whom, what comes back, and what does not.

use crate::kit::solo::{Solo, media_key, peer_key};
use crate::kit::{Access, Who, World};
use call_core::{
    CallStage, CallView, Effect, MediaError, MediaEvent, Outcome, PeerEvent, PeerMessage, Slot, SlotState,
    SlotView, SocketEvent, UserEvent,
};
use call_protocol::{CallRole, CallStatus, CallType, EndReason};

/// Ada has called Bob by video, and they have talked for a while.
fn talking() -> (World, Who, Who) {
    let (mut world, ada, bob) = World::of_two(41);
    world.call_and_talk((ada, bob), CallType::Video);
    world.pass(10_000);
    (world, ada, bob)
}

/// Both orders: the caller reloads the page, or the callee.
fn either() -> [(World, Who, Who); 2] {
    let (first, ada, bob) = talking();
    let (second, _, _) = talking();
    [(first, ada, bob), (second, bob, ada)]
}

fn stage(world: &World, who: Who) -> Option<CallStage> {
    world.in_call(who).map(|view| view.stage)
}

fn seconds(world: &World, who: Who) -> u32 {
    world.in_call(who).and_then(|view| view.seconds).expect("they talk")
}

#[test]
fn somebody_who_reloads_the_page_is_back_in_the_same_call_within_a_second() {
    for (mut world, one, other) in either() {
        let call = world.row().id.clone();
        world.reload(one, Some(800));
        world.pass(50);
        world.expect("the other side reads so at once", stage(&world, other) == Some(CallStage::Away));
        world.pass(1700);
        world.expect("they talk again", world.talk(one, other));
        assert_eq!((world.row().id.clone(), world.row().status), (call, CallStatus::Active));
        for who in [one, other] {
            assert!((10..=13).contains(&seconds(&world, who)), "the time goes on: {}", seconds(&world, who));
        }
        world.press(other, UserEvent::HangUp);
        world.pass(500);
        world.expect_outcome(one, Outcome::HungUpByThem);
        assert_eq!(world.server.rows.len(), 1, "one call, one ending");
    }
}

#[test]
fn pages_can_be_reloaded_again_and_again_and_by_both_in_turn() {
    let (mut world, ada, bob) = talking();
    for who in [ada, ada, bob, ada, bob, bob, bob] {
        world.reload(who, Some(400));
        world.pass(2500);
        world.expect("they talk again", world.talk(ada, bob));
    }
}

#[test]
fn two_people_who_reload_at_once_are_connected_again() {
    for (first, second) in [(400, 400), (300, 900), (900, 300)] {
        let (mut world, ada, bob) = talking();
        world.reload(ada, Some(first));
        world.reload(bob, Some(second));
        world.pass(7000);
        world.expect("they talk again", world.talk(ada, bob));
    }
}

#[test]
fn closing_the_page_ends_the_call_as_of_that_moment() {
    for (mut world, one, other) in either() {
        let talked = seconds(&world, one);
        world.reload(one, None);
        world.pass(3500);
        world.expect("it may still come back", stage(&world, other) == Some(CallStage::Away));
        world.pass(1000);
        world.expect_outcome(other, Outcome::LeftByThem);
        assert_eq!(
            (world.row().status, world.row().error_reason),
            (CallStatus::Ended, Some(EndReason::Left))
        );
        let written = world.row().seconds().expect("they talked");
        assert!(written.abs_diff(talked) <= 1, "they talked for {talked} s, not {written}");
        let CallView::Ended(card) = world.view(other) else { panic!("the card is shown") };
        assert_eq!(card.seconds, Some(written));
    }
}

#[test]
fn a_page_that_reloads_too_slowly_shows_that_the_call_was_left() {
    let (mut world, ada, bob) = talking();
    world.reload(bob, Some(6_000));
    world.pass(7_000);
    world.expect_outcome(bob, Outcome::LeftByMe);
    world.expect_outcome(ada, Outcome::LeftByThem);
}

#[test]
fn a_reloaded_page_shows_that_the_other_side_hung_up_meanwhile() {
    let (mut world, ada, bob) = talking();
    world.reload(bob, Some(2000));
    world.pass(500);
    world.press(ada, UserEvent::HangUp);
    world.pass(2500);
    world.expect_outcome(bob, Outcome::HungUpByThem);
    world.expect("nothing is open", !world.light_is_on(bob, Slot::Microphone));
}

#[test]
fn without_a_server_the_other_side_waits_and_then_gives_up() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.reload(bob, None);
    world.pass(19_000);
    world.expect("ada waits", stage(&world, ada) == Some(CallStage::Away));
    world.pass(2000);
    world.expect_outcome(ada, Outcome::LeftByThem);
}

#[test]
fn a_muted_microphone_and_a_camera_that_is_off_stay_so() {
    let (mut world, ada, bob) = talking();
    world.press(bob, UserEvent::ToggleMute);
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(500);
    world.reload(bob, Some(400));
    world.pass(2500);
    let view = world.in_call(bob).expect("bob is back");
    assert_eq!((view.local[Slot::Microphone], view.local[Slot::Camera]), (SlotView::Off, SlotView::Off));
    world.expect("the camera's light is off", !world.light_is_on(bob, Slot::Camera));
    let seen = world.in_call(ada).expect("ada is in the call");
    assert_eq!((seen.remote[Slot::Microphone], seen.remote[Slot::Camera]), (SlotState::Off, SlotState::Off));
    world.press(bob, UserEvent::ToggleMute);
    world.pass(500);
    world.expect("bob can speak again", world.in_call(bob).unwrap().local[Slot::Microphone] == SlotView::On);
}

#[test]
fn a_muted_microphone_is_muted_before_it_is_attached() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    solo.press(UserEvent::ToggleMute);
    solo.peer(PeerEvent::Message(peer_key(1, 1), PeerMessage::Awaits));
    let orders = solo.press(UserEvent::Unload);
    let kept =
        orders.iter().find_map(|order| if let Effect::KeepRejoin(kept) = order { Some(*kept) } else { None });
    let kept = kept.expect("the next page is told");
    assert!(kept.muted && !orders.iter().any(|order| matches!(order, Effect::End(..))), "{orders:?}");
    let CallView::Ended(card) = solo.view() else { panic!("this page has left") };

    let mut next = Solo::new(CallType::Audio);
    next.press(UserEvent::Returned { party: Box::new(card.party), seconds: None, rejoin: Some(kept) });
    next.welcome(vec![next.live("x", CallRole::Callee, CallStatus::Active)]);
    let orders = next.media(MediaEvent::Ready(media_key(1, 1)));
    let muted = Effect::SetMuted { media: media_key(1, 1), muted: true };
    let muted = orders.iter().position(|order| *order == muted).expect("it is muted");
    let attached = orders.iter().position(|order| matches!(order, Effect::ReplaceTracks(..)));
    assert!(attached.is_some_and(|attached| muted < attached), "{orders:?}");
}

#[test]
fn a_microphone_denied_to_the_reloaded_page_does_not_end_the_call() {
    let (mut world, ada, bob) = talking();
    world.phones[bob].devices.microphone = Access::Refused(MediaError::Denied);
    world.reload(bob, Some(400));
    world.pass(3000);
    let view = world.in_call(bob).expect("bob is in the call");
    assert_eq!(view.local[Slot::Microphone], SlotView::Problem(MediaError::Denied));
    let seen = world.in_call(ada).expect("ada is in the call");
    assert_eq!((seen.stage, seen.remote[Slot::Microphone]), (CallStage::Active, SlotState::Failing));
}

#[test]
fn an_older_client_is_told_that_the_call_was_left() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    let orders = solo.press(UserEvent::Unload);
    let left = |order: &Effect| matches!(order, Effect::SendMessage(_, PeerMessage::Left));
    assert!(
        orders.iter().any(left) && orders.iter().any(|order| matches!(order, Effect::End(..))),
        "{orders:?}"
    );
}

#[test]
fn leaving_for_another_page_ends_the_call_at_once() {
    let (mut world, ada, bob) = talking();
    world.press(bob, UserEvent::Leave);
    world.pass(100);
    world.expect_outcome(ada, Outcome::LeftByThem);
}

#[test]
fn a_seat_of_another_device_is_not_taken() {
    let mut solo = Solo::new(CallType::Audio);
    solo.reloaded();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    live.seats = vec![solo.seat("ada", "watch"), solo.seat("bob", "phone")];
    assert_eq!(solo.welcome(vec![live]), vec![], "nothing is opened, and nothing is ended");
    assert_eq!(solo.view(), CallView::Idle);
}

#[test]
fn a_reloaded_page_does_not_wait_for_the_server_forever() {
    let mut solo = Solo::new(CallType::Audio);
    solo.reloaded();
    solo.socket(SocketEvent::Lost);
    assert_eq!(solo.view(), CallView::Idle);
    solo.pass(20_000);
    let CallView::Ended(card) = solo.view() else { panic!("the card is shown") };
    assert_eq!(card.outcome, Outcome::LeftByMe);
}
