//! After a call: the card with its ways forward, the history, the line in a conversation.

use crate::people::{ended, talking, user};
use crate::stage::{Stage, Surroundings, settle};
use call_core::{CallView, EndedView, MediaError, Outcome, UserEvent, WayForward};
use call_protocol::CallType::{Audio, Video};
use call_protocol::{
    Call, CallHistory, CallId, CallRole, CallStatus, CallType, ConversationId, HistoryEntry, Timestamp,
    UserId,
};
use core::time::Duration;
use messenger_calls::platform::timer::sleep;
use wasm_bindgen_test::wasm_bindgen_test;

fn calls_ben(call_type: CallType) -> UserEvent {
    UserEvent::Call { conversation_id: ConversationId::from("k1"), peer: user("Ben"), call_type }
}

#[wasm_bindgen_test]
async fn the_card_says_what_happened_and_offers_the_ways_forward() {
    let stage = Stage::with(CallView::Ended(ended(Video, Outcome::HungUpByThem, Some(65)))).await;
    let text = stage.text();
    assert!(text.contains("Ben hung up") && text.contains("You talked for 1:05."), "{text}");
    assert_eq!(stage.window_buttons(), ["Close", "Call again", "Close"]);
    stage.click("Call again").await;
    stage.click("Close").await;
    assert_eq!(stage.done(), [calls_ben(Video), UserEvent::Dismiss]);

    stage.show(CallView::Ended(ended(Video, Outcome::ConnectionLost, None))).await;
    stage.click("Call with voice").await;
    assert_eq!(stage.done(), [calls_ben(Audio)]);
}

#[wasm_bindgen_test]
async fn a_forbidden_microphone_comes_with_the_steps_of_this_browser() {
    let outcome = Outcome::MicrophoneProblem(MediaError::Denied);
    let stage = Stage::with(CallView::Ended(ended(Audio, outcome, None))).await;
    let text = stage.text();
    assert!(
        text.contains("Ben could not be called") && text.contains("choose Allow when Firefox asks"),
        "{text}"
    );
    assert_eq!(stage.one("summary").text_content().as_deref(), Some("How to allow the microphone"));
}

#[wasm_bindgen_test]
async fn somebody_who_is_signed_out_can_sign_in() {
    let stage = Stage::with(CallView::Ended(ended(Audio, Outcome::SignedOut, None))).await;
    stage.click("Sign in").await;
    assert_eq!(stage.done(), [UserEvent::Dismiss]);
}

#[wasm_bindgen_test]
async fn every_way_forward_of_every_outcome_is_on_the_card() {
    for outcome in crate::states::outcomes() {
        let view: EndedView = ended(Video, outcome, None);
        let ways = view.ways.clone();
        let stage = Stage::with(CallView::Ended(view)).await;
        for way in ways {
            let there = match way {
                WayForward::CallAgain => stage.buttons().contains(&"Call again".to_owned()),
                WayForward::CallWithVoice => stage.buttons().contains(&"Call with voice".to_owned()),
                WayForward::MicrophoneHelp => !stage.all("details.mc-help").is_empty(),
                WayForward::SignIn => stage.buttons().contains(&"Sign in".to_owned()),
            };
            assert!(there, "{way:?} is missing in {}", stage.text());
        }
    }
}

fn entry(number: u32, status: CallStatus, role: CallRole) -> HistoryEntry {
    let at = Timestamp("2025-11-25T10:30:00Z".to_owned());
    let call = Call {
        id: CallId(format!("c{number}")),
        conversation_id: ConversationId::from("k1"),
        initiator_id: UserId::from("ben"),
        call_type: Audio,
        status,
        started_at: None,
        ended_at: None,
        error_reason: None,
        created_at: at.clone(),
        updated_at: at,
        duration_seconds: None,
    };
    HistoryEntry { call, peer: user("Ben"), role }
}

fn page(entries: Vec<HistoryEntry>, next: Option<&str>) -> CallHistory {
    CallHistory { calls: entries, next: next.map(str::to_owned) }
}

fn with_history() -> Surroundings {
    Surroundings { history: true, ..Surroundings::default() }
}

#[wasm_bindgen_test]
async fn the_history_is_read_page_by_page_and_calls_back() {
    let newest = page(vec![entry(2, CallStatus::Missed, CallRole::Callee)], Some("mark"));
    let older = page(vec![entry(1, CallStatus::Declined, CallRole::Caller)], None);
    // Handed out from the end.
    let stage = Stage::set(CallView::Idle, with_history(), vec![older, newest]).await;
    // Day and time are written as the browser's person is used to.
    let text = stage.text();
    assert!(text.contains("Missed voice call, ") && text.contains("25") && text.contains(":30"), "{text}");
    assert_eq!(stage.one(".mc-entry").get_attribute("data-outcome").as_deref(), Some("missed"));
    stage.click("Earlier calls").await;
    assert_eq!(*stage.asked.borrow(), [None, Some("mark".to_owned())]);
    assert_eq!(stage.all(".mc-entry").len(), 2);
    assert!(!stage.buttons().contains(&"Earlier calls".to_owned()), "there are no earlier ones");
    stage.click("Call back").await;
    assert_eq!(stage.done(), [calls_ben(Audio)]);
}

#[wasm_bindgen_test]
async fn the_history_is_read_anew_after_a_call_and_after_a_reconnect() {
    let empty = || page(vec![], None);
    let stage = Stage::set(CallView::Idle, with_history(), vec![empty(); 8]).await;
    assert!(stage.text().contains("No calls yet."), "{}", stage.text());
    assert_eq!(stage.asked.borrow().len(), 1);
    stage.show(CallView::InCall(talking(Audio))).await;
    assert_eq!(stage.asked.borrow().len(), 1, "nothing is new during a call");
    stage.show(CallView::Ended(ended(Audio, Outcome::HungUpByMe, Some(1)))).await;
    assert_eq!(stage.asked.borrow().len(), 2);
    stage.show(CallView::Idle).await;
    assert_eq!(stage.asked.borrow().len(), 3, "the server has heard of the end by now");
    stage.around.connected.set(false);
    settle().await;
    stage.around.connected.set(true);
    settle().await;
    assert_eq!(stage.asked.borrow().len(), 4);
}

#[wasm_bindgen_test]
async fn a_history_that_cannot_be_read_says_so_and_tries_again() {
    let stage = Stage::set(CallView::Idle, with_history(), vec![]).await;
    assert!(stage.text().contains("Your calls could not be loaded."), "{}", stage.text());
    stage.pages.borrow_mut().push(page(vec![entry(1, CallStatus::Ended, CallRole::Caller)], None));
    stage.click("Try again").await;
    assert!(stage.text().contains("Voice call - 0:00"), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn nobody_is_called_back_who_is_blocked() {
    let pages = vec![page(vec![entry(1, CallStatus::Missed, CallRole::Callee)], None)];
    let stage = Stage::set(CallView::Idle, with_history(), pages).await;
    stage.around.blocked.set(vec![user("Ben").id]);
    settle().await;
    let button = stage.button("Call back");
    assert_eq!((button.disabled(), button.title()), (true, "You blocked Ben.".to_owned()));
    stage.show(CallView::Ended(ended(Video, Outcome::ConnectionLost, None))).await;
    assert_eq!(stage.window_buttons(), ["Close", "Close"]);
}

#[wasm_bindgen_test]
async fn a_call_that_runs_elsewhere_is_looked_at_again_until_it_is_over() {
    let over = page(vec![entry(1, CallStatus::Ended, CallRole::Callee)], None);
    let runs = page(vec![entry(1, CallStatus::Ringing, CallRole::Callee)], None);
    let stage = Stage::set(CallView::Idle, with_history(), vec![over, runs]).await;
    assert!(stage.text().contains("Voice call - now"), "{}", stage.text());
    assert!(!stage.buttons().contains(&"Call back".to_owned()), "they are talked to already");
    sleep(Duration::from_secs(6)).await;
    assert!(stage.text().contains("Voice call - 0:00"), "{}", stage.text());
    assert_eq!(stage.asked.borrow().len(), 2);
}

#[wasm_bindgen_test]
async fn a_history_that_is_opened_during_a_call_is_read() {
    let pages = vec![page(vec![entry(1, CallStatus::Missed, CallRole::Callee)], None)];
    let stage = Stage::set(CallView::InCall(talking(Audio)), with_history(), pages).await;
    assert!(stage.text().contains("Missed voice call"), "{}", stage.text());
}

#[wasm_bindgen_test]
async fn calling_back_waits_until_it_is_possible() {
    let pages = vec![page(vec![entry(1, CallStatus::Missed, CallRole::Callee)], None); 3];
    let stage = Stage::set(CallView::Idle, with_history(), pages).await;
    assert!(!stage.button("Call back").disabled());
    stage.show(CallView::InCall(talking(Audio))).await;
    assert!(stage.button("Call back").disabled());
}
