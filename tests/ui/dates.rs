//! Moments as their reader says them, on the day that it is and after midnight.

use crate::people::user;
use crate::stage::{Stage, Surroundings, settle};
use call_core::CallView;
use call_protocol::CallType::Audio;
use call_protocol::{
    Call, CallHistory, CallId, CallRole, CallStatus, ConversationId, HistoryEntry, Timestamp, UserId,
};
use js_sys::Date;
use messenger_calls::widget::kit::dates::{Today, day, moment, number};
use wasm_bindgen_test::wasm_bindgen_test;

/// By the clock on this wall.
fn local(year: u32, month: i32, date: i32, hour: i32, minute: i32) -> Date {
    Date::new_with_year_month_day_hr_min(year, month - 1, date, hour, minute)
}

fn stamp(date: &Date) -> Timestamp {
    Timestamp(date.to_iso_string().into())
}

fn today(year: u32, month: i32, date: i32) -> Today {
    Today::of(local(year, month, date, 12, 0).get_time())
}

#[wasm_bindgen_test]
fn a_day_is_called_as_people_call_it() {
    let said = |year, month, date, hour| {
        let at = stamp(&local(year, month, date, hour, 5));
        day(&at, today(2026, 1, 3))
    };
    assert_eq!((said(2026, 1, 3, 0), said(2026, 1, 3, 23)), ("today".to_owned(), "today".to_owned()));
    assert_eq!((said(2026, 1, 2, 0), said(2026, 1, 2, 23)), ("yesterday".to_owned(), "yesterday".to_owned()));
    assert_eq!(said(2026, 1, 1, 12), "Thursday");
    assert_eq!(said(2025, 12, 28, 12), "Sunday");
    // A week ago has the same name as today.
    for (date, says) in [(said(2025, 12, 27, 12), "27"), (said(2025, 1, 3, 12), "3")] {
        assert!(date.contains("2025") && date.contains(says), "{date}");
    }
    let this_year = day(&stamp(&local(2026, 2, 3, 12, 0)), today(2026, 11, 27));
    assert!(this_year.contains("February") && !this_year.contains("2026"), "{this_year}");
    let ahead = day(&stamp(&local(2026, 1, 4, 12, 0)), today(2026, 1, 3));
    assert!(ahead.contains("January"), "a clock that is slow makes no day of the week of it: {ahead}");
}

#[wasm_bindgen_test]
fn every_day_of_a_year_is_followed_by_its_own_tomorrow() {
    // With the clocks of this machine, which may be changed twice a year.
    for date in 1..=365 {
        let (early, late) = (local(2026, 1, date, 0, 10), local(2026, 1, date, 23, 50));
        assert_eq!(number(&stamp(&early)), number(&stamp(&late)));
        let tomorrow = Today::of(local(2026, 1, date + 1, 0, 10).get_time());
        for at in [&early, &late] {
            assert_eq!(day(&stamp(at), tomorrow), "yesterday", "{at:?}");
        }
    }
}

#[wasm_bindgen_test]
fn a_moment_is_said_in_the_language_of_the_words_around_it() {
    let said = moment(&stamp(&local(2025, 3, 9, 22, 58)), today(2026, 11, 27));
    assert!(said.contains("March") && said.contains("2025") && said.contains(":58"), "{said}");
}

#[wasm_bindgen_test]
async fn at_midnight_the_call_of_today_becomes_one_of_yesterday_in_its_place() {
    let at = stamp(&local(2026, 3, 5, 9, 41));
    let call = Call {
        id: CallId::from("c1"),
        conversation_id: ConversationId::from("k1"),
        initiator_id: UserId::from("ben"),
        call_type: Audio,
        status: CallStatus::Missed,
        started_at: None,
        ended_at: None,
        error_reason: None,
        created_at: at.clone(),
        updated_at: at,
        duration_seconds: None,
    };
    let entry = HistoryEntry { call, peer: user("Ben"), role: CallRole::Callee };
    let around = Surroundings { history: true, ..Surroundings::default() };
    around.today.set(today(2026, 3, 5));
    let page = CallHistory { calls: vec![entry], next: None };
    let stage = Stage::set(CallView::Idle, around, vec![page]).await;
    let row = stage.one(".mc-entry");
    assert!(stage.text().contains("Missed voice call, today "), "{}", stage.text());
    stage.around.today.set(today(2026, 3, 6));
    settle().await;
    assert!(stage.text().contains("Missed voice call, yesterday "), "{}", stage.text());
    stage.around.today.set(today(2027, 3, 5));
    settle().await;
    assert!(stage.text().contains("2026"), "{}", stage.text());
    assert_eq!(stage.one(".mc-entry"), row, "who reads it keeps their place");
    assert_eq!(stage.asked.borrow().len(), 1, "the server need not be asked for it");
}
