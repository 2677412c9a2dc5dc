//! The card after a call: how long it stays, and which duration it shows.

use crate::kit::solo::Solo;
use call_core::{CallView, ReplyEvent, SocketEvent, UserEvent};
use call_protocol::{Call, CallId, CallRole, CallStatus, CallType, EndReason};

/// Ada and Bob have talked.
fn talked() -> Solo {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    solo.bytes(1, 1000);
    for second in 2..20 {
        solo.pass(1000);
        solo.bytes(1, second * 1000);
    }
    solo
}

fn over(solo: &Solo, seconds: u32) -> Call {
    let row = solo.over("x", CallRole::Caller, CallStatus::Ended, None);
    Call { duration_seconds: Some(seconds), ..row }
}

fn said(solo: &Solo) -> Option<u32> {
    let CallView::Ended(view) = solo.view() else { panic!("the card is shown") };
    view.seconds
}

#[test]
fn the_card_and_the_conversation_show_the_same_duration() {
    let mut solo = talked();
    solo.press(UserEvent::HangUp);
    assert!(
        said(&solo).is_some_and(|seconds| seconds < 60),
        "this device's clock, until the server's duration is known"
    );
    let call = over(&solo, 62);
    solo.reply(ReplyEvent::Ended(CallId::new("x"), Ok(call)));
    assert_eq!(said(&solo), Some(62));

    let mut solo = talked();
    let call = over(&solo, 62);
    solo.socket(SocketEvent::Ended(call));
    assert_eq!(said(&solo), Some(62));
}

/// How many seconds the card stays.
fn stays(solo: &mut Solo) -> u32 {
    let mut seconds = 0;
    while matches!(solo.view(), CallView::Ended(_)) {
        solo.pass(1000);
        seconds += 1;
    }
    seconds
}

#[test]
fn a_card_without_news_disappears_soon_and_one_that_may_have_been_missed_stays() {
    let mut own = talked();
    own.press(UserEvent::HangUp);
    let call = over(&own, 19);
    own.reply(ReplyEvent::Ended(CallId::new("x"), Ok(call)));
    assert!(stays(&mut own) <= 10, "they know that they hung up");

    let mut theirs = talked();
    let call = over(&theirs, 19);
    theirs.socket(SocketEvent::Ended(call));
    let seconds = stays(&mut theirs);
    assert!((10..=45).contains(&seconds), "{seconds} s to call again");

    let mut missed = Solo::new(CallType::Audio);
    missed.ringing_in();
    let call = missed.over("x", CallRole::Callee, CallStatus::Missed, Some(EndReason::NoAnswer));
    missed.socket(SocketEvent::Ended(call));
    assert!(stays(&mut missed) >= 60, "nobody may have seen it");
}
