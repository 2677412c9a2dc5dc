//! Microphone and camera: refused, missing, slow, switched off and on, unplugged.

use crate::kit::{Access, Fate, Packet, Who, World};
use call_core::{
    AnswerWith, CallStage, CallView, Effect, Event, IncomingStage, MediaError, MediaEvent, MediaRequest,
    Outcome, OutgoingStage, Slot, SlotView, SocketEvent, UserEvent,
};
use call_protocol::CallType;

fn two() -> (World, Who, Who) {
    World::of_two(7)
}

fn ringing(call_type: CallType) -> (World, Who, Who) {
    let (mut world, ada, bob) = two();
    world.call(ada, bob, call_type);
    world.until("it rings", |world| world.rings(bob));
    world.pass(1500);
    (world, ada, bob)
}

fn talking(call_type: CallType) -> (World, Who, Who) {
    let (mut world, ada, bob) = ringing(call_type);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(500);
    (world, ada, bob)
}

/// What a phone ordered since an index of the diary.
fn orders(world: &World, since: usize, who: Who) -> Vec<Effect> {
    let mine = world.diary[since..].iter().filter(|(_, of, _, _)| *of == who);
    mine.flat_map(|(_, _, _, orders)| orders.clone()).collect()
}

#[test]
fn a_caller_whose_microphone_is_denied_is_told_and_nobody_rings() {
    for error in [MediaError::Denied, MediaError::NotFound, MediaError::InUse, MediaError::Other] {
        let (mut world, ada, bob) = two();
        world.phones[ada].devices.microphone = Access::Refused(error);
        world.call(ada, bob, CallType::Video);
        world.pass(1000);
        world.expect_outcome(ada, Outcome::MicrophoneProblem(error));
        assert!(world.server.rows.is_empty());
    }
}

#[test]
fn a_callee_whose_microphone_is_denied_keeps_ringing_and_may_answer_again() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::Denied);
    world.answer(bob);
    world.pass(500);
    let CallView::Incoming(view) = world.view(bob) else { world.fail("it still rings") };
    assert_eq!(view.stage, IncomingStage::MicrophoneProblem(MediaError::Denied));
    assert_eq!(world.view(bob).sound(), None);
    world.expect("ada was not connected to somebody who cannot speak", world.hears_ringback(ada));
    world.phones[bob].devices.microphone = Access::Granted;
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

#[test]
fn a_callee_whose_microphone_is_denied_may_decline() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::Denied);
    world.answer(bob);
    world.pass(500);
    world.press(bob, UserEvent::Decline);
    world.pass(500);
    world.expect_outcome(ada, Outcome::DeclinedByThem);
}

#[test]
fn a_camera_switched_on_before_the_microphone_was_refused_is_switched_off_again() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Asks(1000);
    world.press(bob, UserEvent::Answer(AnswerWith::VoiceOnly));
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(500);
    world.expect("the camera is on", world.light_is_on(bob, Slot::Camera));
    world.phones[bob].devices.microphone = Access::Refused(MediaError::Denied);
    world.pass(1000);
    world.expect("the camera is off", !world.light_is_on(bob, Slot::Camera));
    world.expect("ada is still waiting", world.hears_ringback(ada));
}

#[test]
fn a_callee_without_a_camera_answers_a_video_call_with_the_voice() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.phones[bob].devices.camera = Access::Refused(MediaError::NotFound);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(500);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Problem(MediaError::NotFound));
    assert!(world.in_call(ada).unwrap().remote_camera_off());
    assert!(!world.in_call(bob).unwrap().remote_camera_off());
}

#[test]
fn a_caller_without_a_camera_calls_with_the_voice_and_sees_why() {
    let (mut world, ada, bob) = two();
    world.phones[ada].devices.camera = Access::Refused(MediaError::InUse);
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    let CallView::Outgoing(view) = world.view(ada) else { world.fail("ada is calling") };
    assert_eq!(view.camera_problem, Some(MediaError::InUse));
    world.answer(bob);
    world.until_they_talk(ada, bob);
}

/// What a phone has asked its browser for.
fn asked(world: &World, who: Who) -> Vec<MediaRequest> {
    let wanted = |order| if let Effect::AcquireMedia(_, wanted) = order { Some(wanted) } else { None };
    orders(world, 0, who).into_iter().filter_map(wanted).collect()
}

#[test]
fn with_permission_granted_the_devices_and_the_server_are_asked_at_the_same_time() {
    let (mut world, _, bob) = ringing(CallType::Video);
    world.answer(bob);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone, MediaRequest::Camera], "the voice first");
    let (_, _, _, orders) = world.diary.last().unwrap();
    assert!(orders.iter().any(|order| matches!(order, Effect::Answer(..))));
}

#[test]
fn a_callee_whose_camera_is_slow_is_heard_before_it_is_there() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.phones[bob].devices.camera = Access::Asks(20_000);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Starting);
    assert_eq!(world.peers.pc(bob).unwrap().tracks[Slot::Camera], None);
    world.pass(20_000);
    assert!(world.peers.pc(bob).unwrap().tracks[Slot::Camera].is_some());
    assert!(!world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn a_caller_whose_camera_is_slow_rings_and_talks_before_it_is_there() {
    let (mut world, ada, bob) = two();
    world.phones[ada].devices.camera = Access::Asks(20_000);
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert_eq!(world.peers.pc(ada).unwrap().tracks[Slot::Camera], None);
    world.pass(20_000);
    assert!(world.peers.pc(ada).unwrap().tracks[Slot::Camera].is_some());
}

#[test]
fn somebody_who_was_never_asked_is_asked_once() {
    let (mut world, ada, bob) = two();
    for who in [ada, bob] {
        world.permission_unknown(who);
    }
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    for who in [ada, bob] {
        assert_eq!(asked(&world, who), [MediaRequest::MicrophoneAndCamera]);
    }
}

#[test]
fn a_callee_who_is_asked_for_the_camera_only_is_heard_meanwhile() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.handle(bob, Event::Media(MediaEvent::Permission { slot: Slot::Camera, granted: false }));
    world.phones[bob].devices.camera = Access::Asks(20_000);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    assert!(world.in_call(bob).unwrap().browser_asks);
    assert_eq!(asked(&world, bob), [MediaRequest::Microphone, MediaRequest::Camera]);
}

#[test]
fn a_camera_that_is_in_use_like_the_microphone_is_said_to_be() {
    let (mut world, _, bob) = ringing(CallType::Video);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::InUse);
    world.phones[bob].devices.camera = Access::Refused(MediaError::InUse);
    world.answer(bob);
    world.pass(2000);
    let local = world.in_call(bob).unwrap().local;
    assert_eq!(
        [local[Slot::Microphone], local[Slot::Camera]],
        [SlotView::Problem(MediaError::InUse); 2],
        "each was asked for alone"
    );
}

#[test]
fn without_permission_the_server_is_asked_only_once_the_microphone_is_there() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Asks(4000);
    world.answer(bob);
    world.pass(3000);
    assert_eq!(world.view(bob).sound(), None);
    world.expect("ada hears ringback meanwhile", world.hears_ringback(ada));
    world.until_they_talk(ada, bob);
}

#[test]
fn a_callee_who_ignores_the_permission_prompt_misses_the_call() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Asks(100_000);
    world.answer(bob);
    world.until("ada sees it", |world| world.outcome(ada).is_some());
    world.expect_outcome(ada, Outcome::NoAnswer);
    world.pass(100);
    world.expect_outcome(bob, Outcome::Missed);
    world.pass(100_000);
    world.expect("the late microphone is released", !world.light_is_on(bob, Slot::Microphone));
}

#[test]
fn a_caller_who_ignores_the_permission_prompt_sees_that_after_a_minute() {
    let (mut world, ada, bob) = two();
    world.phones[ada].devices.microphone = Access::Asks(100_000);
    world.call(ada, bob, CallType::Audio);
    world.pass(59_000);
    let asking =
        matches!(world.view(ada), CallView::Outgoing(view) if view.stage == OutgoingStage::AskingForMedia);
    world.expect("the browser is asking", asking);
    world.pass(2000);
    world.expect_outcome(ada, Outcome::MicrophoneProblem(MediaError::Unanswered));
    world.pass(50_000);
    world.expect("the late microphone is released", !world.light_is_on(ada, Slot::Microphone));
}

#[test]
fn the_camera_is_switched_off_and_on_and_the_other_side_sees_it() {
    let (mut world, ada, bob) = talking(CallType::Video);
    world.press(bob, UserEvent::ToggleCamera);
    assert!(!world.light_is_on(bob, Slot::Camera));
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Off);
    world.pass(100);
    assert!(world.in_call(ada).unwrap().remote_camera_off());
    assert_eq!(world.peers.pc(bob).unwrap().tracks[Slot::Camera], None);
    let described = world.peers.pc(bob).unwrap().described();
    world.press(bob, UserEvent::ToggleCamera);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Starting);
    world.pass(200);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::On);
    assert!(!world.in_call(ada).unwrap().remote_camera_off());
    assert!(world.peers.pc(bob).unwrap().tracks[Slot::Camera].is_some());
    assert_eq!(world.peers.pc(bob).unwrap().described(), described, "no renegotiation");
    world.expect("the call went on", world.talk(ada, bob));
}

#[test]
fn a_camera_switched_off_while_the_browser_still_starts_it_stays_off() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.phones[bob].devices.camera = Access::Asks(800);
    world.answer(bob);
    world.pass(100);
    world.press(bob, UserEvent::ToggleCamera);
    world.until_they_talk(ada, bob);
    world.pass(1000);
    world.expect("the camera is off", !world.light_is_on(bob, Slot::Camera));
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Off);
    assert!(world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn a_camera_switched_off_while_starting_and_then_missing_does_not_cost_the_microphone() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.phones[bob].devices.camera = Access::Asks(800);
    world.answer(bob);
    world.pass(100);
    world.press(bob, UserEvent::ToggleCamera);
    world.phones[bob].devices.camera = Access::Refused(MediaError::NotFound);
    world.until_they_talk(ada, bob);
}

#[test]
fn muting_is_announced_to_the_other_side_and_sends_silence() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    let before = world.diary.len();
    world.press(ada, UserEvent::ToggleMute);
    let muted = orders(&world, before, ada);
    assert!(muted.iter().any(|order| matches!(order, Effect::SetMuted { muted: true, .. })));
    assert_eq!(world.in_call(ada).unwrap().local[Slot::Microphone], SlotView::Off);
    world.pass(100);
    assert!(world.in_call(bob).unwrap().remote_muted());
    world.press(ada, UserEvent::ToggleMute);
    world.pass(100);
    assert!(!world.in_call(bob).unwrap().remote_muted());
}

#[test]
fn a_caller_who_muted_while_it_rang_is_muted_in_the_call_and_shown_so() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.press(ada, UserEvent::ToggleMute);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(200);
    assert_eq!(world.in_call(ada).unwrap().local[Slot::Microphone], SlotView::Off);
    assert!(world.in_call(bob).unwrap().remote_muted());
}

#[test]
fn what_the_callee_announces_before_the_caller_knows_of_the_answer_is_kept() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::ToDevice(SocketEvent::Answered(_))))
            .then_some(Fate::After(1500))
    }));
    world.press(bob, UserEvent::Answer(AnswerWith::VoiceOnly));
    world.pass(1000);
    world.expect("ada does not know yet", world.hears_ringback(ada));
    world.until_they_talk(ada, bob);
    assert!(world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn the_camera_can_be_switched_on_later_in_a_video_call_answered_with_voice() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.press(bob, UserEvent::Answer(AnswerWith::VoiceOnly));
    world.until_they_talk(ada, bob);
    assert!(!world.light_is_on(bob, Slot::Camera));
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(300);
    assert!(!world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn an_unplugged_microphone_is_replaced_by_the_next_one_and_the_person_sees_it() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    world.unplug(bob, Slot::Microphone);
    world.pass(200);
    let view = world.in_call(bob).unwrap();
    assert_eq!((view.local[Slot::Microphone], view.replaced), (SlotView::On, Some(Slot::Microphone)));
    world.expect("they talk again", world.talk(ada, bob));
    let heard = world.in_call(ada).unwrap();
    assert!(!heard.remote_muted() && !heard.remote_microphone_fails());
    world.pass(10_000);
    assert_eq!(world.in_call(bob).unwrap().replaced, None, "it is not shown forever");
}

#[test]
fn a_microphone_that_fails_after_the_answer_was_sent_is_shown_inside_the_call() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::InUse);
    world.answer(bob); // permission is granted, so the request has already been sent
    world.pass(2000);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::Problem(MediaError::InUse));
    assert_eq!(world.in_call(bob).unwrap().stage, CallStage::Active);
    world.phones[bob].devices.microphone = Access::Granted;
    world.press(bob, UserEvent::RetryMedia);
    world.until_they_talk(ada, bob);
}

#[test]
fn media_that_arrives_for_an_attempt_that_is_over_is_released() {
    let (mut world, ada, bob) = two();
    world.phones[ada].devices.microphone = Access::Asks(2000);
    world.call(ada, bob, CallType::Audio);
    world.pass(100);
    world.press(ada, UserEvent::HangUp);
    world.call(ada, bob, CallType::Audio);
    world.pass(1000);
    world.press(ada, UserEvent::HangUp);
    world.phones[ada].devices.microphone = Access::Granted;
    world.call(ada, bob, CallType::Audio);
    world.until("it rings", |world| world.rings(bob));
    world.pass(4000);
    let ready = |(_, who, event, _): &&(_, Who, Event, _)| {
        *who == ada && matches!(event, Event::Media(MediaEvent::Ready(_)))
    };
    assert_eq!(world.diary.iter().filter(ready).count(), 3);
    assert_eq!(world.phones[ada].devices.held.len(), 1, "only the current attempt's microphone is held");
}
