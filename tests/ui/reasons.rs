//! The true reason: what is wrong with a device, a sound or the server, said once and of nothing else.

use crate::people::{incoming, outgoing, ringing, talking, with_local, with_remote};
use crate::stage::{Stage, settle};
use call_core::{
    CallView, InCallView, IncomingStage, IncomingView, MediaError, OutgoingStage, OutgoingView, Slot,
    SlotState, SlotView, UserEvent, WaitingFor,
};
use call_protocol::CallType::{Audio, Video};
use messenger_calls::widget::ui::SoundState;
use std::collections::HashSet;
use wasm_bindgen_test::wasm_bindgen_test;

const ASKS: &str = "Your browser may ask to use your microphone and camera. Choose Allow.";
const SERVER: &str = "The server is not responding.";

async fn in_call(call: InCallView) -> Stage {
    Stage::with(CallView::InCall(call)).await
}

fn answering(waiting_for: Option<WaitingFor>) -> CallView {
    match incoming(Video, IncomingStage::Answering) {
        CallView::Incoming(view) => CallView::Incoming(IncomingView { waiting_for, ..view }),
        other => other,
    }
}

#[wasm_bindgen_test]
async fn the_browser_s_question_is_announced_only_where_it_may_come() {
    let stage = Stage::with(answering(None)).await;
    assert!(!stage.text().contains("may ask"), "{}", stage.text());
    stage.show(answering(Some(WaitingFor::Browser))).await;
    assert!(stage.text().contains(ASKS), "{}", stage.text());
    let calling = |waiting_for| {
        CallView::Outgoing(OutgoingView { waiting_for, ..outgoing(Video, OutgoingStage::AskingForMedia) })
    };
    stage.show(calling(None)).await;
    assert!(!stage.text().contains("may ask"), "{}", stage.text());
    stage.show(calling(Some(WaitingFor::Browser))).await;
    assert!(stage.text().contains(ASKS), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn whoever_waits_for_the_server_reads_that_and_can_end_it() {
    let stage = Stage::with(answering(Some(WaitingFor::Server))).await;
    assert!(stage.text().contains(SERVER) && !stage.text().contains("may ask"), "{}", stage.text());
    stage.click("Decline").await;
    let placing =
        OutgoingView { waiting_for: Some(WaitingFor::Server), ..outgoing(Audio, OutgoingStage::Placing) };
    stage.show(CallView::Outgoing(placing)).await;
    assert!(stage.text().contains(SERVER) && !stage.text().contains("may ask"), "{}", stage.text());
    stage.click("Cancel").await;
    assert_eq!(stage.done(), [UserEvent::Decline, UserEvent::HangUp]);
}

#[wasm_bindgen_test]
async fn each_reason_has_its_own_words_and_help_only_where_there_is_some() {
    let mut texts = HashSet::new();
    for error in MediaError::ALL {
        let stage = Stage::with(incoming(Audio, IncomingStage::MicrophoneProblem(error))).await;
        let text = stage.text();
        let helps = matches!(error, MediaError::Denied | MediaError::System | MediaError::Framed);
        assert_eq!(text.contains("How to allow the microphone"), helps, "{error:?}: {text}");
        let plug = matches!(error, MediaError::NotFound | MediaError::Gone);
        assert_eq!(text.to_lowercase().contains("plug"), plug, "{error:?}: {text}");
        assert!(!stage.button("Decline").disabled(), "{error:?}");
        texts.insert(text);
    }
    assert_eq!(texts.len(), MediaError::ALL.len(), "two reasons read the same");
}

#[wasm_bindgen_test]
async fn in_a_frame_the_help_is_about_the_page_around_it_and_not_the_address_bar() {
    let stage = Stage::with(incoming(Audio, IncomingStage::MicrophoneProblem(MediaError::Framed))).await;
    let text = stage.text();
    assert!(
        text.contains("The page that embeds this one") && text.contains("allow=\"microphone; camera\""),
        "{text}"
    );
    assert!(!text.contains("address bar"), "{text}");
}

#[wasm_bindgen_test]
async fn what_the_other_side_neither_hears_nor_sees_is_said_in_one_sentence() {
    let denied = SlotView::Problem(MediaError::Denied);
    let (gone, busy) = (SlotView::Problem(MediaError::Gone), SlotView::Problem(MediaError::InUse));
    let call = |microphone, camera| with_local(Video, microphone, camera);
    for (microphone, camera, means, troubles) in [
        (denied, denied, "microphone and camera. Ben can neither hear nor see you.", 1),
        (gone, busy, "Ben can neither hear nor see you.", 2),
        (gone, SlotView::Off, "Ben cannot hear you.", 1),
        (SlotView::Off, busy, "Ben cannot see you.", 1),
        (SlotView::On, busy, "Ben can hear you but not see you.", 1),
        (SlotView::Interrupted, SlotView::On, "Ben cannot hear you.", 1),
    ] {
        let stage = in_call(call(microphone, camera)).await;
        let text = stage.text();
        assert!(text.contains(means), "{text}");
        let said = ["Ben can neither", "Ben cannot", "Ben can hear"].map(|start| text.matches(start).count());
        assert_eq!(said.iter().sum::<usize>(), 1, "two sentences about one thing: {text}");
        assert_eq!(stage.all(".mc-banner").len(), troubles, "{text}");
        assert!(!text.contains("Muted"), "{text}");
        assert!(stage.said("status").contains(means), "{}", stage.said("status"));
        assert!(stage.window_buttons().contains(&"Hang up".to_owned()));
    }
}

#[wasm_bindgen_test]
async fn a_microphone_that_fails_at_the_other_side_is_not_called_muted() {
    for call_type in [Audio, Video] {
        let stage = in_call(with_remote(call_type, Slot::Microphone, SlotState::Failing)).await;
        let text = stage.text().to_lowercase();
        assert!(text.contains("microphone is not working") && !text.contains("muted"), "{text}");
    }
}

#[wasm_bindgen_test]
async fn a_device_that_took_over_is_said_and_announced() {
    let stage = in_call(talking(Audio)).await;
    let replaced = Some(Slot::Microphone);
    stage.show(CallView::InCall(InCallView { replaced, ..talking(Audio) })).await;
    let text = "Your microphone was disconnected. Another one is now in use.";
    assert!(stage.text().contains(text), "{}", stage.text());
    assert_eq!(stage.said("status"), text);
    stage.show(CallView::InCall(talking(Audio))).await;
    assert!(!stage.text().contains(text), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn what_no_click_can_change_has_no_button_for_it() {
    let microphone = SlotView::Problem(MediaError::Framed);
    let stage = in_call(with_local(Audio, microphone, SlotView::Absent)).await;
    assert!(!stage.window_buttons().contains(&"Try again".to_owned()));
    let microphone = SlotView::Interrupted;
    stage.show(CallView::InCall(with_local(Audio, microphone, SlotView::Absent))).await;
    stage.click("Try again").await;
    assert_eq!(stage.done(), [UserEvent::RetryMedia]);
}

#[wasm_bindgen_test]
async fn a_ring_that_cannot_be_heard_is_seen() {
    let stage = Stage::with(ringing(Audio)).await;
    stage.sound.set(SoundState::Failed);
    settle().await;
    assert!(stage.text().contains("You cannot hear the ringtone"), "{}", stage.text());
    assert_eq!(stage.window_buttons(), ["Answer", "Decline"], "no button that would not help");
}

#[wasm_bindgen_test]
async fn a_voice_that_is_held_back_in_a_call_can_be_heard_by_a_click() {
    let stage = in_call(talking(Audio)).await;
    stage.sound.set(SoundState::Blocked);
    settle().await;
    stage.click("Sound is blocked: click to hear Ben").await;
    assert_eq!(stage.unlocked.get(), 1);
    stage.sound.set(SoundState::Playing);
    settle().await;
    assert_eq!(stage.window_buttons(), ["Mute", "Hang up"]);
}

#[wasm_bindgen_test]
async fn a_microphone_lost_while_it_rings_is_said_and_can_be_tried_again() {
    let calling = outgoing(Audio, OutgoingStage::Ringing);
    let microphone_problem = Some(MediaError::Gone);
    let stage = Stage::with(CallView::Outgoing(OutgoingView { microphone_problem, ..calling })).await;
    assert!(stage.text().contains("Ben will not hear you."), "{}", stage.text());
    stage.click("Try again").await;
    stage.click("Cancel").await;
    assert_eq!(stage.done(), [UserEvent::RetryMedia, UserEvent::HangUp]);
}

#[wasm_bindgen_test]
async fn a_camera_that_starts_is_not_called_off() {
    let starts = with_local(Video, SlotView::On, SlotView::Starting);
    let stage = in_call(starts).await;
    let own = stage.one(".mc-self").text_content().unwrap();
    assert!(own.contains("Starting") && !own.contains("off"), "{own}");
}
