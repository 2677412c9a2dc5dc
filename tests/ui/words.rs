//! The texts: every value has one, in words that fit who reads it.

use crate::people::{ended, ringing};
use crate::states::outcomes;
use call_core::{CallView, MediaError, Outcome};
use call_protocol::CallType::{Audio, Video};
use call_protocol::{CallId, CallMetadata, CallOutcome, EndReason, UserId};
use messenger_calls::widget::ui::Browser;
use messenger_calls::widget::ui::self_view::Corner;
use messenger_calls::widget::ui::words::{
    CannotCall, Record, announcement, duration, help, keys, outcome, refusal,
};
use std::collections::HashSet;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn every_outcome_has_a_title_a_heading_and_a_sentence_of_its_own() {
    let mut texts = HashSet::new();
    for outcome_of_call in outcomes() {
        for call_type in [Audio, Video] {
            let told = outcome(&ended(call_type, outcome_of_call.clone(), None));
            assert!(!told.title.is_empty() && !told.heading.is_empty(), "{outcome_of_call:?}");
            assert!(told.sentence.ends_with('.'), "{outcome_of_call:?}: {}", told.sentence);
            texts.insert((told.heading, told.sentence));
        }
    }
    assert!(texts.len() >= outcomes().len(), "two outcomes read the same");
    let elsewhere = Outcome::AnsweredElsewhere(Some("Firefox on Linux".to_owned()));
    let told = outcome(&ended(Audio, elsewhere, None));
    assert_eq!(told.sentence, "You answered this call on \u{201c}Firefox on Linux\u{201d}.");
}

#[wasm_bindgen_test]
fn a_running_time_reads_like_a_clock() {
    for (seconds, text) in [(0, "0:00"), (9, "0:09"), (323, "5:23"), (3599, "59:59"), (3729, "1:02:09")] {
        assert_eq!(duration(seconds), text);
    }
}

#[wasm_bindgen_test]
fn a_line_in_a_conversation_depends_on_who_reads_it() {
    let line = |status, reason, reader: &str| {
        let call = CallMetadata {
            system_type: "call".to_owned(),
            call_id: CallId::from("c"),
            call_type: Audio,
            duration_seconds: (status == CallOutcome::Completed).then_some(323),
            status,
            reason,
            initiator_id: UserId::from("anna"),
        };
        Record::of_message(&call, &UserId::from(reader)).text()
    };
    assert_eq!(line(CallOutcome::Completed, None, "anna"), "Voice call - 5:23");
    assert_eq!(line(CallOutcome::Missed, Some(EndReason::NoAnswer), "ben"), "Missed voice call");
    assert_eq!(line(CallOutcome::Missed, Some(EndReason::NoAnswer), "anna"), "Voice call - no answer");
    assert_eq!(line(CallOutcome::Missed, Some(EndReason::Cancelled), "anna"), "Voice call - cancelled");
    assert_eq!(line(CallOutcome::Missed, Some(EndReason::Cancelled), "ben"), "Missed voice call");
    assert_eq!(line(CallOutcome::Missed, Some(EndReason::Busy), "anna"), "Voice call - busy");
    assert_eq!(line(CallOutcome::Declined, None, "ben"), "Voice call - declined");
    assert_eq!(
        line(CallOutcome::Failed, Some(EndReason::ConnectTimeout), "ben"),
        "Voice call - could not connect"
    );
}

#[wasm_bindgen_test]
fn browsers_are_told_apart_by_their_user_agents() {
    let webkit =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36";
    for (agent, browser) in [
        (webkit.to_owned(), Browser::Chromium),
        (format!("{webkit} Edg/141.0"), Browser::Edge),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0".to_owned(),
            Browser::Firefox,
        ),
        (
            "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 (KHTML) Version/18.0 Safari/605.1".to_owned(),
            Browser::Safari,
        ),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1 CriOS/141.0 Mobile Safari/604.1".to_owned(), Browser::Ios),
        ("a text".to_owned(), Browser::Other),
        (String::new(), Browser::Other),
    ] {
        assert_eq!(Browser::from_user_agent(&agent), browser, "{agent}");
    }
    let families =
        [Browser::Chromium, Browser::Edge, Browser::Firefox, Browser::Safari, Browser::Ios, Browser::Other];
    let first_steps: HashSet<_> =
        families.map(|browser| help(browser, MediaError::Denied).unwrap()[0]).into_iter().collect();
    assert_eq!(first_steps.len(), families.len(), "each has a help of its own");
}

#[wasm_bindgen_test]
fn reasons_name_the_person_where_it_is_about_them() {
    assert_eq!(refusal(CannotCall::Offline, "Ben"), "Ben is offline.");
    assert_eq!(refusal(CannotCall::Blocked, "Ben"), "You blocked Ben.");
    let own = [
        CannotCall::Ringing,
        CannotCall::Calling,
        CannotCall::InCall,
        CannotCall::NotConnected,
        CannotCall::SwitchedOff,
    ];
    for reason in own {
        assert!(!refusal(reason, "Ben").contains("Ben"), "{reason:?}");
    }
}

#[wasm_bindgen_test]
fn a_screen_reader_is_told_who_calls_and_how_to_answer() {
    assert_eq!(announcement(&ringing(Video)), "Ben is calling you: video call.");
    assert_eq!(keys(Audio), " Press Alt C to answer or Alt D to decline.");
    assert_eq!(keys(Video), " Press Alt C to answer, Alt V to answer with voice only, or Alt D to decline.");
    assert_eq!(announcement(&CallView::Idle), "");
}

#[wasm_bindgen_test]
fn a_carried_picture_falls_into_the_nearest_corner() {
    for (x, y, corner) in [
        (0.1, 0.2, Corner::TopLeft),
        (0.9, 0.2, Corner::TopRight),
        (0.4, 0.9, Corner::BottomLeft),
        (0.6, 0.6, Corner::BottomRight),
    ] {
        assert_eq!(Corner::nearest(x, y), corner);
    }
    assert_eq!(Corner::TopLeft.towards("Enter"), None);
}
