//! The server or the socket is gone: a healthy call goes on, and the snapshot makes up for what was missed.

use crate::kit::{Access, Fate, Packet, Who, World};
use call_core::{Effect, Outcome, ReplyEvent, UserEvent};
use call_protocol::{CallStatus, CallType, EndReason};

fn two() -> (World, Who, Who) {
    World::of_two(14)
}

fn talking() -> (World, Who, Who) {
    let (mut world, ada, bob) = two();
    world.call_and_talk((ada, bob), CallType::Video);
    world.pass(3000);
    (world, ada, bob)
}

#[test]
fn a_call_outlives_the_server_and_shows_that_it_is_away() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.pass(60_000);
    world.expect("they keep talking", world.talk(ada, bob));
    assert!(world.in_call(ada).unwrap().server_away);
    world.server_comes_back();
    world.pass(2000);
    world.expect("they keep talking", world.talk(ada, bob));
    assert!(!world.in_call(ada).unwrap().server_away);
}

#[test]
fn flowing_media_is_reported_at_once_every_ten_seconds_and_after_a_reconnect() {
    let (mut world, ada, _) = talking();
    let reports = |world: &World| {
        let mine =
            world.diary.iter().filter(|(_, who, _, _)| *who == ada).flat_map(|(_, _, _, orders)| orders);
        mine.filter(|order| matches!(order, Effect::ReportMedia(_))).count()
    };
    assert_eq!(reports(&world), 1);
    world.pass(30_000);
    assert_eq!(reports(&world), 4);
    world.drop_socket(ada, 100);
    world.pass(1500);
    assert_eq!(reports(&world), 5);
}

#[test]
fn while_the_server_is_away_a_hang_up_goes_over_the_data_channel() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.pass(2000);
    world.press(bob, UserEvent::HangUp);
    world.pass(100);
    world.expect_outcome(bob, Outcome::HungUpByMe);
    world.expect_outcome(ada, Outcome::HungUpByThem);
    assert_eq!(world.row().status, CallStatus::Active);
    world.server_comes_back();
    world.pass(3000);
    assert_eq!(world.row().status, CallStatus::Ended);
}

#[test]
fn while_the_server_is_away_a_restart_goes_over_the_data_channel() {
    for caller in [true, false] {
        let (mut world, ada, bob) = talking();
        world.server_goes_away();
        world.pass(2000);
        world.peers.lose_link(if caller { ada } else { bob });
        world.pass(1000);
        world.expect(
            "the link is disconnected",
            !world.talk(ada, bob) || !world.peers.hears(if caller { ada } else { bob }),
        );
        world.until_they_talk(ada, bob);
        assert!(world.in_call(ada).unwrap().server_away);
    }
}

#[test]
fn muting_is_announced_while_the_server_is_away() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.press(ada, UserEvent::ToggleMute);
    world.pass(100);
    assert!(world.in_call(bob).unwrap().remote_muted());
}

#[test]
fn an_end_request_is_repeated_until_the_server_has_replied() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.server_goes_away();
    world.press(bob, UserEvent::Decline);
    world.expect_outcome(bob, Outcome::DeclinedByMe);
    world.pass(12_000);
    let declines = |world: &World| {
        let mine =
            world.diary.iter().filter(|(_, who, _, _)| *who == bob).flat_map(|(_, _, _, orders)| orders);
        mine.filter(|order| matches!(order, Effect::Decline(_))).count()
    };
    assert!((3..=6).contains(&declines(&world)), "repeated, less and less often");
    world.server_comes_back();
    world.pass(1500);
    assert_eq!(world.row().status, CallStatus::Declined);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
    let heard = declines(&world);
    world.pass(30_000);
    assert_eq!(declines(&world), heard);
}

#[test]
fn an_end_request_whose_reply_was_lost_is_repeated_and_does_no_harm() {
    let (mut world, ada, bob) = talking();
    let mut lost = 0;
    world.network.rule = Some(Box::new(move |_, packet| {
        let reply = matches!(packet, Packet::Reply(ReplyEvent::Ended(..)));
        lost += u32::from(reply);
        (reply && lost <= 3).then_some(Fate::Lost)
    }));
    world.press(ada, UserEvent::HangUp);
    world.pass(20_000);
    assert_eq!(world.row().status, CallStatus::Ended);
    world.expect_outcome(bob, Outcome::HungUpByThem);
}

#[test]
fn expired_leases_end_no_call_in_which_media_flows() {
    let (mut world, ada, bob) = talking();
    world.server.close(0, CallStatus::Ended, Some(EndReason::LeaseExpired), world.now);
    world.deliver_outbox();
    world.pass(2000);
    world.expect("they keep talking", world.talk(ada, bob));
    world.drop_socket(ada, 1000); // the snapshot reports the same
    world.pass(3000);
    world.expect("they keep talking", world.talk(ada, bob));
    world.press(ada, UserEvent::HangUp);
    world.pass(1000);
    world.expect_outcome(ada, Outcome::HungUpByMe);
    world.expect_outcome(bob, Outcome::HungUpByThem);
}

#[test]
fn expired_leases_end_a_call_in_which_no_media_flows() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(ada);
    world.pass(10_000);
    world.server.close(0, CallStatus::Ended, Some(EndReason::LeaseExpired), world.now);
    world.deliver_outbox();
    world.pass(500);
    world.expect_outcome(ada, Outcome::ConnectionLost);
    world.expect_outcome(bob, Outcome::ConnectionLost);
}

#[test]
fn losing_the_socket_at_any_moment_ends_no_call() {
    for moment in (0..3600).step_by(47) {
        for caller in [true, false] {
            let (mut world, ada, bob) = two();
            world.phones[ada].devices.microphone = Access::Asks(300);
            world.phones[bob].devices.microphone = Access::Asks(300);
            world.permission_unknown(bob);
            world.pass(1);
            let mut answered = false;
            world.call(ada, bob, CallType::Audio);
            for at in 0..6000 {
                if at == moment {
                    world.drop_socket(if caller { ada } else { bob }, 700);
                }
                if !answered && at > 1500 && world.rings(bob) {
                    world.answer(bob);
                    answered = true;
                }
                world.pass(1);
            }
            let offline = world.outcome(ada) == Some(Outcome::PeerOffline);
            world.expect(
                "bob was offline when ada called, or they talk",
                offline && !caller || world.talk(ada, bob),
            );
        }
    }
}

#[test]
fn an_ending_missed_while_the_socket_was_down_is_in_the_snapshot() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.drop_socket(bob, 3000);
    world.press(ada, UserEvent::HangUp);
    world.pass(2000);
    world.expect("bob cannot know yet", world.rings(bob));
    world.pass(2000);
    world.expect_outcome(bob, Outcome::Missed);
}

#[test]
fn a_hang_up_missed_while_the_socket_was_down_arrives_by_channel_or_snapshot() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.drop_socket(bob, 5000);
    world.press(ada, UserEvent::HangUp);
    world.pass(3000);
    world.expect("bob cannot know yet", world.in_call(bob).is_some());
    world.pass(4000);
    world.expect_outcome(bob, Outcome::HungUpByThem);
}

#[test]
fn without_a_server_a_call_is_given_up_soon() {
    let (mut world, ada, bob) = two();
    world.server_goes_away();
    world.call(ada, bob, CallType::Audio);
    world.pass(10_000);
    world.expect_outcome(ada, Outcome::ServerUnreachable);
}

#[test]
fn a_ring_whose_end_is_never_reported_ends_by_itself_on_both_sides() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.server_goes_away();
    world.pass(51_000);
    world.expect_outcome(ada, Outcome::NoAnswer);
    world.expect_outcome(bob, Outcome::Missed);
}

#[test]
fn a_crashed_device_that_finds_its_call_in_the_snapshot_leaves_it() {
    let (mut world, ada, bob) = talking();
    // The page has crashed and is opened again: the same device, a new machine without a call.
    world.crash(bob);
    world.pass(1000);
    world.expect_outcome(ada, Outcome::LeftByThem);
    world.expect_outcome(bob, Outcome::LeftByMe);
    assert!(!world.row().status.is_live());
}

#[test]
fn a_page_reloaded_while_it_rings_rings_again_and_can_answer() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(2000);
    world.reload(bob, Some(300));
    world.pass(3000);
    world.expect("it rings again", world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}
