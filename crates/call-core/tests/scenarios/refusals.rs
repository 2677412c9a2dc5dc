//! What a refusal by the server means to the person, for every error code.

use crate::kit::solo::{FIRST, Solo};
use call_core::{
    CallView, Category, Effect, Event, IncomingStage, Outcome, ReplyEvent, RequestError, UserEvent,
    WayForward, outcome_of_refusal,
};
use call_protocol::{CallId, CallRole, CallStatus, CallType, ErrorBody, ErrorCode};
use call_rules::Refusal;

/// The server could not process the request: it is repeated.
const PASSING: [ErrorCode; 4] =
    [ErrorCode::Internal, ErrorCode::Unavailable, ErrorCode::StorageFull, ErrorCode::RateLimited];

/// What the rules refuse and the person is told nothing particular of: a call that is gone or over tells by its own end,
/// and the others come about by a mistake of a program only.
const NOT_EXPLAINED: [Refusal; 4] =
    [Refusal::NoCall, Refusal::WrongState, Refusal::TooManyCandidates, Refusal::TooManyOffers];

fn body(code: ErrorCode) -> ErrorBody {
    ErrorBody { code, message: String::new(), call: None, retry_after: None }
}

fn meant_by(code: ErrorCode) -> Outcome {
    outcome_of_refusal(&body(code))
}

fn refused(code: ErrorCode) -> RequestError {
    RequestError::Refused(Box::new(body(code)))
}

fn outcome(solo: &Solo) -> Option<Outcome> {
    match solo.view() {
        CallView::Ended(view) => Some(view.outcome),
        CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => None,
    }
}

#[test]
fn whatever_the_rules_refuse_is_explained_and_each_refusal_differently() {
    let mut explained = Vec::new();
    for refusal in Refusal::ALL.into_iter().filter(|refusal| !NOT_EXPLAINED.contains(refusal)) {
        let meant = meant_by(refusal.code());
        assert_ne!(meant, Outcome::SignalingFailed, "{refusal:?}");
        explained.push((refusal.code(), meant));
    }
    for (code, meant) in &explained {
        let same = explained.iter().find(|(other, same)| same == meant && other != code);
        assert_eq!(same, None, "means the same as {code:?}");
    }
    for refusal in NOT_EXPLAINED {
        assert_eq!(meant_by(refusal.code()), Outcome::SignalingFailed, "{refusal:?}");
    }
}

#[test]
fn every_refusal_of_a_call_ends_it_with_something_a_person_understands() {
    for code in ErrorCode::ALL {
        let mut solo = Solo::new(CallType::Video);
        solo.placing();
        let orders = solo.reply(ReplyEvent::Initiated(FIRST, Err(refused(code))));
        assert!(orders.iter().any(|order| matches!(order, Effect::ReleaseMedia(_))), "{code:?}");
        assert!(orders.iter().any(|order| matches!(order, Effect::ClosePeer(_))), "{code:?}");
        let wanted = meant_by(code);
        assert_eq!(outcome(&solo), Some(wanted), "{code:?}");
    }
}

#[test]
fn every_refusal_of_an_answer_ends_the_ring_unless_it_is_temporary() {
    for code in ErrorCode::ALL {
        let mut solo = Solo::new(CallType::Video);
        solo.asking_for_the_seat();
        let orders = solo.reply(ReplyEvent::Answered(FIRST, Err(refused(code))));
        if PASSING.contains(&code) {
            let CallView::Incoming(view) = solo.view() else { panic!("{code:?}: still answering") };
            assert_eq!(view.stage, IncomingStage::Answering);
            assert!(solo.pass(1000).iter().any(|order| matches!(order, Effect::Answer(..))));
            continue;
        }
        let over = [ErrorCode::CallNotFound, ErrorCode::WrongState].contains(&code);
        let wanted = if over { Outcome::Missed } else { meant_by(code) };
        assert_eq!(outcome(&solo), Some(wanted), "{code:?}");
        assert!(orders.iter().any(|order| matches!(order, Effect::ReleaseMedia(_))), "{code:?}");
        assert!(orders.iter().any(|order| matches!(order, Effect::ClosePeer(_))), "{code:?}");
    }
}

#[test]
fn an_answer_that_comes_too_late_says_what_happened() {
    let cases = [
        (CallStatus::Declined, Outcome::DeclinedElsewhere),
        (CallStatus::Missed, Outcome::Missed),
        (CallStatus::Active, Outcome::AnsweredElsewhere(None)),
        (CallStatus::Ended, Outcome::HungUpByThem),
    ];
    for (status, wanted) in cases {
        let mut solo = Solo::new(CallType::Audio);
        solo.asking_for_the_seat();
        let call = Some(solo.row("x", CallRole::Callee, status));
        let body = ErrorBody { code: ErrorCode::WrongState, message: String::new(), call, retry_after: None };
        solo.reply(ReplyEvent::Answered(FIRST, Err(RequestError::Refused(Box::new(body)))));
        assert_eq!(outcome(&solo), Some(wanted), "{status}");
    }
}

#[test]
fn an_end_request_is_repeated_only_if_the_server_could_not_process_it() {
    for code in ErrorCode::ALL {
        let mut solo = Solo::new(CallType::Audio);
        solo.ringing_in();
        solo.press(UserEvent::Decline);
        solo.reply(ReplyEvent::Ended(CallId::new("x"), Err(refused(code))));
        let again = solo.pass(3000).iter().any(|order| matches!(order, Effect::Decline(_)));
        assert_eq!(again, PASSING.contains(&code), "{code:?}");
    }
}

#[test]
fn an_end_request_that_never_gets_through_is_given_up_eventually() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_in();
    solo.press(UserEvent::Decline);
    let mut said = 1;
    for _ in 0..100 {
        solo.reply(ReplyEvent::Ended(CallId::new("x"), Err(RequestError::Unreachable)));
        said += solo.pass(11_000).iter().filter(|order| matches!(order, Effect::Decline(_))).count();
    }
    assert_eq!(said, 8);
    assert_eq!(solo.machine.next_deadline(), None);
}

#[test]
fn every_suggestion_fits_what_happened() {
    let cases = [
        (Outcome::Busy, Category::State, vec![WayForward::CallAgain]),
        (
            Outcome::ConnectFailed,
            Category::Connection,
            vec![WayForward::CallAgain, WayForward::CallWithVoice],
        ),
        (Outcome::SignedOut, Category::Signaling, vec![WayForward::SignIn]),
        (Outcome::CallsDisabled, Category::State, vec![]),
        (Outcome::HungUpByMe, Category::Normal, vec![WayForward::CallAgain]),
        (Outcome::DeclinedByMe, Category::Normal, vec![]),
    ];
    for (outcome, category, ways) in cases {
        assert_eq!((outcome.category(), outcome.ways(CallType::Video)), (category, ways));
    }
}

#[test]
fn a_request_to_call_that_finds_no_server_is_sent_four_times() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let mut asked = 1;
    while outcome(&solo).is_none() {
        solo.reply(ReplyEvent::Initiated(FIRST, Err(RequestError::Unreachable)));
        asked += solo.pass(1500).iter().filter(|order| matches!(order, Effect::Initiate { .. })).count();
    }
    assert_eq!((asked, outcome(&solo)), (4, Some(Outcome::ServerUnreachable)));
    assert!(solo.handle(Event::Timer).is_empty());
}
