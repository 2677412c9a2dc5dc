//! Both call at once, or again right after cancelling: there is always one call, with both in it.

use crate::kit::{Fate, Packet, Who, World};
use call_core::{
    AnswerWith, CallView, Effect, Link, MediaRequest, Outcome, ReplyEvent, Slot, SlotView, SocketEvent,
    UserEvent,
};
use call_protocol::{CallStatus, CallType};

fn two() -> (World, Who, Who) {
    World::of_two(5)
}

fn one_call_with_both(world: &mut World, ada: Who, bob: Who) {
    world.until_they_talk(ada, bob);
    world.pass(15_000);
    world.expect("they keep talking", world.talk(ada, bob));
    assert_eq!(world.server.rows.len(), 1);
    assert_eq!(world.row().status, CallStatus::Active);
}

#[test]
fn both_call_at_once_and_talk_in_one_call() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.call(bob, ada, CallType::Audio);
    one_call_with_both(&mut world, ada, bob);
}

/// Ada's call is first at the server; Bob presses the button before it rings at his side.
fn glare_where(late: impl Fn(&Packet) -> bool + 'static) {
    let (mut world, ada, bob) = two();
    world.network.rule =
        Some(Box::new(move |who, packet| (who == bob && late(packet)).then_some(Fate::After(300))));
    world.call(ada, bob, CallType::Video);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert!(world.light_is_on(bob, Slot::Camera));
}

#[test]
fn the_reply_to_the_second_call_arrives_before_the_ring_of_the_first() {
    glare_where(|packet| matches!(packet, Packet::ToDevice(SocketEvent::Ringing(_))));
}

#[test]
fn the_ring_of_the_first_call_arrives_before_the_reply_to_the_second() {
    glare_where(|packet| matches!(packet, Packet::Reply(ReplyEvent::Initiated(..))));
}

#[test]
fn the_answered_frame_arrives_before_the_reply_that_joins_the_call() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        let late = who == bob && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)));
        late.then_some(Fate::After(2000))
    }));
    world.call(ada, bob, CallType::Video);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Video);
    world.until_they_talk(ada, bob);
    world.pass(5000);
    one_call_with_both(&mut world, ada, bob);
}

#[test]
fn a_reply_that_is_lost_during_glare_does_no_harm() {
    let (mut world, ada, bob) = two();
    let mut lost = 0;
    world.network.rule = Some(Box::new(move |who, packet| {
        let reply = who == bob && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)));
        let answered = who == bob && matches!(packet, Packet::ToDevice(SocketEvent::Answered(_)));
        lost += u32::from(reply);
        (answered || reply && lost == 1).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Audio);
    one_call_with_both(&mut world, ada, bob);
}

#[test]
fn the_initiators_call_type_applies_to_both() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert!(!world.light_is_on(bob, Slot::Camera));
    assert_eq!(world.in_call(bob).unwrap().party.call_type, CallType::Audio);
}

#[test]
fn joining_from_a_device_that_was_not_warm_gets_its_own_offer() {
    let (mut world, ada, bob) = two();
    let tablet = world.phone("bob", "tablet"); // connected last, so it is the warm device
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == bob && matches!(packet, Packet::ToDevice(SocketEvent::Ringing(_))))
            .then_some(Fate::After(500))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Audio);
    one_call_with_both(&mut world, ada, bob);
    world.expect("the tablet has stopped ringing", world.view(tablet) == CallView::Idle);
}

#[test]
fn pressing_call_while_it_rings_from_the_same_person_answers() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
}

/// What a phone has requested from its browser so far.
fn asked(world: &World, who: Who) -> Vec<MediaRequest> {
    let mine = world.diary.iter().filter(|(_, of, _, _)| *of == who);
    let orders = mine.flat_map(|(_, _, _, orders)| orders);
    orders
        .filter_map(|order| if let Effect::AcquireMedia(_, wanted) = order { Some(*wanted) } else { None })
        .collect()
}

#[test]
fn pressing_voice_while_a_video_call_rings_answers_without_the_camera() {
    // With and without permission, since the server is asked at the same time as the devices or after them.
    for granted in [true, false] {
        let (mut world, ada, bob) = two();
        if !granted {
            world.permission_unknown(bob);
        }
        world.call(ada, bob, CallType::Video);
        world.until("it rings", |world| world.rings(bob));
        world.call(bob, ada, CallType::Audio);
        one_call_with_both(&mut world, ada, bob);
        assert_eq!(asked(&world, bob), [MediaRequest::Microphone]);
        let view = world.in_call(bob).unwrap();
        assert_eq!((view.party.call_type, view.requested_type), (CallType::Video, CallType::Audio));
        assert_eq!(view.local[Slot::Camera], SlotView::Off, "it can be switched on");
        world.press(bob, UserEvent::ToggleCamera);
        world.pass(500);
        assert!(world.light_is_on(bob, Slot::Camera));
    }
}

#[test]
fn pressing_voice_at_the_moment_of_the_others_video_call_opens_no_camera_either() {
    for late in [true, false] {
        let (mut world, ada, bob) = two();
        world.network.rule = Some(Box::new(move |who, packet| {
            let ring = matches!(packet, Packet::ToDevice(SocketEvent::Ringing(_)));
            let reply = matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)));
            (who == bob && if late { ring } else { reply }).then_some(Fate::After(300))
        }));
        world.call(ada, bob, CallType::Video);
        world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
        world.call(bob, ada, CallType::Audio);
        one_call_with_both(&mut world, ada, bob);
        assert_eq!(asked(&world, bob), [MediaRequest::Microphone]);
        let view = world.in_call(bob).unwrap();
        assert_eq!((view.requested_type, view.local[Slot::Camera]), (CallType::Audio, SlotView::Off));
        assert!(world.in_call(ada).unwrap().remote_camera_off());
        world.press(bob, UserEvent::ToggleCamera);
        world.pass(1000);
        assert!(world.light_is_on(bob, Slot::Camera));
        assert!(!world.in_call(ada).unwrap().remote_camera_off());
    }
}

#[test]
fn pressing_video_while_a_voice_call_rings_joins_the_voice_call_and_says_so() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone], "a voice call does not use the camera");
    let view = world.in_call(bob).unwrap();
    assert_eq!((view.party.call_type, view.requested_type), (CallType::Audio, CallType::Video));
    let caller = world.in_call(ada).unwrap();
    assert_eq!(caller.requested_type, caller.party.call_type, "the caller requested nothing else");
}

#[test]
fn answering_uses_the_type_of_the_ringing_call_even_after_a_failed_attempt_to_call_back() {
    let (mut world, ada, bob) = two();
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = crate::kit::Access::Refused(call_core::MediaError::Denied);
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.call(bob, ada, CallType::Audio);
    world.pass(1000);
    world.phones[bob].devices.microphone = crate::kit::Access::Granted;
    world.answer(bob);
    one_call_with_both(&mut world, ada, bob);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone, MediaRequest::MicrophoneAndCamera]);
    let view = world.in_call(bob).unwrap();
    assert_eq!(view.requested_type, view.party.call_type);
}

#[test]
fn answering_twice_is_answering_once() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.press(bob, UserEvent::Answer(AnswerWith::VoiceOnly));
    world.answer(bob); // a second press opens nothing more
    one_call_with_both(&mut world, ada, bob);
    world.answer(bob);
    world.pass(1000);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone]);
    let answers = world.diary.iter().flat_map(|(_, _, _, orders)| orders);
    assert_eq!(answers.filter(|order| matches!(order, Effect::Answer(..))).count(), 1);
}

#[test]
fn calling_again_right_after_cancelling_rings_again() {
    for wait in [0, 1, 15, 25, 45, 70, 200] {
        let (mut world, ada, bob) = two();
        world.call(ada, bob, CallType::Audio);
        world.until("the call is being placed", |world| {
            matches!(&world.view(ada), CallView::Outgoing(_)) && !world.server.rows.is_empty()
        });
        world.press(ada, UserEvent::HangUp);
        world.pass(wait);
        world.call(ada, bob, CallType::Audio);
        world.pass(3000);
        world.expect("the second call rings", world.rings(bob) && world.hears_ringback(ada));
        world.answer(bob);
        world.until_they_talk(ada, bob);
        let live = world.server.rows.iter().filter(|row| row.record.status.is_live()).count();
        assert_eq!(live, 1);
    }
}

#[test]
fn cancelling_a_call_never_ends_the_next_one() {
    // Both requests reach the server before the first reply arrives: the server answers both with the same call.
    for first_reply in [100, 400, 900] {
        let (mut world, ada, bob) = two();
        let mut replies = 0;
        world.network.rule = Some(Box::new(move |who, packet| {
            let reply = who == ada && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)));
            replies += u32::from(reply);
            reply.then_some(Fate::After(if replies == 1 { first_reply } else { 500 }))
        }));
        world.call(ada, bob, CallType::Audio);
        world.until("the server has it", |world| !world.server.rows.is_empty());
        world.press(ada, UserEvent::HangUp);
        world.call(ada, bob, CallType::Audio);
        world.pass(3000);
        world.expect("the second call rings", world.rings(bob) && world.hears_ringback(ada));
        world.answer(bob);
        world.until_they_talk(ada, bob);
    }
}

#[test]
fn a_second_attempt_that_gets_the_first_ones_call_is_warm_all_the_same() {
    let (mut world, ada, bob) = two();
    let mut replies = 0;
    world.network.rule = Some(Box::new(move |who, packet| {
        let reply = who == ada && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..)));
        replies += u32::from(reply);
        (reply && replies == 1).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(ada, UserEvent::HangUp); // before she knows the call's id
    world.call(ada, bob, CallType::Audio);
    world.pass(4000);
    assert_eq!(world.server.rows.len(), 1);
    let link = |who| world.peers.pc(who).and_then(|pc| pc.link());
    assert_eq!((link(ada), link(bob)), (Some(Link::Connected), Some(Link::Connected)));
}

#[test]
fn an_offer_that_was_missing_from_the_ring_is_sent_after_the_answer() {
    let (mut world, ada, bob) = two();
    // Bob's browser is asking him for permission, so that he does not see Ada's ring; then the server forgets the offer.
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = crate::kit::Access::Asks(2000);
    world.call(bob, ada, CallType::Audio);
    world.call(ada, bob, CallType::Audio);
    world.pass(1000);
    world.server.forget_offers();
    one_call_with_both(&mut world, ada, bob);
}

#[test]
fn a_microphone_refused_during_glare_leaves_the_other_call_ringing() {
    let (mut world, ada, bob) = two();
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = crate::kit::Access::Asks(3000);
    world.call(bob, ada, CallType::Audio); // the browser asks bob
    world.pass(500);
    world.call(ada, bob, CallType::Audio);
    world.pass(1000);
    world.phones[bob].devices.microphone = crate::kit::Access::Refused(call_core::MediaError::Denied);
    world.pass(3000);
    world.expect("ada's call rings at bob", world.rings(bob));
    world.phones[bob].devices.microphone = crate::kit::Access::Granted;
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_call_joined_by_glare_and_ended_at_once_is_over_for_both() {
    let (mut world, ada, bob) = two();
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == bob && matches!(packet, Packet::Reply(ReplyEvent::Initiated(..))))
            .then_some(Fate::After(1000))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Audio);
    world.until("ada is in", |world| world.in_call(ada).is_some());
    world.press(ada, UserEvent::HangUp);
    world.pass(3000);
    world.expect_outcome(ada, Outcome::HungUpByMe);
    world.expect_outcome(bob, Outcome::HungUpByThem);
    let asked = world
        .diary
        .iter()
        .flat_map(|(_, _, _, orders)| orders)
        .filter(|order| matches!(order, Effect::Initiate { .. }));
    assert_eq!(asked.count(), 2);
}
