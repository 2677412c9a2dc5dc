//! During a call: what is seen, what the buttons do, what goes wrong without ending it.

use crate::people::{talking, with_local, with_remote};
use crate::stage::{Stage, settle};
use call_core::{CallStage, CallView, InCallView, MediaError, Slot, SlotState, SlotView, UserEvent};
use call_protocol::CallType::{Audio, Video};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    HtmlElement, HtmlVideoElement, KeyboardEvent, KeyboardEventInit, PointerEvent, PointerEventInit,
};

async fn stage(call: InCallView) -> Stage {
    Stage::with(CallView::InCall(call)).await
}

#[wasm_bindgen_test]
async fn a_voice_call_shows_both_people_the_time_and_two_buttons() {
    let stage = stage(InCallView { seconds: Some(323), ..talking(Audio) }).await;
    let text = stage.text();
    assert!(text.contains("Voice call with Ben") && text.contains("5:23") && text.contains("You"), "{text}");
    assert_eq!(stage.window_buttons(), ["Mute", "Hang up"]);
    assert!(stage.all("video").is_empty());
    stage.click("Mute").await;
    stage.click("Hang up").await;
    assert_eq!(stage.done(), [UserEvent::ToggleMute, UserEvent::HangUp]);
}

#[wasm_bindgen_test]
async fn both_pictures_of_a_video_call_are_silent_and_play_by_themselves() {
    let stage = stage(talking(Video)).await;
    let videos: Vec<HtmlVideoElement> = stage.all("video").into_iter().map(JsCast::unchecked_into).collect();
    assert_eq!(videos.len(), 2);
    for video in &videos {
        assert!(video.muted(), "the property, not the attribute");
        assert!(video.autoplay() && video.has_attribute("playsinline"));
    }
    assert_eq!(videos[0].src_object().as_ref(), Some(&stage.streams[1]), "the other side is the large one");
    assert_eq!(videos[1].src_object().as_ref(), Some(&stage.streams[0]));
    assert!(videos[1].closest(".mc-self").unwrap().is_some());
}

#[wasm_bindgen_test]
async fn a_passing_second_changes_the_clock_and_no_element() {
    let stage = stage(talking(Video)).await;
    let before = (stage.all("video"), stage.all("button"));
    stage.show(CallView::InCall(InCallView { seconds: Some(6), ..talking(Video) })).await;
    assert!(stage.text().contains("0:06"), "{}", stage.text());
    assert_eq!((stage.all("video"), stage.all("button")), before);
}

#[wasm_bindgen_test]
async fn buttons_say_what_a_click_will_do() {
    let stage = stage(talking(Video)).await;
    let written = || {
        stage
            .all(".mc-controls button")
            .iter()
            .map(|button| button.text_content().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(written(), ["Mute", "Camera off", "Hang up"]);
    assert_eq!(stage.window_buttons()[2..], ["Mute", "Camera off", "Hang up"]);
    for button in ["Mute", "Camera off"] {
        assert_eq!(stage.button(button).get_attribute("aria-pressed").as_deref(), Some("false"));
    }
    let dark = with_local(Video, SlotView::Off, SlotView::Off);
    stage.show(CallView::InCall(dark)).await;
    assert_eq!(written(), ["Unmute", "Camera on", "Hang up"]);
    // A name that changed together with what it says would say the opposite.
    assert_eq!(stage.window_buttons()[2..], ["Mute", "Camera off", "Hang up"]);
    for button in ["Mute", "Camera off"] {
        assert_eq!(stage.button(button).get_attribute("aria-pressed").as_deref(), Some("true"));
    }
    assert_eq!(stage.all("video").len(), 1, "the own picture is gone");
    assert!(stage.one(".mc-self").text_content().unwrap().contains("Camera off"));
    stage.click("Camera off").await;
    assert_eq!(stage.done(), [UserEvent::ToggleCamera]);
}

#[wasm_bindgen_test]
async fn what_the_other_side_switched_off_is_shown() {
    let muted = with_remote(Video, Slot::Microphone, SlotState::Off);
    let stage = stage(InCallView { remote: muted.remote.with(Slot::Camera, SlotState::Off), ..muted }).await;
    let text = stage.text();
    assert!(text.contains("Ben is muted") && text.contains("Ben\u{2019}s camera is off"), "{text}");
    stage.show(CallView::InCall(talking(Video))).await;
    let text = stage.text();
    assert!(!text.contains("is muted") && !text.contains("camera is off"), "{text}");
    stage.show(CallView::InCall(with_remote(Audio, Slot::Microphone, SlotState::Off))).await;
    assert!(stage.one(".mc-badge").text_content().unwrap().contains("Muted"));
}

#[wasm_bindgen_test]
async fn a_device_that_could_not_be_had_is_explained_and_tried_again() {
    let camera = SlotView::Problem(MediaError::InUse);
    let stage = stage(with_local(Video, SlotView::On, camera)).await;
    let text = stage.text();
    assert!(
        text.contains("Another program is using your camera. Ben can hear you but not see you."),
        "{text}"
    );
    assert!(stage.all(".mc-self").is_empty());
    stage.click("Try again").await;
    assert_eq!(stage.done(), [UserEvent::RetryMedia]);

    let microphone = SlotView::Problem(MediaError::Denied);
    stage.show(CallView::InCall(with_local(Audio, microphone, SlotView::Absent))).await;
    let text = stage.text();
    assert!(text.contains("This page is not allowed to use your microphone. Ben cannot hear you."), "{text}");
    assert!(text.contains("How to allow the microphone"), "{text}");
    assert!(stage.button("Mute").disabled(), "there is nothing to mute");
}

#[wasm_bindgen_test]
async fn a_lost_line_and_an_absent_server_are_told_apart() {
    for call_type in [Audio, Video] {
        let stage = stage(InCallView { stage: CallStage::Reconnecting, ..talking(call_type) }).await;
        assert!(stage.text().contains("Reconnecting"), "{}", stage.text());
        assert_eq!(stage.said("status"), "Connection lost. Reconnecting");
        stage.show(CallView::InCall(InCallView { server_away: true, ..talking(call_type) })).await;
        let text = stage.text();
        assert!(text.contains("Cannot reach the server. Your call continues."), "{text}");
        assert!(!text.contains("Reconnecting"), "{text}");
        assert_eq!(
            stage.said("status"),
            "You are connected again. Cannot reach the server. Your call continues."
        );
    }
}

#[wasm_bindgen_test]
async fn somebody_whose_page_is_gone_is_waited_for_in_words() {
    for call_type in [Audio, Video] {
        let stage = stage(InCallView { stage: CallStage::Away, peer: None, ..talking(call_type) }).await;
        let text = stage.text();
        assert!(text.contains("Waiting for Ben to come back\u{2026}"), "{text}");
        assert!(text.contains("Ben closed or reloaded the page."), "{text}");
        assert!(!text.contains("Reconnecting"), "{text}");
        stage.show(CallView::InCall(talking(call_type))).await;
        assert!(!stage.text().contains("come back"), "{}", stage.text());
    }
}

#[wasm_bindgen_test]
async fn before_media_flows_it_says_connecting() {
    for call_type in [Audio, Video] {
        let stage =
            stage(InCallView { stage: CallStage::Connecting, seconds: None, ..talking(call_type) }).await;
        assert!(stage.text().contains("Connecting\u{2026}"), "{}", stage.text());
    }
}

#[wasm_bindgen_test]
async fn the_own_picture_moves_by_arrow_keys_and_by_the_pointer() {
    let stage = stage(talking(Video)).await;
    let corner = || stage.one(".mc-self").get_attribute("data-corner").unwrap();
    assert_eq!(corner(), "br");
    for (key, expected) in
        [("ArrowLeft", "bl"), ("ArrowUp", "tl"), ("ArrowRight", "tr"), ("ArrowRight", "tr")]
    {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        init.set_cancelable(true);
        let press = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        let taken = !stage.one(".mc-grip").dispatch_event(&press).unwrap();
        settle().await;
        assert!(taken, "the page must not scroll");
        assert_eq!(corner(), expected);
    }

    // No style sheet here: the stage and the picture get their sizes by hand.
    let (frame, theatre): (HtmlElement, HtmlElement) =
        (stage.one(".mc-self").unchecked_into(), stage.one(".mc-stage").unchecked_into());
    theatre.set_attribute("style", "position:fixed;left:100px;top:100px;width:400px;height:300px").unwrap();
    let style = "position:absolute;width:80px;height:60px;left:var(--mc-x,320px);top:var(--mc-y,0)";
    for declaration in style.split(';') {
        let (property, value) = declaration.split_once(':').unwrap();
        frame.style().set_property(property, value).unwrap();
    }
    let point = |kind: &str, x: i32, y: i32| {
        let init = PointerEventInit::new();
        init.set_client_x(x);
        init.set_client_y(y);
        init.set_bubbles(true);
        let event = PointerEvent::new_with_event_init_dict(kind, &init).unwrap();
        frame.dispatch_event(&event).unwrap();
    };
    point("pointermove", 110, 110);
    settle().await;
    assert!(!frame.has_attribute("data-moving"), "nobody holds it");
    point("pointerdown", 430, 110);
    point("pointermove", 130, 390);
    settle().await;
    assert!(frame.has_attribute("data-moving"));
    let at = |name| frame.style().get_property_value(name).unwrap();
    assert_eq!((at("--mc-x"), at("--mc-y")), ("20px".to_owned(), "240px".to_owned()), "inside the stage");
    point("pointerup", 130, 390);
    settle().await;
    assert_eq!(corner(), "bl");
    assert!(!frame.has_attribute("data-moving"));
}

#[wasm_bindgen_test]
async fn a_video_call_fills_the_screen_and_comes_back() {
    let stage = stage(talking(Video)).await;
    stage.click("Enlarge").await;
    assert_eq!(stage.one(".mc-video").get_attribute("data-size").as_deref(), Some("full"));
    stage.click("Shrink").await;
    assert!(!stage.one(".mc-video").has_attribute("data-size"));
}

#[wasm_bindgen_test]
async fn a_picture_that_goes_lets_go_of_its_stream() {
    let mut stage = stage(talking(Video)).await;
    let video: HtmlVideoElement = stage.all("video").remove(0).unchecked_into();
    assert!(video.src_object().is_some());
    stage.strike().await;
    assert!(!video.is_connected());
    assert!(video.src_object().is_none());
}
