//! The network dies in a call: a second connection is opened beside the first one, and whichever carries something is used.

use crate::kit::solo::{Solo, peer_key, sends, text};
use crate::kit::{Who, World};
use call_core::{
    CallStage, CallView, Effect, Event, Link, MediaEvent, OfferKind, Outcome, PeerEvent, PeerMessage, Slot,
    SlotState, UserEvent,
};
use call_protocol::{CallStatus, CallType, EndReason, SignalBody};

fn talking() -> (World, Who, Who) {
    let (mut world, ada, bob) = World::of_two(21);
    world.call_and_talk((ada, bob), CallType::Video);
    world.pass(3000);
    (world, ada, bob)
}

fn open(world: &World) -> usize {
    world.peers.pcs.len()
}

fn ordered(world: &World, wanted: impl Fn(&Effect) -> bool) -> usize {
    let orders = world.diary.iter().flat_map(|(_, _, _, orders)| orders);
    orders.filter(|order| wanted(order)).count()
}

fn opened(world: &World) -> usize {
    ordered(world, |order| matches!(order, Effect::OpenPeer(..)))
}

fn stage(world: &World, who: Who) -> CallStage {
    world.in_call(who).unwrap_or_else(|| world.fail("the call goes on")).stage
}

/// They talk, over one connection each.
fn healed(world: &mut World, one: Who, other: Who) {
    world.expect("they talk", world.talk(one, other));
    world.pass(6000);
    world.expect("they still talk", world.talk(one, other));
    world.expect("by one connection each", open(world) == 2);
}

#[test]
fn somebody_who_moves_to_another_network_is_heard_again_within_a_second_and_nobody_reads_of_it() {
    for mover in [0, 1] {
        let (mut world, ada, bob) = talking();
        world.peers.move_to_another_network(mover);
        for _ in 0..10 {
            world.pass(100);
            assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Active, CallStage::Active));
        }
        healed(&mut world, ada, bob);
        assert_eq!(
            ordered(&world, |order| matches!(order, Effect::CreateOffer(_, OfferKind::IceRestart))),
            0
        );
    }
}

#[test]
fn three_moves_in_one_call_are_like_the_first() {
    let (mut world, ada, bob) = talking();
    for who in [ada, bob, ada] {
        world.peers.move_to_another_network(who);
        world.pass(1250);
        healed(&mut world, ada, bob);
    }
    world.press(ada, UserEvent::HangUp);
    world.pass(500);
    world.expect_outcome(bob, Outcome::HungUpByThem);
    assert_eq!((open(&world), world.server.rows.len()), (0, 1), "one call, one ending");
}

#[test]
fn a_path_that_comes_back_by_itself_is_kept_and_the_second_connection_closed_quietly() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(900);
    world.expect("both try", open(&world) > 2);
    world.peers.cut.clear();
    world.pass(600);
    healed(&mut world, ada, bob);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Active, CallStage::Active));
}

#[test]
fn an_outage_is_told_after_two_seconds_and_survived_for_most_of_a_minute() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.pass(1900);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Active, CallStage::Active));
    world.pass(1000);
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Reconnecting, CallStage::Reconnecting));
    world.pass(42_000);
    world.peers.cut.clear();
    world.until_they_talk(ada, bob);
    healed(&mut world, ada, bob);
}

#[test]
fn whoever_hears_the_server_is_not_the_first_to_give_up() {
    let (mut world, ada, bob) = talking();
    world.peers.cut.insert(bob);
    world.drop_socket(bob, 200_000);
    world.pass(45_000);
    world.expect("both still try", world.in_call(ada).is_some() && world.in_call(bob).is_some());
    world.pass(1_000);
    let ends = |(_, who, _, orders): &(_, Who, _, Vec<Effect>)| {
        orders.iter().any(|order| matches!(order, Effect::End(..))).then_some(*who)
    };
    assert_eq!(world.diary.iter().find_map(ends), Some(bob));
    world.expect_outcome(bob, Outcome::ConnectionLost);
    world.expect_outcome(ada, Outcome::ConnectionLost);
    assert_eq!(
        (world.row().status, world.row().error_reason),
        (CallStatus::Ended, Some(EndReason::ConnectionLost))
    );
}

#[test]
fn the_socket_may_die_with_the_path() {
    let (mut world, ada, bob) = talking();
    for (who, ms) in [(ada, 300), (bob, 2_500), (ada, 12_000)] {
        world.peers.cut.insert(who);
        world.drop_socket(who, ms);
        world.pass(ms);
        world.peers.cut.clear();
        world.peers.move_to_another_network(who);
        world.pass(1_500);
        healed(&mut world, ada, bob);
    }
}

#[test]
fn without_the_server_the_old_channel_carries_the_new_connection_if_it_still_works() {
    let (mut world, ada, bob) = talking();
    world.server_goes_away();
    world.peers.lose_link(bob); // no media arrives, messages do
    world.pass(5_000);
    assert_eq!(opened(&world), 4, "a second connection at each side");
    healed(&mut world, ada, bob);
}

#[test]
fn what_is_changed_during_a_handover_is_changed_on_whichever_connection_is_used() {
    let (mut world, ada, bob) = talking();
    world.peers.move_to_another_network(bob);
    world.pass(600);
    world.press(bob, UserEvent::ToggleMute);
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(900);
    healed(&mut world, ada, bob);
    let seen = world.in_call(ada).expect("ada is in the call").remote;
    assert_eq!((seen[Slot::Microphone], seen[Slot::Camera]), (SlotState::Off, SlotState::Off));
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(500);
    let seen = world.in_call(ada).expect("ada is in the call").remote;
    assert_eq!(seen[Slot::Camera], SlotState::On);
}

#[test]
fn two_people_who_send_nothing_are_connected_again_too() {
    let (mut world, ada, bob) = talking();
    for who in [ada, bob] {
        world.unplug(who, Slot::Camera);
        world.unplug(who, Slot::Microphone);
        world.phones[who].devices.microphone = crate::kit::Access::Refused(call_core::MediaError::NotFound);
        world.phones[who].devices.camera = crate::kit::Access::Refused(call_core::MediaError::NotFound);
    }
    world.pass(20_000);
    let before = opened(&world);
    world.pass(30_000);
    assert_eq!(opened(&world), before, "nothing that arrives, and no false alarm");
    world.peers.move_to_another_network(ada);
    world.pass(8_000);
    assert!(opened(&world) > before, "the dead path was noticed");
    assert_eq!((stage(&world, ada), stage(&world, bob)), (CallStage::Active, CallStage::Active));
    world.pass(6_000);
    assert_eq!(open(&world), 2);
}

#[test]
fn a_page_that_is_reloaded_during_a_handover_is_back_all_the_same() {
    for wait in [100, 400, 600, 900, 1_500] {
        let (mut world, ada, bob) = talking();
        world.peers.move_to_another_network(bob);
        world.pass(wait);
        world.reload(bob, Some(400));
        world.pass(4_000);
        healed(&mut world, ada, bob);
    }
}

/// Ada talks, and the other side takes a second connection.
fn talks() -> Solo {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.media(MediaEvent::Ready(call_core::MediaKey { epoch: crate::kit::solo::FIRST, number: 1 }));
    for message in [sends(SlotState::On, SlotState::Off), PeerMessage::HandsOver] {
        solo.peer(PeerEvent::Message(peer_key(1, 1), message));
    }
    solo
}

/// Her connection is silent.
fn silent() -> (Solo, Vec<Effect>) {
    let mut solo = talks();
    let orders = solo.falls_silent(1);
    (solo, orders)
}

fn closes(orders: &[Effect], number: u32) -> bool {
    orders.contains(&Effect::ClosePeer(peer_key(1, number)))
}

#[test]
fn the_first_alarm_opens_a_second_connection_and_doubts_the_server() {
    let (mut solo, orders) = silent();
    let opens = |order: &Effect| matches!(order, Effect::OpenPeer(key, ..) if key.number == 2);
    assert!(orders.iter().any(opens) && orders.contains(&Effect::DoubtServer), "{orders:?}");
    let restart = |order: &Effect| matches!(order, Effect::CreateOffer(_, OfferKind::IceRestart));
    assert!(!solo.pass(4_000).iter().any(restart));
}

#[test]
fn the_old_connection_is_closed_once_something_arrives_on_the_new_one_and_not_before() {
    let (mut solo, _) = silent();
    solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), crate::kit::solo::text("offer 2")));
    let up = solo.peer(PeerEvent::Link(peer_key(1, 2), Link::Connected));
    assert!(
        up.iter().any(|order| matches!(order, Effect::ReplaceTracks(key, _) if key.number == 2)),
        "{up:?}"
    );
    assert!(!closes(&up, 1), "both send");
    let received =
        |media_bytes| PeerEvent::Received { peer: peer_key(1, 2), media_bytes, transport_bytes: Some(9) };
    assert!(!closes(&solo.peer(received(0)), 1), "handshakes prove nothing");
    assert!(closes(&solo.peer(received(100)), 1));
    let CallView::InCall(view) = solo.view() else { panic!("the call goes on") };
    assert_eq!((view.peer, view.stage), (Some(peer_key(1, 2)), CallStage::Active));
}

#[test]
fn the_new_connection_is_not_given_up_for_the_old_one_once_it_may_be_used_by_the_other_side() {
    let (mut solo, _) = silent();
    solo.peer(PeerEvent::Link(peer_key(1, 2), Link::Connected));
    solo.bytes(1, 5_000);
    assert!(!closes(&solo.pass(4_000), 2), "the other side may have closed the old one");
    solo.bytes(1, 6_000);
    assert!(closes(&solo.pass(2_000), 2), "it has not: bytes still come by it");
    assert!(matches!(solo.view(), CallView::InCall(_)));
}

#[test]
fn a_count_that_falls_because_the_browser_forgot_a_path_is_no_sign_of_life() {
    let mut solo = talks();
    solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Connected));
    let mut orders = Vec::new();
    for bytes in [5_000, 4_000, 3_000, 2_000] {
        solo.pass(500);
        orders.extend(solo.peer(PeerEvent::Received {
            peer: peer_key(1, 1),
            media_bytes: 1_000,
            transport_bytes: Some(bytes),
        }));
    }
    assert!(orders.iter().any(|order| matches!(order, Effect::OpenPeer(..))), "{orders:?}");
}

#[test]
fn an_offer_lower_than_one_that_never_arrived_is_answered_by_a_new_one() {
    let (mut solo, _) = silent();
    solo.bytes(1, 5_000);
    assert!(closes(&solo.pass(2_000), 2), "it was not needed; the other side may never have heard of it");
    let orders = solo.signal_arrives(&SignalBody::Offer(text("offer of Bob")), 2, 1);
    let opens = |order: &Effect| matches!(order, Effect::OpenPeer(key, ..) if key.number > 2);
    assert!(orders.iter().any(opens), "{orders:?}");
}

#[test]
fn an_older_client_is_never_offered_a_second_connection() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.peer(PeerEvent::Message(peer_key(1, 1), sends(SlotState::On, SlotState::Off)));
    let orders = solo.falls_silent(1);
    assert!(!orders.iter().any(|order| matches!(order, Effect::OpenPeer(..))), "{orders:?}");
    let restart = Effect::CreateOffer(peer_key(1, 1), OfferKind::IceRestart);
    assert!(orders.contains(&restart), "{orders:?}");
    solo.handle(Event::Timer);
}
