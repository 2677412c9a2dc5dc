//! Before a call: the buttons and their reasons, the ringing window, the window of a call that is placed.

use crate::people::{incoming, outgoing, ringing, talking, user};
use crate::stage::{Stage, Surroundings, settle};
use call_core::{
    AnswerWith, CallView, Epoch, IncomingStage, MediaError, MediaKey, OutgoingStage, OutgoingView, UserEvent,
};
use call_protocol::CallType::{Audio, Video};
use call_protocol::ConversationId;
use messenger_calls::widget::kit::signal::ArcRwSignal;
use messenger_calls::widget::ui::SoundState;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn voice_and_video_call_the_contact() {
    let stage = Stage::with(CallView::Idle).await;
    assert_eq!(stage.buttons(), ["Voice", "Video"]);
    stage.click("Voice").await;
    stage.click("Video").await;
    let call = |call_type| UserEvent::Call {
        conversation_id: ConversationId::from("k1"),
        peer: user("Ben"),
        call_type,
    };
    assert_eq!(stage.done(), [call(Audio), call(Video)]);
}

#[wasm_bindgen_test]
async fn buttons_that_do_not_work_say_why() {
    let stage = Stage::with(CallView::Idle).await;
    let reason = || stage.all(".mc-why").pop().and_then(|why| why.text_content());
    let works = || !stage.button("Voice").disabled() && !stage.button("Video").disabled();
    assert!(works() && reason().is_none());

    stage.around.online.set(Some(false));
    settle().await;
    assert_eq!((works(), reason().as_deref()), (false, Some("Ben is offline.")));
    assert_eq!(stage.button("Voice").get_attribute("aria-describedby").as_deref(), Some("mc-why"));
    stage.around.connected.set(false);
    settle().await;
    assert_eq!((works(), reason().as_deref()), (false, Some("You are not connected.")));
    stage.show(CallView::InCall(talking(Audio))).await;
    assert_eq!((works(), reason().as_deref()), (false, Some("You are in a call.")));
    stage.show(ringing(Audio)).await;
    assert_eq!((works(), reason().as_deref()), (false, Some("Someone is calling you.")));
    stage.show(CallView::Outgoing(outgoing(Audio, OutgoingStage::Ringing))).await;
    assert_eq!((works(), reason().as_deref()), (false, Some("You are already calling someone.")));
    stage.around.blocked.set(vec![user("Ben").id]);
    settle().await;
    assert_eq!((works(), reason().as_deref()), (false, Some("You blocked Ben.")));
    stage.around.blocked.set(vec![user("Carla").id]);
    stage.around.calls_enabled.set(false);
    settle().await;
    assert_eq!((works(), reason().as_deref()), (false, Some("Calls are turned off here.")));

    stage.around.calls_enabled.set(true);
    stage.around.connected.set(true);
    stage.around.online.set(None);
    stage.show(CallView::Idle).await;
    assert!(works() && reason().is_none(), "somebody of whom nothing is known can be called");
}

#[wasm_bindgen_test]
async fn a_video_call_rings_with_three_ways_to_react() {
    let stage = Stage::with(ringing(Video)).await;
    assert_eq!(stage.window_buttons(), ["Answer", "Voice only", "Decline"]);
    assert!(stage.text().contains("Incoming video call"), "{}", stage.text());
    let window = stage.one("[role=alertdialog]");
    assert_eq!(window.get_attribute("aria-label").as_deref(), Some("Ben is calling"));
    assert!(stage.said("alert").starts_with("Ben is calling you: video call."), "{}", stage.said("alert"));
    for button in ["Answer", "Voice only", "Decline"] {
        stage.click(button).await;
    }
    let answers = [AnswerWith::Everything, AnswerWith::VoiceOnly].map(UserEvent::Answer);
    assert_eq!(stage.done(), [answers[0].clone(), answers[1].clone(), UserEvent::Decline]);
}

#[wasm_bindgen_test]
async fn a_voice_call_rings_with_two() {
    let stage = Stage::with(ringing(Audio)).await;
    assert_eq!(stage.window_buttons(), ["Answer", "Decline"]);
    assert!(stage.text().contains("Incoming voice call"), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn a_ring_that_is_held_back_can_be_heard_by_a_click() {
    let stage = Stage::with(ringing(Video)).await;
    assert!(stage.all(".mc-blocked").is_empty());
    stage.sound.set(SoundState::Blocked);
    settle().await;
    assert_eq!(stage.all(".mc-blocked").len(), 1, "the window pulses");
    stage.click("Sound is blocked: click to hear the ringtone").await;
    assert_eq!(stage.unlocked.get(), 1);
    stage.sound.set(SoundState::Playing);
    settle().await;
    assert_eq!(stage.window_buttons(), ["Answer", "Voice only", "Decline"]);
}

#[wasm_bindgen_test]
async fn while_answering_only_declining_is_possible() {
    let stage = Stage::with(incoming(Video, IncomingStage::Answering)).await;
    assert!(stage.button("Answer").disabled() && stage.button("Voice only").disabled());
    assert!(!stage.button("Decline").disabled());
}

#[wasm_bindgen_test]
async fn a_microphone_problem_is_told_with_the_way_out() {
    let stage = Stage::with(incoming(Audio, IncomingStage::MicrophoneProblem(MediaError::Denied))).await;
    let text = stage.text();
    assert!(
        text.contains("This page is not allowed to use your microphone. Allow it, then answer again."),
        "{text}"
    );
    assert!(text.contains("How to allow the microphone") && text.contains("Firefox asks"), "{text}");
    assert!(!stage.button("Answer").disabled(), "answering again tries again");
    stage.show(incoming(Audio, IncomingStage::MicrophoneProblem(MediaError::InUse))).await;
    assert!(stage.text().contains("Another program is using your microphone."), "{}", stage.text());
    assert!(!stage.text().contains("How to allow"), "permission is not what is missing");
}

#[wasm_bindgen_test]
async fn a_caller_sees_what_it_is_waiting_for_and_can_cancel() {
    let stage = Stage::with(CallView::Outgoing(outgoing(Audio, OutgoingStage::AskingForMedia))).await;
    assert!(stage.text().contains("Waiting for your microphone\u{2026}"), "{}", stage.text());
    stage.show(CallView::Outgoing(outgoing(Audio, OutgoingStage::Placing))).await;
    assert!(stage.text().contains("Placing the call"), "{}", stage.text());
    stage.show(CallView::Outgoing(outgoing(Audio, OutgoingStage::Ringing))).await;
    assert!(stage.text().contains("Ringing\u{2026}"), "{}", stage.text());
    stage.show(CallView::Outgoing(outgoing(Audio, OutgoingStage::Away))).await;
    assert!(stage.text().contains("Ben is offline right now."), "{}", stage.text());
    assert!(!stage.text().contains("Ringing\u{2026}"), "{}", stage.text());
    assert_eq!(stage.window_buttons(), ["Cancel"]);
    stage.click("Cancel").await;
    assert_eq!(stage.done(), [UserEvent::HangUp]);
}

#[wasm_bindgen_test]
async fn a_caller_by_video_sees_the_own_picture_or_reads_why_not() {
    let calling = outgoing(Video, OutgoingStage::Ringing);
    let key = MediaKey { epoch: Epoch(1), number: 1 };
    let stage =
        Stage::with(CallView::Outgoing(OutgoingView { local_video: Some(key), ..calling.clone() })).await;
    assert_eq!(stage.all("video").len(), 1);
    assert_eq!(stage.window_buttons().last().map(String::as_str), Some("Cancel"));
    let camera_problem = Some(MediaError::NotFound);
    stage.show(CallView::Outgoing(OutgoingView { camera_problem, ..calling })).await;
    assert!(stage.all("video").is_empty());
    let text = stage.text();
    assert!(text.contains("No camera was found. Ben will hear you but not see you."), "{text}");
}

#[wasm_bindgen_test]
async fn a_page_without_buttons_or_contact_still_rings() {
    let around = Surroundings { online: ArcRwSignal::new(None), ..Surroundings::default() };
    let stage = Stage::set(ringing(Audio), around, vec![]).await;
    assert!(stage.buttons().contains(&"Answer".to_owned()));
}
