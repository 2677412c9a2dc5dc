//! Every event in every stage: nothing panics, no rule of the order checker is broken, and `reactions.txt` says
//! how each stage reacts to each event. Reactions that the table does not list are failures.

mod events;
mod stages;

use crate::kit::people;
use crate::kit::solo::Solo;
use call_core::{CallView, Event, OnCall, UserEvent};
use call_protocol::CallType;
use core::fmt::Write as _;
use stages::{STAGES, Stage};

const HEAD: &str = "What each stage does with each event, in a video call whose other side numbers its signals:\n\
    A it acts or changes the view, n it only remembers something, . it ignores the event\n\n";

/// Every STRIDE-th pair of events is tried; all of them if `CALL_CORE_ALL_PAIRS` is set (half a minute).
const STRIDE: usize = 11;

/// Prints the case in which a test panicked.
struct Case<'a>(&'a str, Vec<&'a str>);

impl Drop for Case<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in the stage `{}`, on {:?}", self.0, self.1);
        }
    }
}

fn reach(stage: &Stage, call_type: CallType, reliable: bool) -> Solo {
    let mut solo = Solo::new(call_type);
    (stage.reach)(&mut solo);
    solo.reliable = reliable;
    solo
}

/// How a stage reacts to every event.
fn reactions(stage: &Stage) -> Vec<(String, &'static str)> {
    let events = events::all(&reach(stage, CallType::Video, true), stage.epoch);
    let react = |(name, event)| {
        let mut solo = reach(stage, CallType::Video, true);
        let (view, inside) = (solo.view(), format!("{:?}", solo.machine));
        let orders = solo.handle(event);
        let acts = !orders.is_empty() || solo.view() != view;
        let notes = || format!("{:?}", solo.machine) != inside;
        (
            name,
            if acts {
                "A"
            } else if notes() {
                "n"
            } else {
                "."
            },
        )
    };
    events.into_iter().map(react).collect()
}

fn said(solo: &mut Solo, event: Event) -> Vec<call_core::Effect> {
    if event == Event::Timer
        && let Some(deadline) = solo.machine.next_deadline()
    {
        solo.now = solo.now.max(deadline);
    }
    solo.handle(event)
}

#[test]
fn what_a_view_says_of_calling_somebody_is_what_the_machine_does() {
    for stage in &STAGES {
        for who in ["bob", "eve"] {
            let mut solo = reach(stage, CallType::Video, true);
            let (before, conversation_id) = (solo.view(), people::conversation("ada", who));
            let peer = people::user(who);
            let call = UserEvent::Call {
                conversation_id: conversation_id.clone(),
                peer,
                call_type: CallType::Video,
            };
            let orders = solo.handle(Event::User(call));
            let (after, name) = (solo.view(), stage.name);
            match before.on_call(&conversation_id) {
                OnCall::Places if stage.name.starts_with("reloaded") => {
                    assert_eq!(after, before, "calling {who} before the snapshot");
                }
                OnCall::Places => assert_ne!(after, before, "calling {who} while `{name}` is ignored"),
                OnCall::Answers(id) => {
                    assert_eq!(
                        after.party().and_then(|party| party.call_id.as_ref()),
                        id,
                        "calling {who}: `{name}`"
                    );
                    assert!(
                        matches!(after, CallView::Incoming(_)),
                        "calling {who} while `{name}` leads to {after:?}"
                    );
                }
                OnCall::Refused => assert_eq!((orders, &after), (vec![], &before), "calling {who}: `{name}`"),
            }
        }
    }
}

#[test]
fn no_event_in_any_stage_breaks_a_rule() {
    for stage in &STAGES {
        for call_type in [CallType::Audio, CallType::Video] {
            for reliable in [true, false] {
                for (name, event) in events::all(&reach(stage, call_type, reliable), stage.epoch) {
                    let mut solo = reach(stage, call_type, reliable);
                    let _case = Case(stage.name, vec![&name]);
                    said(&mut solo, event);
                    // Whatever happened: time goes on, and every wait comes to an end.
                    solo.pass(300_000);
                }
            }
        }
    }
}

#[test]
fn no_two_events_in_any_stage_break_a_rule() {
    let all = std::env::var_os("CALL_CORE_ALL_PAIRS").is_some();
    let step = if all { 1 } else { STRIDE };
    for stage in &STAGES {
        let events = events::all(&reach(stage, CallType::Video, true), stage.epoch);
        for (at, (first_name, first)) in events.iter().enumerate() {
            for (second_name, second) in events.iter().skip(if all { 0 } else { at % STRIDE }).step_by(step) {
                let _case = Case(stage.name, vec![first_name, second_name]);
                let mut solo = reach(stage, CallType::Video, true);
                said(&mut solo, first.clone());
                said(&mut solo, second.clone());
            }
        }
    }
}

#[test]
fn each_stage_reacts_as_the_table_says() {
    let mut table = String::from(HEAD);
    for (column, stage) in STAGES.iter().enumerate() {
        writeln!(table, "{}{}", "| ".repeat(column), stage.name).unwrap();
    }
    let found: Vec<Vec<(String, &str)>> = STAGES.iter().map(reactions).collect();
    for (at, (name, _)) in found[0].iter().enumerate() {
        let row: Vec<&str> = found.iter().map(|column| column[at].1).collect();
        writeln!(table, "{}   {name}", row.join(" ")).unwrap();
    }
    let wanted = include_str!("reactions.txt");
    if table != wanted {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/reactions.txt");
        std::fs::write(path, &table).unwrap();
        let mut lines = table.lines().zip(wanted.lines());
        let first = lines.find(|(now, then)| now != then);
        panic!("the table has changed, first at {first:?}; read {path} and, if it is right, put it in place");
    }
}
