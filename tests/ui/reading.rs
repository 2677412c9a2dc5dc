//! Calls by keyboard and ear: what is said of a change, what a name is, and where Tab and Escape lead.

use crate::people::{ended, outgoing, ringing, talking, with_local};
use crate::stage::{Stage, press_key, settle};
use call_core::{
    CallStage, CallView, InCallView, MediaError, Outcome, OutgoingStage, Slot, SlotState, SlotView, UserEvent,
};
use call_protocol::CallType::{Audio, Video};
use messenger_calls::platform::js::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

#[wasm_bindgen_test]
async fn whatever_changes_in_a_call_is_said_once() {
    let stage = Stage::with(CallView::InCall(talking(Video))).await;
    assert_eq!(stage.said("status"), "You are talking to Ben");
    let mut now = talking(Video);
    let mut change = async |change: fn(&mut InCallView), said: &str| {
        change(&mut now);
        stage.show(CallView::InCall(now.clone())).await;
        assert_eq!(stage.said("status"), said);
    };
    change(|call| call.seconds = Some(6), "You are talking to Ben").await;
    change(|call| call.remote[Slot::Microphone] = SlotState::Off, "Ben is muted.").await;
    change(|call| call.remote[Slot::Microphone] = SlotState::On, "Ben is no longer muted.").await;
    change(|call| call.remote[Slot::Camera] = SlotState::Off, "Ben\u{2019}s camera is off.").await;
    change(|call| call.remote[Slot::Camera] = SlotState::On, "Ben\u{2019}s camera is on.").await;
    change(|call| call.local[Slot::Microphone] = SlotView::Off, "You are muted.").await;
    change(|call| call.local[Slot::Microphone] = SlotView::On, "You are no longer muted.").await;
    change(|call| call.local[Slot::Camera] = SlotView::Off, "Your camera is off.").await;
    change(|call| call.local[Slot::Camera] = SlotView::Starting, "Your camera is off.").await;
    change(|call| call.local[Slot::Camera] = SlotView::On, "Your camera is on.").await;
    change(|call| call.server_away = true, "Cannot reach the server. Your call continues.").await;
    change(|call| call.server_away = false, "The server is back.").await;
    change(|call| call.stage = CallStage::Reconnecting, "Connection lost. Reconnecting").await;
    change(|call| call.stage = CallStage::Active, "You are connected again.").await;
    let waits = "Ben closed or reloaded the page. Waiting for Ben to come back";
    change(|call| call.stage = CallStage::Away, waits).await;
    change(|call| call.stage = CallStage::Active, "You are connected again.").await;
    change(
        |call| call.local[Slot::Microphone] = SlotView::Problem(MediaError::InUse),
        "Another program is using your microphone. Close that program. Ben cannot hear you.",
    )
    .await;
    change(|call| call.local[Slot::Microphone] = SlotView::On, "Ben can hear you again.").await;
    assert_eq!(stage.said("alert"), "", "nothing of it interrupts");
}

#[wasm_bindgen_test]
async fn a_call_of_the_other_kind_is_told_and_heard() {
    let by_voice = InCallView { requested_type: Video, ..talking(Audio) };
    let stage = Stage::with(CallView::InCall(by_voice)).await;
    let told = "Ben called you first, with a voice call. Your camera stays off.";
    assert!(stage.text().contains(told) && stage.said("status").contains(told), "{}", stage.text());

    let unseen = InCallView { requested_type: Audio, ..with_local(Video, SlotView::On, SlotView::Off) };
    let told = "Ben called you first, with a video call. Your camera stays off until you turn it on.";
    stage.show(CallView::InCall(unseen.clone())).await;
    assert!(stage.text().contains(told) && stage.said("status").contains(told), "{}", stage.text());
    stage.show(CallView::InCall(InCallView { local: talking(Video).local, ..unseen })).await;
    assert!(!stage.text().contains("called you first"), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn everything_has_a_name_and_the_words_a_language() {
    let stage = Stage::with(CallView::InCall(talking(Video))).await;
    let names = stage.all("video").into_iter().map(|video| video.get_attribute("aria-label").unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["Ben\u{2019}s video", "Your video"]);
    for root in stage.all(".mc") {
        assert_eq!(root.get_attribute("lang").as_deref(), Some("en"));
    }
    for view in [
        ringing(Video),
        CallView::Outgoing(outgoing(Audio, OutgoingStage::Ringing)),
        CallView::InCall(talking(Audio)),
        CallView::InCall(talking(Video)),
        CallView::Ended(ended(Audio, Outcome::Missed, None)),
    ] {
        stage.show(view).await;
        let window = stage.one(".mc-window");
        assert!(window.has_attribute("aria-label"));
        assert_eq!(window.get_attribute("tabindex").as_deref(), Some("-1"), "it can have the focus");
        assert_eq!(stage.all(".mc-window h2").len(), 1, "a heading to jump to");
    }
}

#[wasm_bindgen_test]
async fn escape_leaves_the_large_picture_and_the_card_and_ends_no_call() {
    let stage = Stage::with(CallView::InCall(talking(Video))).await;
    stage.click("Enlarge").await;
    let body: Element = document().body().unwrap().unchecked_into();
    assert!(press_key(&body, "Escape"));
    settle().await;
    assert!(!stage.one(".mc-video").has_attribute("data-size"));
    assert!(!press_key(&body, "Escape"), "from then on it is the page's");
    assert_eq!(stage.done(), []);

    stage.show(CallView::Ended(ended(Video, Outcome::HungUpByThem, Some(5)))).await;
    press_key(&body, "Escape");
    assert_eq!(stage.done(), [], "the focus is elsewhere");
    press_key(&stage.one(".mc-ended"), "Escape");
    assert_eq!(stage.done(), [UserEvent::Dismiss]);

    let denied = ended(Audio, Outcome::MicrophoneProblem(MediaError::Denied), None);
    stage.show(CallView::Ended(denied)).await;
    stage.one("details").set_attribute("open", "").unwrap();
    press_key(&stage.one("summary"), "Escape");
    assert!(!stage.one("details").has_attribute("open"));
    assert_eq!(stage.done(), [], "first the help is folded up");
}

#[wasm_bindgen_test]
async fn tab_goes_round_in_a_picture_that_covers_the_page_and_leaves_a_small_one() {
    let stage = Stage::with(CallView::InCall(talking(Video))).await;
    let body: Element = document().body().unwrap().unchecked_into();
    // No style sheet here: the window gets its place by hand.
    let place = |style| stage.one(".mc-video").set_attribute("style", style).unwrap();
    place("position:fixed;inset:50px auto auto 50px;width:200px;height:100px;overflow:hidden");
    assert!(!press_key(&body, "Tab"), "there is a page beside the window");
    place("position:fixed;inset:0");
    assert!(press_key(&body, "Tab"));
    let focused = || document().active_element().unwrap();
    let (first, last) = (stage.all(".mc-video button").remove(0), stage.button("Hang up"));
    assert_eq!(focused(), first);
    assert!(!press_key(&focused(), "Tab"), "the browser knows the next one");
    last.unchecked_ref::<HtmlElement>().focus().unwrap();
    assert!(press_key(&last, "Tab"));
    assert_eq!(focused(), first);
}
