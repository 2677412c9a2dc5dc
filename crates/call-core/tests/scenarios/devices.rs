//! Several devices of one person: all ring, one answers, the others stop at once.

use crate::kit::solo::{Solo, peer_key};
use crate::kit::{Fate, JobKind, Packet, WarmUp, Who, World};
use call_core::{
    Effect, Event, IceTransportPolicy, Link, Negotiator, Outcome, PeerKey, SocketEvent, UserEvent,
};
use call_protocol::{CallId, CallStatus, CallType, DeviceId, Signal, SignalKind};

/// Ada calls; Bob's phone and tablet ring, and both are warm. The tablet connected last, so it gets the ring's offer.
fn ringing() -> (World, Who, Who, Who) {
    let mut world = World::new(2);
    let (ada, phone) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    let tablet = world.phone("bob", "tablet");
    world.call(ada, phone, CallType::Video);
    world.until("both ring", |world| world.rings(phone) && world.rings(tablet));
    world.pass(2000);
    (world, ada, phone, tablet)
}

#[test]
fn the_second_phone_stops_ringing_when_the_first_one_answers() {
    let (mut world, ada, phone, tablet) = ringing();
    world.answer(tablet);
    world.until_they_talk(ada, tablet);
    world.expect_outcome(phone, Outcome::AnsweredElsewhere(Some("the tablet".to_owned())));
}

/// The connections of a device.
fn connections(world: &World, who: Who) -> Vec<PeerKey> {
    world.peers.pcs.keys().filter(|(of, _)| *of == who).map(|(_, key)| *key).collect()
}

fn is_warm(world: &World, who: Who) -> bool {
    world.peers.pc(who).is_some_and(|pc| pc.link() == Some(Link::Connected))
}

#[test]
fn whichever_device_answers_is_connected_already() {
    for warmed_first in [true, false] {
        let (mut world, ada, phone, tablet) = ringing();
        world.expect("both are connected", is_warm(&world, phone) && is_warm(&world, tablet));
        let (answers, other) = if warmed_first { (tablet, phone) } else { (phone, tablet) };
        let present = connections(&world, answers);
        world.answer(answers);
        world.until_they_talk(ada, answers);
        assert_eq!(connections(&world, answers), present, "no other connection was made");
        world.expect("the other one is closed", connections(&world, other).is_empty());
        assert_eq!(connections(&world, ada).len(), 1);
        world.expect(
            "the other one is told",
            matches!(world.outcome(other), Some(Outcome::AnsweredElsewhere(_))),
        );
    }
}

#[test]
fn a_fifth_device_rings_cold_and_the_caller_opens_the_next_generation_when_it_answers() {
    let mut world = World::new(2);
    let ada = world.phone("ada", "laptop");
    let devices: Vec<Who> = ["phone", "tablet", "watch", "car", "fridge"]
        .into_iter()
        .map(|name| world.phone("bob", name))
        .collect();
    world.call(ada, devices[0], CallType::Video);
    world.until("all ring", |world| devices.iter().all(|who| world.rings(*who)));
    world.pass(2000);
    let warm: Vec<bool> = devices.iter().map(|who| is_warm(&world, *who)).collect();
    assert_eq!(warm, [false, true, true, true, true], "those that were used last");
    let newest = connections(&world, ada).into_iter().max().unwrap();
    world.answer(devices[0]);
    world.until_they_talk(ada, devices[0]);
    let [present] = connections(&world, ada)[..] else { world.fail("one connection is left") };
    assert_eq!(present.number, newest.number + 1);
}

#[test]
fn a_device_that_is_loaded_anew_while_another_stays_warm_is_warm_again() {
    let (mut world, ada, phone, tablet) = ringing();
    for again in [phone, tablet] {
        world.crash(again);
        world.pass(3000);
        world.expect("both are connected", is_warm(&world, phone) && is_warm(&world, tablet));
    }
    world.answer(phone);
    world.until_they_talk(ada, phone);
}

#[test]
fn an_answer_that_the_caller_cannot_take_costs_one_connection_and_no_call() {
    for answers in [1, 2] {
        let mut world = World::new(2);
        let ada = world.phone("ada", "laptop");
        let devices = [world.phone("bob", "phone"), world.phone("bob", "tablet")];
        world.peers.failing_jobs.push((ada, JobKind::SetRemoteAnswer));
        world.call(ada, devices[0], CallType::Video);
        world.until("both ring", |world| devices.iter().all(|who| world.rings(*who)));
        world.pass(2000);
        world.answer(answers);
        world.until_they_talk(ada, answers);
    }
}

#[test]
fn two_phones_answer_at_once_and_one_of_them_wins() {
    let (mut world, ada, phone, tablet) = ringing();
    world.answer(phone);
    world.pass(1);
    world.answer(tablet);
    world.until_they_talk(ada, phone);
    let lost = world.outcome(tablet);
    world.expect("the tablet sees it", matches!(lost, Some(Outcome::AnsweredElsewhere(_))));
    world.pass(20_000);
    world.expect("the late answer changes nothing", world.talk(ada, phone));
}

#[test]
fn a_late_answer_is_refused_and_says_where_the_call_was_answered() {
    let (mut world, ada, phone, tablet) = ringing();
    // The frame that tells the tablet of the phone's answer is lost.
    world.network.rule = Some(Box::new(move |who, packet| {
        let unheard = who == tablet && matches!(packet, Packet::ToDevice(SocketEvent::Answered(_)));
        unheard.then_some(Fate::Lost)
    }));
    world.answer(phone);
    world.until_they_talk(ada, phone);
    world.expect("the tablet still rings", world.rings(tablet));
    world.answer(tablet);
    world.pass(1000);
    world.expect_outcome(tablet, Outcome::AnsweredElsewhere(None));
    world.expect("the call goes on", world.talk(ada, phone));
}

#[test]
fn a_late_decline_changes_nothing() {
    let (mut world, ada, phone, tablet) = ringing();
    world.answer(phone);
    world.press(tablet, UserEvent::Decline);
    world.expect_outcome(tablet, Outcome::DeclinedByMe);
    world.pass(5000);
    world.expect("the two talk", world.talk(ada, phone));
}

#[test]
fn a_call_declined_on_one_device_stops_on_the_other() {
    let (mut world, ada, phone, tablet) = ringing();
    world.press(phone, UserEvent::Decline);
    world.pass(500);
    world.expect_outcome(tablet, Outcome::DeclinedElsewhere);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
}

#[test]
fn a_device_that_connects_during_the_ring_rings_too_and_can_answer() {
    let (mut world, ada, phone, tablet) = ringing();
    let watch = world.phone("bob", "watch");
    world.pass(100);
    world.expect("the watch rings", world.rings(watch));
    world.answer(watch);
    world.until_they_talk(ada, watch);
    for who in [phone, tablet] {
        world.expect_outcome(who, Outcome::AnsweredElsewhere(Some("the watch".to_owned())));
    }
}

#[test]
fn a_device_that_was_offline_while_another_answered_learns_it_from_the_snapshot() {
    let (mut world, ada, phone, tablet) = ringing();
    world.drop_socket(phone, 5000);
    world.answer(tablet);
    world.until_they_talk(ada, tablet);
    world.expect("the phone cannot know yet", world.rings(phone));
    world.pass(6000);
    world.expect_outcome(phone, Outcome::AnsweredElsewhere(Some("the tablet".to_owned())));
}

#[test]
fn without_a_warm_device_the_call_connects_after_the_answer() {
    let mut world = World::new(3);
    world.server.warm_up = WarmUp::Nobody;
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(3000);
    assert!(world.peers.pc(bob).is_none());
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_warm_device_whose_offer_the_server_has_forgotten_gets_another_one() {
    let (mut world, ada, _, tablet) = ringing();
    world.server.forget_offers();
    world.drop_socket(tablet, 300);
    world.pass(8000);
    assert_eq!([connections(&world, ada).len(), connections(&world, tablet).len()], [2, 1]);
    world.expect("the tablet is warm again", is_warm(&world, tablet));
    world.answer(tablet);
    world.until_they_talk(ada, tablet);
}

#[test]
fn signals_from_a_device_without_a_seat_are_ignored() {
    let (mut world, ada, phone, tablet) = ringing();
    let of_tablet =
        world.diary.iter().filter(|(_, who, _, _)| *who == tablet).flat_map(|(_, _, _, orders)| orders);
    let sent = |effect: &Effect| {
        if let Effect::SendSignal(id, signal) = effect { Some((id.clone(), signal.clone())) } else { None }
    };
    let late: Vec<_> = of_tablet.filter_map(sent).collect();
    world.answer(phone);
    world.until_they_talk(ada, phone);
    assert!(late.iter().any(|(_, signal)| signal.kind() == SignalKind::Answer));
    for (id, signal) in late {
        // Only the sender device shows that they are not for this connection.
        let (_, key) = *world.peers.pcs.keys().find(|(who, _)| *who == ada).unwrap();
        let signal = Signal { peer_connection: Some(key.number), ..signal };
        world.handle(ada, Event::Socket(SocketEvent::Signal(id, signal)));
        let (_, _, _, orders) = world.diary.last().unwrap();
        assert_eq!(orders, &[]);
    }
    world.pass(20_000);
    world.expect("the call goes on", world.talk(ada, phone));
}

#[test]
fn no_device_keeps_signaling_once_the_call_is_over() {
    let (mut world, ada, phone, tablet) = ringing();
    world.answer(tablet);
    world.until_they_talk(ada, tablet);
    world.press(tablet, UserEvent::HangUp);
    world.pass(1000);
    assert!(world.is_row(CallStatus::Ended));
    world.expect_outcome(ada, Outcome::HungUpByThem);
    world.expect_outcome(phone, Outcome::AnsweredElsewhere(Some("the tablet".to_owned())));
    let quiet = world.diary.len();
    world.pass(10_000);
    let orders = world.diary[quiet..].iter().flat_map(|(_, _, _, orders)| orders);
    assert_eq!(orders.collect::<Vec<_>>(), Vec::<&Effect>::new());
}

#[test]
fn a_device_with_a_connection_of_its_own_keeps_its_place_when_the_server_has_forgotten_it() {
    let mut solo = Solo::new(CallType::Video);
    solo.two_devices_out();
    let (call_id, device_id) = (CallId::new("x"), DeviceId::new("tablet"));
    let orders =
        solo.socket(SocketEvent::DeviceRinging { call_id, device_id, offer_known: false, also_warm: false });
    let moves = orders.iter().filter(|order| matches!(order, Effect::OpenPeer(..) | Effect::ClosePeer(_)));
    let expected = [
        Effect::ClosePeer(peer_key(1, 2)),
        Effect::OpenPeer(peer_key(1, 3), Negotiator::Offerer, IceTransportPolicy::All),
    ];
    assert_eq!(moves.cloned().collect::<Vec<_>>(), expected);
}
