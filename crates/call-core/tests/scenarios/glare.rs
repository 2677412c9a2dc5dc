//! Both call at once, and calls again after a cancelled one: always one call, and both in it.

use crate::kit::{Fate, Parcel, Who, World};
use call_core::{
    AnswerWith, CallView, Effect, Link, MediaRequest, Outcome, ReplyEvent, Slot, SlotView, SocketEvent,
    UserEvent,
};
use call_protocol::{CallStatus, CallType};

fn two() -> (World, Who, Who) {
    let mut world = World::new(5);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    (world, ada, bob)
}

fn one_call_with_both(world: &mut World, ada: Who, bob: Who) {
    world.until_they_talk(ada, bob);
    world.pass(15_000);
    world.expect("they go on talking", world.talk(ada, bob));
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

/// Ada's call rings first; Bob has pressed the button before he heard it.
fn glare_where(late: impl Fn(&Parcel) -> bool + 'static) {
    let (mut world, ada, bob) = two();
    world.post.rule =
        Some(Box::new(move |who, parcel| (who == bob && late(parcel)).then_some(Fate::After(300))));
    world.call(ada, bob, CallType::Video);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert!(world.light_is_on(bob, Slot::Camera));
}

#[test]
fn the_reply_to_the_second_call_arrives_before_the_ring_of_the_first() {
    glare_where(|parcel| matches!(parcel, Parcel::Down(SocketEvent::Ringing(_))));
}

#[test]
fn the_ring_of_the_first_call_arrives_before_the_reply_to_the_second() {
    glare_where(|parcel| matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..))));
}

#[test]
fn the_word_that_the_call_was_answered_arrives_before_the_reply_that_joins_it() {
    let (mut world, ada, bob) = two();
    world.post.rule = Some(Box::new(move |who, parcel| {
        let late = who == bob && matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..)));
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
fn a_reply_that_is_lost_in_a_glare_costs_nothing() {
    let (mut world, ada, bob) = two();
    let mut lost = 0;
    world.post.rule = Some(Box::new(move |who, parcel| {
        let reply = who == bob && matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..)));
        let answered = who == bob && matches!(parcel, Parcel::Down(SocketEvent::Answered(_)));
        lost += u32::from(reply);
        (answered || reply && lost == 1).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Audio);
    one_call_with_both(&mut world, ada, bob);
}

#[test]
fn the_initiators_call_type_wins() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert!(!world.light_is_on(bob, Slot::Camera));
    assert_eq!(world.in_call(bob).unwrap().party.call_type, CallType::Audio);
}

#[test]
fn a_joiner_whose_other_device_was_warmed_gets_an_offer_of_its_own() {
    let (mut world, ada, bob) = two();
    let tablet = world.phone("bob", "tablet"); // used last: it is warmed
    world.post.rule = Some(Box::new(move |who, parcel| {
        (who == bob && matches!(parcel, Parcel::Down(SocketEvent::Ringing(_)))).then_some(Fate::After(500))
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("the server has ada's call", |world| world.is_row(CallStatus::Ringing));
    world.call(bob, ada, CallType::Audio);
    one_call_with_both(&mut world, ada, bob);
    world.expect("the tablet stopped ringing", world.view(tablet) == CallView::Idle);
}

#[test]
fn pressing_call_while_it_rings_from_the_same_person_answers() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
}

/// What a phone's browser was asked for so far.
fn asked(world: &World, who: Who) -> Vec<MediaRequest> {
    let mine = world.diary.iter().filter(|(_, of, _, _)| *of == who);
    let orders = mine.flat_map(|(_, _, _, orders)| orders);
    orders
        .filter_map(|order| if let Effect::AcquireMedia(_, wanted) = order { Some(*wanted) } else { None })
        .collect()
}

#[test]
fn whoever_presses_voice_while_a_video_call_rings_is_heard_and_not_seen_until_they_say_so() {
    // With permission and without, since the one asks the server beside the devices and the other after them.
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
fn whoever_presses_voice_at_the_moment_of_the_others_video_call_is_not_seen_either() {
    for late in [true, false] {
        let (mut world, ada, bob) = two();
        world.post.rule = Some(Box::new(move |who, parcel| {
            let ring = matches!(parcel, Parcel::Down(SocketEvent::Ringing(_)));
            let reply = matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..)));
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
fn whoever_presses_video_while_a_voice_call_rings_gets_the_voice_call_and_is_told() {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.call(bob, ada, CallType::Video);
    one_call_with_both(&mut world, ada, bob);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone], "a voice call has no use for the camera");
    let view = world.in_call(bob).unwrap();
    assert_eq!((view.party.call_type, view.requested_type), (CallType::Audio, CallType::Video));
    let caller = world.in_call(ada).unwrap();
    assert_eq!(caller.requested_type, caller.party.call_type, "nothing else was asked for here");
}

#[test]
fn answering_names_what_rings_also_after_a_call_that_could_not_be_followed() {
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
    world.answer(bob); // a second press adds nothing to what the first one named
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
        world.until("it is being placed", |world| {
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
fn a_cancelled_call_never_takes_the_next_one_with_it() {
    // Both requests reach the server before the first reply is heard: the server says "the same call" twice.
    for first_reply in [100, 400, 900] {
        let (mut world, ada, bob) = two();
        let mut replies = 0;
        world.post.rule = Some(Box::new(move |who, parcel| {
            let reply = who == ada && matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..)));
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
fn a_second_attempt_that_gets_the_call_of_the_first_is_warmed_all_the_same() {
    let (mut world, ada, bob) = two();
    let mut replies = 0;
    world.post.rule = Some(Box::new(move |who, parcel| {
        let reply = who == ada && matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..)));
        replies += u32::from(reply);
        (reply && replies == 1).then_some(Fate::Lost)
    }));
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.press(ada, UserEvent::HangUp); // before she knows the call's id
    world.call(ada, bob, CallType::Audio);
    world.pass(4000);
    assert_eq!(world.server.rows.len(), 1);
    let link = |who| world.air.pc(who).and_then(|pc| pc.link());
    assert_eq!((link(ada), link(bob)), (Some(Link::Connected), Some(Link::Connected)));
}

#[test]
fn an_offer_that_the_ring_did_not_bring_is_sent_after_the_answer() {
    let (mut world, ada, bob) = two();
    // Bob's browser is asking him, so that he does not see ada's ring; then the server forgets the offer.
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = crate::kit::Access::Asks(2000);
    world.call(bob, ada, CallType::Audio);
    world.call(ada, bob, CallType::Audio);
    world.pass(1000);
    world.server.forget_offers();
    one_call_with_both(&mut world, ada, bob);
}

#[test]
fn a_microphone_refused_in_a_glare_leaves_the_other_call_ringing() {
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
fn a_call_answered_by_both_calling_and_ended_at_once_is_over_for_both() {
    let (mut world, ada, bob) = two();
    world.post.rule = Some(Box::new(move |who, parcel| {
        (who == bob && matches!(parcel, Parcel::Reply(ReplyEvent::Initiated(..))))
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
