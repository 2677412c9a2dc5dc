//! Rings that arrive while something else is going on.

use crate::kit::{Who, World};
use call_core::{CallView, Outcome, UserEvent};
use call_protocol::CallType;

fn three() -> (World, Who, Who, Who) {
    let (mut world, ada, bob) = World::of_two(15);
    let eve = world.phone("eve", "tablet");
    (world, ada, bob, eve)
}

/// The same, with a server that rings people who are busy.
fn three_with_call_waiting() -> (World, Who, Who, Who) {
    let (mut world, ada, bob, eve) = three();
    world.server.call_waiting = true;
    (world, ada, bob, eve)
}

fn caller(world: &World, who: Who) -> Option<String> {
    let CallView::Incoming(view) = world.view(who) else { return None };
    Some(view.party.peer.id.0)
}

#[test]
fn a_second_ring_waits_until_the_first_is_declined() {
    let (mut world, ada, bob, eve) = three_with_call_waiting();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(eve, bob, CallType::Audio);
    world.pass(1000);
    assert_eq!(caller(&world, bob).as_deref(), Some("ada"));
    world.press(bob, UserEvent::Decline);
    assert_eq!(caller(&world, bob).as_deref(), Some("eve"));
    world.answer(bob);
    world.until_they_talk(eve, bob);
}

#[test]
fn a_ring_that_arrives_during_a_call_is_shown_afterwards_with_its_remaining_time() {
    let (mut world, ada, bob, eve) = three_with_call_waiting();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(eve, bob, CallType::Audio);
    world.pass(1000);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(10_000);
    world.expect("eve's call does not disturb", world.talk(ada, bob));
    world.press(bob, UserEvent::HangUp);
    assert_eq!(caller(&world, bob).as_deref(), Some("eve"));
    world.pass(40_000);
    world.expect("its ring time has ended", caller(&world, bob).is_none());
    world.expect_outcome(eve, Outcome::NoAnswer);
}

#[test]
fn a_ring_that_ends_before_this_device_is_free_is_never_shown() {
    let (mut world, ada, bob, eve) = three_with_call_waiting();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(eve, bob, CallType::Audio);
    world.pass(1000);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.press(eve, UserEvent::HangUp);
    world.pass(1000);
    world.press(bob, UserEvent::HangUp);
    world.pass(100);
    world.expect_outcome(bob, Outcome::HungUpByMe);
}

#[test]
fn rings_that_came_while_the_socket_was_down_are_shown_one_after_the_other() {
    let (mut world, ada, bob, eve) = three_with_call_waiting();
    let watch = world.phone("bob", "watch");
    world.drop_socket(bob, 3000);
    world.call(ada, bob, CallType::Audio);
    world.call(eve, bob, CallType::Audio);
    world.pass(4000);
    let first = caller(&world, bob);
    assert!(first.is_some());
    world.press(bob, UserEvent::Decline);
    let second = caller(&world, bob);
    assert!(second.is_some() && second != first);
    world.press(bob, UserEvent::Decline);
    world.pass(1000);
    assert_eq!((caller(&world, bob), caller(&world, watch)), (None, None));
}

#[test]
fn somebody_who_is_calling_is_busy_for_others() {
    let (mut world, ada, bob, eve) = three();
    world.call(bob, ada, CallType::Audio);
    world.until("it rings", |world| world.rings(ada));
    world.call(eve, bob, CallType::Audio);
    world.pass(1000);
    world.expect_outcome(eve, Outcome::Busy);
    world.expect("bob is still calling", world.hears_ringback(bob));
}

#[test]
fn a_ring_replaces_the_card() {
    let (mut world, ada, bob, eve) = three();
    world.call(bob, ada, CallType::Audio);
    world.until("it rings", |world| world.rings(ada));
    world.press(ada, UserEvent::Decline);
    world.pass(500);
    world.expect_outcome(bob, Outcome::DeclinedByThem);
    world.call(eve, bob, CallType::Audio);
    world.pass(500);
    assert_eq!(caller(&world, bob).as_deref(), Some("eve"));
}
