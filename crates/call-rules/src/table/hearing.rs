//! The table of what devices hear of a call that has changed.

use super::{LAPTOP, PHONE, record, record_of};
use crate::{Address, CallRecord, News, news};
use call_protocol::{CallRole, CallStatus};

const ALL: [CallStatus; 6] = [
    CallStatus::Ringing,
    CallStatus::Active,
    CallStatus::Ended,
    CallStatus::Declined,
    CallStatus::Missed,
    CallStatus::Failed,
];

fn later(record: CallRecord) -> CallRecord {
    CallRecord { version: record.version + 1, ..record }
}

#[test]
fn a_change_is_told_by_what_was_known_and_once() {
    use News::{Answered, Over, Quiet, Rings};
    let from = |known: Option<CallStatus>| {
        ALL.map(|status| news(known.map(record).as_ref(), &later(record(status))).unwrap())
    };
    assert_eq!(from(None), [Rings, Answered, Over, Over, Over, Over]);
    assert_eq!(from(Some(CallStatus::Ringing)), [Quiet, Answered, Over, Over, Over, Over]);
    assert_eq!(from(Some(CallStatus::Active))[1..], [Quiet, Over, Over, Over, Over]);
    for status in ALL {
        assert_eq!(news(Some(&record(status)), &record(status)), None, "{status}: it is known");
        assert_eq!(
            news(Some(&later(record(CallStatus::Ringing))), &record(status)),
            None,
            "{status}: it is old"
        );
    }
}

#[test]
fn a_ring_of_which_a_side_begins_to_hide_is_told_anew() {
    let hidden = |status, side: usize| {
        let mut record = later(record_of("call", status, LAPTOP, PHONE));
        record.seats[side].address = Address::Relayed;
        record
    };
    for side in [0, 1] {
        let ringing = hidden(CallStatus::Ringing, side);
        assert_eq!(news(Some(&record(CallStatus::Ringing)), &ringing), Some(News::Hides));
        assert_eq!(news(Some(&ringing), &later(ringing.clone())), Some(News::Quiet), "it was hidden before");
        let active = hidden(CallStatus::Active, side);
        assert_eq!(news(Some(&record(CallStatus::Ringing)), &active), Some(News::Answered));
    }
}

#[test]
fn a_ring_is_heard_at_the_callee_and_everything_else_by_both() {
    let both = [CallRole::Caller, CallRole::Callee];
    assert_eq!(News::Rings.heard_by(), [CallRole::Callee]);
    for news in [News::Answered, News::Over, News::Hides] {
        assert_eq!(news.heard_by(), both, "{news:?}");
    }
    assert!(News::Quiet.heard_by().is_empty());
}
