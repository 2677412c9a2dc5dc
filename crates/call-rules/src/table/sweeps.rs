//! The table of calls that end although nobody ended them.

use super::{ALIVE, CRASHED, CUT_OFF, DEAD, LEFT, LIFE, NOW, gone, record, sends, talking};
use crate::{CallRecord, Connection, Life, Manner, Moment, Standing, Timings, sweep};
use call_protocol::CallStatus;
use std::time::Duration;

#[test]
fn when_a_call_is_over_by_itself() {
    let timings = Timings::default();
    let life = |connected, seconds| {
        let silent = Duration::from_secs(seconds);
        Some(Life { connected, silent, last_proof: Some(NOW.minus(silent)), ..LIFE })
    };
    let swept = |record: &CallRecord, caller, callee| {
        let ending =
            sweep(&Standing { record, caller, callee, connection: Connection::Reported }, NOW, &timings)?;
        Some(format!("{} {}", ending.status, ending.reason?.as_str()))
    };
    let ringing = record(CallStatus::Ringing);
    let mut late = ringing.clone();
    late.ring_deadline = Some(NOW);
    let mut seed = ringing.clone();
    seed.seats[0].leased = false;
    let gone = Some("missed caller_gone".to_owned());
    assert_eq!(swept(&ringing, life(true, 29), None), None);
    assert_eq!(swept(&ringing, life(true, 30), None), gone, "connected, but nothing is heard");
    assert_eq!(swept(&ringing, life(false, 14), None), None);
    assert_eq!(swept(&ringing, life(false, 15), None), gone);
    assert_eq!(swept(&seed, life(false, 40), None), None, "owes no proofs");
    assert_eq!(swept(&late, life(false, 40), None), Some("missed no_answer".to_owned()));
    let mut future = ringing.clone();
    future.created_at = NOW.plus(timings.ring);
    future.ring_deadline = Some(NOW.plus(timings.ring * 2));
    let missed = Some("missed no_answer".to_owned());
    assert_eq!(swept(&future, life(true, 1), None), missed, "begun by a clock that was set back");
    let active = record(CallStatus::Active);
    assert_eq!(swept(&active, life(false, 500), life(true, 119)), None);
    assert_eq!(swept(&active, life(false, 119), life(false, 500)), None);
    assert_eq!(swept(&active, life(false, 120), life(false, 500)), Some("failed lease_expired".to_owned()));
    assert_eq!(swept(&talking(), life(false, 120), life(false, 120)), Some("ended lease_expired".to_owned()));
    for over in [CallStatus::Ended, CallStatus::Declined, CallStatus::Missed, CallStatus::Failed] {
        assert_eq!(swept(&record(over), DEAD, DEAD), None);
    }
}

#[test]
fn whoever_says_that_they_go_is_gone_and_whose_socket_breaks_may_be_talking() {
    let timings = Timings::default();
    let swept = |record: &CallRecord, caller, callee| {
        let ending =
            sweep(&Standing { record, caller, callee, connection: Connection::Reported }, NOW, &timings)?;
        Some((format!("{} {}", ending.status, ending.reason?.as_str()), ending.ended_at))
    };
    let ago = |seconds| NOW.minus(Duration::from_secs(seconds));
    let (ringing, active) = (record(CallStatus::Ringing), record(CallStatus::Active));
    let cancelled = Some(("missed caller_gone".to_owned(), NOW));
    assert_eq!(swept(&ringing, LEFT, None), cancelled);
    assert_eq!(swept(&ringing, gone(Manner::Left, 1), None), None, "the page is being loaded anew");
    assert_eq!(swept(&ringing, CRASHED, None), cancelled);
    assert_eq!(swept(&ringing, CUT_OFF, None), None);
    for record in [&active, &talking()] {
        let status = if record.started_at.is_some() { "ended" } else { "failed" };
        let (left, for_good) = (Some((format!("{status} left"), ago(10))), gone(Manner::Left, 10));
        assert_eq!(swept(record, for_good, ALIVE), left);
        assert_eq!(swept(record, ALIVE, for_good), left);
        assert_eq!(swept(record, LEFT, ALIVE), None, "the page may be reloaded");
        assert_eq!(swept(record, ALIVE, LEFT), None);
        assert_eq!(swept(record, ALIVE, sends(for_good, 2)), None, "it talks all the same");
        assert_eq!(swept(record, ALIVE, sends(for_good, 12)), left, "what was heard before it went");
        assert_eq!(swept(record, CRASHED, ALIVE), None, "a network is no reason");
    }
    let mut seed = active.clone();
    seed.seats[1].leased = false;
    assert_eq!(swept(&seed, ALIVE, LEFT), None, "another device may speak for it");
}

#[test]
fn an_abandoned_call_ended_at_the_last_proof_of_life_and_never_before_it_began() {
    let timings = Timings::default();
    let silent = |seconds| {
        let silent = Duration::from_secs(seconds);
        Some(Life { connected: false, silent, last_proof: Some(NOW.minus(silent)), ..LIFE })
    };
    let unheard = Some(Life { connected: false, silent: Duration::from_secs(130), last_proof: None, ..LIFE });
    let at = |record: &CallRecord, caller, callee| {
        sweep(&Standing { record, caller, callee, connection: Connection::Reported }, NOW, &timings)
            .map(|ending| ending.ended_at)
    };
    let ago = |seconds| Some(NOW.minus(Duration::from_secs(seconds)));
    let mut long = talking();
    long.started_at = Some(Moment(1_735_689_600_000));
    assert_eq!(at(&long, silent(150), silent(121)), ago(121));
    assert_eq!(at(&long, silent(150), unheard), ago(150));
    long.seats[1].last_seen = ago(140);
    assert_eq!(at(&long, unheard, unheard), ago(140), "written down by the server before this one");
    let began = talking();
    assert_eq!(at(&began, silent(150), silent(121)), ago(30), "not before it began");
}

#[test]
fn a_call_that_nothing_can_have_flowed_in_failed_when_everybody_left_it() {
    let left = |connection| {
        let record = talking();
        let ending = sweep(
            &Standing { record: &record, caller: None, callee: None, connection },
            NOW,
            &Timings::default(),
        );
        ending.map(|ending| ending.status)
    };
    assert_eq!(left(Connection::Possible), Some(CallStatus::Ended));
    assert_eq!(left(Connection::Impossible), Some(CallStatus::Failed));
}
