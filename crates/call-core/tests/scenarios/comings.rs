//! Media devices come and go: unplugged, plugged in, denied, silenced by the system, requested in vain.

use crate::kit::solo::{Solo, media_key};
use crate::kit::{Access, Who, World};
use call_core::{
    CallView, Effect, Event, IncomingStage, MediaError, MediaEvent, MediaRequest, Outcome, Slot, SlotView,
    UserEvent,
};
use call_protocol::CallType;

const MICROPHONE: Slot = Slot::Microphone;
const CAMERA: Slot = Slot::Camera;

fn ringing(call_type: CallType) -> (World, Who, Who) {
    let (mut world, ada, bob) = World::of_two(21);
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

/// How often a phone has requested a device since an index of the diary.
fn asked(world: &World, since: usize, who: Who) -> usize {
    let mine = world.diary[since..].iter().filter(|(_, of, _, _)| *of == who);
    let orders = mine.flat_map(|(_, _, _, orders)| orders);
    orders.filter(|order| matches!(order, Effect::AcquireMedia(..))).count()
}

fn permission(world: &mut World, who: Who, slot: Slot, granted: bool) {
    world.handle(who, Event::Media(MediaEvent::Permission { slot, granted }));
}

fn plug_in(world: &mut World, who: Who) {
    world.handle(who, Event::Media(MediaEvent::DevicesChanged));
}

#[test]
fn somebody_who_was_muted_stays_muted_with_the_next_microphone() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    world.press(bob, UserEvent::ToggleMute);
    world.unplug(bob, MICROPHONE);
    let before = world.diary.len();
    world.pass(500);
    let mutes = world.diary[before..].iter().flat_map(|(_, _, _, orders)| orders);
    assert!(mutes.clone().any(|order| matches!(order, Effect::SetMuted { muted: true, .. })));
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::Off);
    assert!(world.in_call(ada).unwrap().remote_muted());
}

#[test]
fn a_lost_camera_is_replaced_like_a_microphone() {
    let (mut world, ada, bob) = talking(CallType::Video);
    world.unplug(bob, CAMERA);
    world.pass(300);
    let view = world.in_call(bob).unwrap();
    assert_eq!((view.local[Slot::Camera], view.replaced), (SlotView::On, Some(CAMERA)));
    world.pass(300);
    assert!(!world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn without_another_device_the_loss_is_shown_and_one_that_is_plugged_in_takes_over() {
    let (mut world, ada, bob) = talking(CallType::Audio);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::NotFound);
    let before = world.diary.len();
    world.unplug(bob, MICROPHONE);
    world.pass(60_000);
    assert_eq!(asked(&world, before, bob), 3, "it is not requested forever");
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::Problem(MediaError::Gone));
    let heard = world.in_call(ada).unwrap();
    assert!(heard.remote_microphone_fails() && !heard.remote_muted(), "nobody has muted anything");
    world.phones[bob].devices.microphone = Access::Granted;
    plug_in(&mut world, bob);
    world.pass(1500);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::On);
    assert!(!world.in_call(ada).unwrap().remote_microphone_fails());
    world.expect("they talk again", world.talk(ada, bob));
}

#[test]
fn a_device_that_the_system_offers_a_moment_later_is_used_within_three_seconds() {
    let (mut world, _, bob) = talking(CallType::Audio);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::InUse);
    world.unplug(bob, MICROPHONE);
    world.pass(1500);
    world.phones[bob].devices.microphone = Access::Granted;
    world.pass(1400);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::On);
}

#[test]
fn a_device_that_comes_and_goes_all_the_time_is_given_up() {
    let (mut world, _, bob) = talking(CallType::Audio);
    let before = world.diary.len();
    for _ in 0..100 {
        world.unplug(bob, MICROPHONE);
        world.pass(300);
    }
    assert!(asked(&world, before, bob) <= 4, "asked {} times", asked(&world, before, bob));
    world.press(bob, UserEvent::RetryMedia);
    world.pass(300);
    assert_eq!(
        world.in_call(bob).unwrap().local[Slot::Microphone],
        SlotView::On,
        "the person can still retry"
    );
}

#[test]
fn a_revoked_permission_is_shown_as_such_in_whatever_order_the_browser_reports_it() {
    for permission_first in [true, false] {
        let (mut world, ada, bob) = talking(CallType::Video);
        world.phones[bob].devices.microphone = Access::Asks(100_000);
        let before = world.diary.len();
        if permission_first {
            permission(&mut world, bob, MICROPHONE, false);
            world.unplug(bob, MICROPHONE);
            assert_eq!(asked(&world, before, bob), 0, "somebody who has just refused is not asked again");
        } else {
            world.unplug(bob, MICROPHONE);
            permission(&mut world, bob, MICROPHONE, false);
        }
        world.pass(200);
        assert_eq!(
            world.in_call(bob).unwrap().local[Slot::Microphone],
            SlotView::Problem(MediaError::Denied)
        );
        assert!(world.in_call(ada).unwrap().remote_microphone_fails());
        plug_in(&mut world, bob);
        world.pass(5000);
        assert!(asked(&world, before, bob) <= 1, "another device would not help");

        world.phones[bob].devices.microphone = Access::Granted;
        permission(&mut world, bob, MICROPHONE, true);
        world.press(bob, UserEvent::RetryMedia);
        world.pass(300);
        assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::On, "one click is enough");
        world.expect("they talk again", world.talk(ada, bob));
    }
}

#[test]
fn a_device_whose_permission_was_granted_only_once_is_replaced_too() {
    let (mut world, ada, bob) = ringing(CallType::Audio);
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Asks(500);
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.unplug(bob, MICROPHONE);
    assert!(world.in_call(bob).unwrap().browser_asks, "the person sees that the browser may be asking");
    world.pass(1000);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Microphone], SlotView::On);
}

#[test]
fn a_caller_whose_devices_are_unplugged_while_it_rings_gets_the_next_ones() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.unplug(ada, CAMERA);
    world.unplug(ada, MICROPHONE);
    world.pass(300);
    let CallView::Outgoing(view) = world.view(ada) else { world.fail("it keeps ringing") };
    assert!(view.local_video.is_some());
    assert_eq!((view.microphone_problem, view.camera_problem), (None, None));
    world.answer(bob);
    world.until_they_talk(ada, bob);
    world.pass(300);
    assert!(!world.in_call(bob).unwrap().remote_camera_off());
}

#[test]
fn a_caller_who_loses_the_microphone_while_it_rings_sees_it_and_may_retry_or_cancel() {
    let (mut world, ada, _) = ringing(CallType::Audio);
    world.phones[ada].devices.microphone = Access::Refused(MediaError::NotFound);
    world.unplug(ada, MICROPHONE);
    world.pass(5000);
    let problem = |world: &World| match world.view(ada) {
        CallView::Outgoing(view) => view.microphone_problem,
        CallView::Idle | CallView::Incoming(_) | CallView::InCall(_) | CallView::Ended(_) => None,
    };
    assert_eq!(problem(&world), Some(MediaError::Gone));
    world.phones[ada].devices.microphone = Access::Granted;
    world.press(ada, UserEvent::RetryMedia);
    world.pass(300);
    assert_eq!(problem(&world), None);
    world.press(ada, UserEvent::HangUp);
    world.expect_outcome(ada, Outcome::Cancelled);
    world.expect("the microphone is released", !world.light_is_on(ada, MICROPHONE));
}

#[test]
fn a_microphone_lost_while_answering_is_replaced_or_it_rings_again() {
    for access in [Access::Granted, Access::Refused(MediaError::NotFound)] {
        let (mut world, ada, bob) = ringing(CallType::Video);
        world.permission_unknown(bob);
        world.phones[bob].devices.microphone = Access::Granted;
        world.press(bob, UserEvent::Answer(call_core::AnswerWith::VoiceOnly));
        world.press(bob, UserEvent::ToggleCamera);
        world.phones[bob].devices.microphone = access;
        world.unplug(bob, MICROPHONE);
        if access == Access::Granted {
            world.until_they_talk(ada, bob);
        } else {
            world.until("it rings again", |world| {
                matches!(world.view(bob), CallView::Incoming(view)
                    if matches!(view.stage, IncomingStage::MicrophoneProblem(_)))
            });
            world.press(bob, UserEvent::Decline);
            world.pass(500);
            world.expect_outcome(ada, Outcome::DeclinedByThem);
        }
    }
}

#[test]
fn a_device_that_the_system_silences_is_not_shown_as_muted() {
    let (mut world, ada, bob) = talking(CallType::Video);
    for slot in [MICROPHONE, CAMERA] {
        let held = &world.phones[bob].devices.held;
        let media = *held.iter().find(|(_, tracks)| tracks[slot]).unwrap().0;
        let event = |interrupted| Event::Media(MediaEvent::Interrupted { media, slot, interrupted });
        world.handle(bob, event(true));
        world.pass(100);
        let (own, heard) = (world.in_call(bob).unwrap(), world.in_call(ada).unwrap());
        assert_eq!(own.local[slot], SlotView::Interrupted);
        if slot == MICROPHONE {
            assert!(heard.remote_microphone_fails() && !heard.remote_muted());
        } else {
            assert!(heard.remote_camera_off());
        }
        world.handle(bob, event(false));
        world.pass(100);
        let (own, heard) = (world.in_call(bob).unwrap(), world.in_call(ada).unwrap());
        assert_eq!((own.local[Slot::Microphone], own.local[Slot::Camera]), (SlotView::On, SlotView::On));
        assert!(!heard.remote_microphone_fails() && !heard.remote_camera_off());
    }
}

#[test]
fn a_permission_prompt_that_nobody_answers_during_a_call_times_out() {
    let (mut world, _, bob) = talking(CallType::Video);
    world.press(bob, UserEvent::ToggleCamera);
    world.phones[bob].devices.camera = Access::Asks(100_000);
    world.press(bob, UserEvent::ToggleCamera);
    world.pass(59_000);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Starting);
    world.pass(2000);
    assert_eq!(world.in_call(bob).unwrap().local[Slot::Camera], SlotView::Problem(MediaError::Unanswered));
    world.pass(60_000);
    world.expect("the late camera is released", !world.light_is_on(bob, CAMERA));
}

#[test]
fn a_missing_microphone_does_not_count_as_a_missing_camera() {
    let (mut world, ada, bob) = ringing(CallType::Video);
    world.phones[bob].devices.microphone = Access::Refused(MediaError::NotFound);
    world.answer(bob);
    world.pass(2000);
    let view = world.in_call(bob).unwrap();
    assert_eq!(view.local[Slot::Microphone], SlotView::Problem(MediaError::NotFound));
    assert_eq!(view.local[Slot::Camera], SlotView::On, "it was requested separately");
    assert!(!world.in_call(ada).unwrap().remote_camera_off());
}

#[test]
fn two_devices_that_failed_are_retried_separately() {
    let mut solo = Solo::new(CallType::Video);
    solo.in_call_as_callee();
    let ended = |kind| MediaEvent::Ended(media_key(1, 1), kind);
    solo.media(ended(MICROPHONE));
    solo.media(ended(CAMERA));
    for number in 2..8 {
        solo.media(MediaEvent::Failed(media_key(1, number), MediaError::NotFound));
        solo.pass(1100);
    }
    let asked = solo.press(UserEvent::RetryMedia);
    let wanted =
        |order: &Effect| if let Effect::AcquireMedia(_, wanted) = order { Some(*wanted) } else { None };
    assert_eq!(
        asked.iter().filter_map(wanted).collect::<Vec<_>>(),
        [MediaRequest::Microphone, MediaRequest::Camera]
    );
}
