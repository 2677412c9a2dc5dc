//! What arrives early, late, twice or never: the people notice nothing.

use crate::kit::{Fate, Frame, Packet, Who, World};
use call_core::{Effect, Event, Outcome, ReplyEvent, SocketEvent, UserEvent};
use call_protocol::{CallStatus, CallType, SignalKind};

fn two() -> (World, Who, Who) {
    World::of_two(6)
}

fn signal_of(packet: &Packet, wanted: SignalKind) -> bool {
    matches!(packet, Packet::ToServer(Frame::Signal(_, signal)) if signal.kind() == wanted)
}

/// Loses the first `count` packets of a kind.
fn lose_first(count: u32, matching: impl Fn(Who, &Packet) -> bool + 'static) -> crate::kit::Rule {
    let mut lost = 0;
    Box::new(move |who, packet| {
        let hit = matching(who, packet);
        lost += u32::from(hit);
        (hit && lost <= count).then_some(Fate::Lost)
    })
}

#[test]
fn an_answer_that_overtakes_the_reply_to_its_own_call_still_connects() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(_))).then_some(Fate::After(2000))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(500);
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn an_sdp_answer_that_overtakes_the_reply_is_kept_for_it() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(_))).then_some(Fate::After(300))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("ada hears the ringback", |world| world.hears_ringback(ada));
    world.pass(400);
    let before_reply = |world: &World| {
        let mine = world.diary.iter().filter(|(_, who, _, _)| *who == ada);
        let mut events = mine.map(|(_, _, event, _)| event);
        let answer = events.position(|event| {
            matches!(event, Event::Socket(SocketEvent::Signal(_, signal)) if signal.kind() == SignalKind::Answer)
        });
        answer.is_some() && events.any(|event| matches!(event, Event::Reply(_)))
    };
    assert!(before_reply(&world));
    let warm = world.peers.pc(ada).unwrap().link();
    world.expect("the transport is connected without a resend", warm == Some(call_core::Link::Connected));
}

#[test]
fn an_ending_that_overtakes_the_reply_to_its_own_call_ends_it() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(_))).then_some(Fate::After(1500))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(bob, UserEvent::Decline);
    world.pass(2000);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
}

#[test]
fn an_ending_known_only_from_a_snapshot_before_the_reply_ends_the_call() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(_))).then_some(Fate::After(3000))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.drop_socket(ada, 1000);
    world.press(bob, UserEvent::Decline);
    world.pass(4000);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
}

#[test]
fn candidates_that_arrive_before_their_offer_are_kept() {
    let (mut world, ada, bob) = two();
    let tablet = world.phone("bob", "tablet");
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(1000);
    // Bob's phone is not the warm device, so the offer of the next connection arrives as a signal, and late.
    world.network.rule = Some(Box::new(move |who, packet| {
        let offer = who == bob
            && matches!(packet, Packet::ToDevice(SocketEvent::Signal(_, signal)) if signal.kind() == SignalKind::Offer);
        offer.then_some(Fate::After(400))
    }));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.expect("the tablet has stopped ringing", world.outcome(tablet).is_some());
    let resent = count_sent(&world, ada, SignalKind::IceCandidate);
    assert_eq!(resent, 4, "two for each connection, none of them twice");
}

fn count_sent(world: &World, who: Who, kind: SignalKind) -> usize {
    let mine = world.diary.iter().filter(|(_, of, _, _)| *of == who).flat_map(|(_, _, _, orders)| orders);
    mine.filter(|order| matches!(order, Effect::SendSignal(_, signal) if signal.kind() == kind)).count()
}

#[test]
fn a_lost_offer_is_sent_again() {
    let (mut world, ada, bob) = two();
    world.server.warm_up = crate::kit::WarmUp::Nobody; // so that the offer is sent as a signal
    world.network.rule =
        Some(lose_first(2, move |who, packet| who == ada && signal_of(packet, SignalKind::Offer)));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert_eq!(count_sent(&world, ada, SignalKind::Offer), 3);
}

#[test]
fn lost_candidates_and_acknowledgements_are_sent_again() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(lose_first(6, move |_, packet| {
        signal_of(packet, SignalKind::IceCandidate) || signal_of(packet, SignalKind::Ack)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_duplicated_answer_is_applied_once() {
    let (mut world, ada, bob) = two();
    world.network.rule =
        Some(Box::new(move |_, packet| matches!(packet, Packet::ToServer(_)).then_some(Fate::Twice(20, 60))));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(10_000);
    let mine = world.diary.iter().filter(|(_, who, _, _)| *who == ada).flat_map(|(_, _, _, orders)| orders);
    assert_eq!(mine.filter(|order| matches!(order, Effect::SetRemoteAnswer(..))).count(), 1);
}

#[test]
fn everything_delivered_twice_is_done_once() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(|_, packet| match packet {
        Packet::ToServer(_) | Packet::ToDevice(_) => Some(Fate::Twice(20, 900)),
        Packet::Request | Packet::Reply(_) => None,
    }));
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.press(ada, UserEvent::HangUp);
    world.pass(200);
    world.press(ada, UserEvent::Dismiss);
    world.press(bob, UserEvent::Dismiss);
    world.pass(5000);
    world.expect(
        "nothing rings",
        !world.rings(bob) && world.in_call(bob).is_none() && world.in_call(ada).is_none(),
    );
}

#[test]
fn a_ring_that_arrives_after_its_own_end_does_not_ring() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == bob && matches!(packet, Packet::ToDevice(SocketEvent::Ringing(_))))
            .then_some(Fate::After(2000))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("ada hears ringback", |world| world.hears_ringback(ada));
    world.press(ada, UserEvent::HangUp);
    world.pass(2500);
    world.expect("no ghost rings", !world.rings(bob));
}

#[test]
fn a_ring_delivered_again_after_it_was_declined_does_not_ring_again() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == bob && matches!(packet, Packet::ToDevice(SocketEvent::Ringing(_))))
            .then_some(Fate::Twice(20, 3000))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(bob, UserEvent::Decline);
    world.press(bob, UserEvent::Dismiss);
    world.pass(4000);
    world.expect("no ghost rings", !world.rings(bob));
}

#[test]
fn a_snapshot_older_than_the_call_does_not_end_it() {
    let (mut world, ada, bob) = two();
    let empty = SocketEvent::Welcome { live_calls: vec![], ended_calls: vec![] };
    world.call(ada, bob, CallType::Audio);
    world.until("ada hears ringback", |world| world.hears_ringback(ada));
    // The snapshot was taken before the request was processed, and arrives after its reply.
    world.handle(ada, Event::Socket(empty));
    world.pass(1000);
    world.expect("it keeps ringing", world.rings(bob) && world.hears_ringback(ada));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_lost_answered_frame_is_made_up_for_by_the_snapshot() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::ToDevice(SocketEvent::Answered(_)))).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.pass(3000);
    world.drop_socket(ada, 500);
    world.until_they_talk(ada, bob);
}

#[test]
fn requests_that_do_not_reach_the_server_are_repeated() {
    let (mut world, ada, bob) = two();
    let (mut asked, mut answered) = (0, 0);
    world.network.rule = Some(Box::new(move |who, packet| match packet {
        Packet::Request if who == ada => {
            asked += 1;
            (asked == 1).then_some(Fate::Lost)
        }
        Packet::Reply(ReplyEvent::Answered(..)) => {
            answered += 1;
            (answered == 1).then_some(Fate::Lost)
        }
        Packet::ToDevice(SocketEvent::Answered(_)) if who == bob => Some(Fate::Lost),
        Packet::Request | Packet::Reply(_) | Packet::ToDevice(_) | Packet::ToServer(_) => None,
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert_eq!(world.server.rows.len(), 1);
}

#[test]
fn a_call_whose_caller_gave_up_without_a_reply_stops_ringing() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)))).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.until("ada gives up", |world| world.outcome(ada).is_some());
    world.expect_outcome(ada, Outcome::ServerUnreachable);
    // The device learns from the snapshot that it has a seat in a call that it does not hold, and leaves it.
    world.drop_socket(ada, 500);
    world.pass(2000);
    assert_eq!(world.row().status, CallStatus::Missed);
    world.expect("it stopped ringing", !world.rings(bob));
}

#[test]
fn a_call_answered_after_the_caller_gave_up_ends_at_once() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)))).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("ada gives up", |world| world.outcome(ada).is_some());
    world.expect("it still rings at bob", world.rings(bob));
    world.answer(bob);
    world.pass(1000);
    world.expect_outcome(bob, Outcome::HungUpByThem);
}
