//! What ends although nobody ended it.

use super::{DEAD, NOW, record, talking};
use crate::{
    config::Timings,
    model::{CallRecord, Life},
    policy::{Standing, sweep},
};
use call_protocol::{CallStatus, Timestamp};
use std::time::Duration;

#[test]
fn when_a_call_is_over_by_itself() {
    let timings = Timings::default();
    let life = |connected, seconds| {
        let silent = Duration::from_secs(seconds);
        Some(Life { connected, silent, last_proof: Some(NOW.minus(silent)) })
    };
    let swept = |record: &CallRecord, caller, callee| {
        let ending = sweep(&Standing { record, caller, callee }, NOW, &timings)?;
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
fn an_abandoned_call_ended_at_the_last_proof_of_life_and_never_before_it_began() {
    let timings = Timings::default();
    let silent = |seconds| {
        let silent = Duration::from_secs(seconds);
        Some(Life { connected: false, silent, last_proof: Some(NOW.minus(silent)) })
    };
    let unheard = Some(Life { connected: false, silent: Duration::from_secs(130), last_proof: None });
    let at = |record: &CallRecord, caller, callee| {
        sweep(&Standing { record, caller, callee }, NOW, &timings).map(|ending| ending.ended_at)
    };
    let ago = |seconds| Some(NOW.minus(Duration::from_secs(seconds)));
    let mut long = talking();
    long.call.started_at = Some(Timestamp("2025-01-01T00:00:00.000Z".to_owned()));
    assert_eq!(at(&long, silent(150), silent(121)), ago(121));
    assert_eq!(at(&long, silent(150), unheard), ago(150));
    long.seats[1].last_seen = ago(140);
    assert_eq!(at(&long, unheard, unheard), ago(140), "written down by the server before this one");
    let began = talking();
    assert_eq!(at(&began, silent(150), silent(121)), ago(30), "not before it began");
}
