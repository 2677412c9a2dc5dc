//! The table of what happens to a request to call.

use super::{
    ALIVE, ANNS_TABLET, BENS_TABLET, CRASHED, CUT_OFF, DEAD, EVE, LAPTOP, LEFT, NOW, PHONE, asker, record,
    record_of, sends, talking, word,
};
use crate::{Begin, Connection, Ending, InitiateFacts, NO_DEVICE, Refusal, Standing, end, initiate, over};
use call_protocol::{CallStatus, DeviceId, EndReason, UserId};
use std::time::Duration;

/// What prevents a call, if anything.
#[derive(Clone, Copy)]
struct Way<'a> {
    here: Option<Standing<'a>>,
    caller_elsewhere: Option<Standing<'a>>,
    callee_elsewhere: Option<Standing<'a>>,
    online: bool,
    blocks: bool,
    blocked: bool,
    unwanted: bool,
}

const FREE: Way<'_> = Way {
    here: None,
    caller_elsewhere: None,
    callee_elsewhere: None,
    online: true,
    blocks: false,
    blocked: false,
    unwanted: false,
};

fn wish((name, device): (&str, &str), way: Way<'_>) -> String {
    let callee = UserId::from(if name == "ann" { "ben" } else { "ann" });
    let facts = InitiateFacts {
        asker: &asker((name, device)),
        callee: &callee,
        unrung: &record(CallStatus::Missed),
        calls_enabled: true,
        acquainted: true,
        callee_online: way.online,
        blocks: way.blocks,
        blocked: way.blocked,
        unwanted: way.unwanted,
        here: way.here,
        caller_elsewhere: way.caller_elsewhere,
        callee_elsewhere: way.callee_elsewhere,
        lease: Duration::from_secs(30),
        seat_lost: Duration::from_secs(3),
        media_proof: Duration::from_secs(12),
        now: NOW,
    };
    match initiate(&facts) {
        Ok(Begin::Join) => "joins".to_owned(),
        Ok(Begin::Same) => "same".to_owned(),
        Ok(Begin::Busy(ending)) => written("busy", &ending),
        Ok(Begin::Silenced(ending)) => written("silenced", &ending),
        Ok(Begin::Ring { end_first }) => end_first.iter().fold("rings".to_owned(), |text, ending| {
            let reason = ending.reason.map_or("", EndReason::as_str);
            format!("{text} after {} {} {reason}", ending.metadata.call_id, ending.status)
        }),
        Err(denial) => denial.refusal.as_str().to_owned(),
    }
}

fn written(word: &str, ending: &Ending) -> String {
    format!("{word}, {} {}", ending.status, ending.reason.map_or("", EndReason::as_str))
}

#[test]
fn what_becomes_of_a_wish_to_call() {
    let (ringing, active, talking) = (record(CallStatus::Ringing), record(CallStatus::Active), talking());
    let stands =
        |record, caller, callee| Some(Standing { record, caller, callee, connection: Connection::Reported });
    let here = |standing| Way { here: standing, ..FREE };
    for (who, way, expected) in [
        (LAPTOP, FREE, "rings"),
        (LAPTOP, Way { online: false, ..FREE }, "peer_offline"),
        // It already rings.
        (LAPTOP, here(stands(&ringing, ALIVE, None)), "same"),
        (LAPTOP, here(stands(&ringing, DEAD, None)), "same"),
        (ANNS_TABLET, here(stands(&ringing, ALIVE, None)), "already_in_call"),
        (ANNS_TABLET, here(stands(&ringing, DEAD, None)), "rings after call missed replaced"),
        (PHONE, here(stands(&ringing, ALIVE, None)), "joins"),
        (BENS_TABLET, here(stands(&ringing, ALIVE, None)), "joins"),
        (PHONE, here(stands(&ringing, DEAD, None)), "rings after call missed caller_gone"),
        // They are already talking.
        (LAPTOP, here(stands(&active, ALIVE, ALIVE)), "same"),
        (PHONE, here(stands(&active, ALIVE, ALIVE)), "same"),
        (ANNS_TABLET, here(stands(&active, ALIVE, ALIVE)), "already_in_call"),
        (BENS_TABLET, here(stands(&active, ALIVE, ALIVE)), "already_in_call"),
        (ANNS_TABLET, here(stands(&active, ALIVE, DEAD)), "already_in_call"),
        (ANNS_TABLET, here(stands(&active, DEAD, ALIVE)), "rings after call failed replaced"),
        (BENS_TABLET, here(stands(&active, ALIVE, DEAD)), "rings after call failed replaced"),
        (BENS_TABLET, here(stands(&talking, ALIVE, DEAD)), "rings after call ended replaced"),
        (EVE, here(stands(&active, ALIVE, ALIVE)), "no_conversation"),
        // The page in the seat is gone: its person may start over from another one, at once.
        (ANNS_TABLET, here(stands(&ringing, CUT_OFF, None)), "rings after call missed replaced"),
        (ANNS_TABLET, here(stands(&talking, CUT_OFF, ALIVE)), "rings after call ended replaced"),
        (BENS_TABLET, here(stands(&active, ALIVE, LEFT)), "rings after call failed replaced"),
        (BENS_TABLET, here(stands(&active, CRASHED, ALIVE)), "already_in_call"),
        (LAPTOP, here(stands(&talking, CUT_OFF, ALIVE)), "same"),
    ] {
        assert_eq!(wish(who, way), expected, "{who:?}");
    }
}

#[test]
fn who_is_in_another_call_is_busy_unless_that_call_is_dead() {
    let carol = ("carol", "pad");
    let mine = record_of("mine", CallStatus::Active, LAPTOP, carol);
    let mine_rings = record_of("mine", CallStatus::Ringing, carol, LAPTOP);
    let theirs = record_of("theirs", CallStatus::Active, PHONE, carol);
    let theirs_rings = record_of("theirs", CallStatus::Ringing, carol, PHONE);
    let stands =
        |record, caller, callee| Some(Standing { record, caller, callee, connection: Connection::Reported });
    let elsewhere = |standing| Way { caller_elsewhere: standing, ..FREE };
    let callee = |standing| Way { callee_elsewhere: standing, ..FREE };
    let both = Way {
        caller_elsewhere: stands(&mine, DEAD, ALIVE),
        callee_elsewhere: stands(&theirs, DEAD, ALIVE),
        ..FREE
    };
    for (way, expected) in [
        (elsewhere(stands(&mine, ALIVE, ALIVE)), "already_in_call"),
        (elsewhere(stands(&mine, ALIVE, DEAD)), "already_in_call"),
        (elsewhere(stands(&mine, DEAD, ALIVE)), "rings after mine failed replaced"),
        (elsewhere(stands(&mine_rings, ALIVE, None)), "already_in_call"),
        (elsewhere(stands(&mine_rings, DEAD, None)), "rings after mine missed caller_gone"),
        (callee(stands(&theirs, ALIVE, ALIVE)), "busy, missed busy"),
        (callee(stands(&theirs, ALIVE, DEAD)), "busy, missed busy"),
        (callee(stands(&theirs, DEAD, ALIVE)), "rings after theirs failed lease_expired"),
        (elsewhere(stands(&mine, CUT_OFF, ALIVE)), "rings after mine failed replaced"),
        (callee(stands(&theirs, CUT_OFF, ALIVE)), "busy, missed busy"),
        (callee(stands(&theirs, CRASHED, ALIVE)), "rings after theirs failed left"),
        (callee(stands(&theirs, sends(CRASHED, 11), ALIVE)), "busy, missed busy"),
        (callee(stands(&theirs, sends(CRASHED, 12), ALIVE)), "rings after theirs failed left"),
        (callee(stands(&theirs, ALIVE, CRASHED)), "busy, missed busy"),
        (callee(stands(&theirs_rings, ALIVE, None)), "busy, missed busy"),
        (callee(stands(&theirs_rings, DEAD, None)), "rings after theirs missed caller_gone"),
        (both, "rings after mine failed replaced after theirs failed lease_expired"),
        (Way { online: false, ..callee(stands(&theirs, ALIVE, ALIVE)) }, "peer_offline"),
    ] {
        assert_eq!(wish(LAPTOP, way), expected);
    }
}

#[test]
fn who_is_blocked_or_unwanted_learns_no_more_than_of_somebody_offline() {
    let carol = ("carol", "pad");
    let (ringing, active) = (record(CallStatus::Ringing), record(CallStatus::Active));
    let mine = record_of("mine", CallStatus::Active, LAPTOP, carol);
    let theirs = record_of("theirs", CallStatus::Active, PHONE, carol);
    let stands =
        |record, caller, callee| Some(Standing { record, caller, callee, connection: Connection::Reported });
    for way in [
        FREE,
        Way { callee_elsewhere: stands(&theirs, ALIVE, ALIVE), ..FREE },
        Way { caller_elsewhere: stands(&mine, ALIVE, ALIVE), ..FREE },
        Way { here: stands(&ringing, ALIVE, None), ..FREE },
        Way { here: stands(&active, ALIVE, ALIVE), ..FREE },
    ] {
        let offline = match wish(LAPTOP, Way { online: false, ..way }).as_str() {
            "peer_offline" => "blocked".to_owned(),
            earlier => earlier.to_owned(),
        };
        assert_eq!(wish(LAPTOP, Way { blocked: true, ..way }), offline);
        let gone = Way { online: false, blocked: true, unwanted: true, ..way };
        assert_eq!(wish(LAPTOP, gone), wish(LAPTOP, Way { online: false, ..way }));
    }
    let busy = Way { callee_elsewhere: stands(&theirs, ALIVE, ALIVE), ..FREE };
    for (way, expected) in [
        (Way { unwanted: true, ..FREE }, "silenced, missed no_answer"),
        (Way { unwanted: true, ..busy }, "silenced, missed no_answer"),
        (Way { unwanted: true, blocked: true, ..FREE }, "blocked"),
        (Way { unwanted: true, here: stands(&ringing, ALIVE, None), ..FREE }, "same"),
    ] {
        assert_eq!(wish(LAPTOP, way), expected);
    }
    // The one who blocked calls: whoever is blocked may answer by calling back.
    assert_eq!(wish(PHONE, Way { blocked: true, here: stands(&ringing, ALIVE, None), ..FREE }), "joins");
}

#[test]
fn a_client_that_names_no_device_is_taken_over_by_its_own_user_only() {
    let mut record = record(CallStatus::Active);
    record.seats[0].leased = false;
    record.seats[0].device = Some(DeviceId::from(NO_DEVICE));
    let here = Way {
        here: Some(Standing {
            record: &record,
            caller: ALIVE,
            callee: ALIVE,
            connection: Connection::Reported,
        }),
        ..FREE
    };
    assert_eq!(wish(("ann", NO_DEVICE), here), "rings after call failed replaced");
    assert_eq!(wish(LAPTOP, here), "rings after call failed replaced");
    assert_eq!(wish(PHONE, here), "same");
    // Any device of its user may speak for it.
    assert_eq!(word(end((&record, Connection::Reported), &asker(LAPTOP), None, NOW)), "failed cancelled");
    assert_eq!(
        word(end((&record, Connection::Reported), &asker(BENS_TABLET), None, NOW)),
        "answered_elsewhere"
    );
}

#[test]
fn strangers_and_switched_off_calls_are_refused_before_anything_else() {
    let (asker, callee, unrung) = (asker(LAPTOP), UserId::from("ben"), record(CallStatus::Missed));
    let facts = InitiateFacts {
        asker: &asker,
        callee: &callee,
        unrung: &unrung,
        calls_enabled: false,
        acquainted: false,
        callee_online: false,
        blocks: false,
        blocked: false,
        unwanted: false,
        here: None,
        caller_elsewhere: None,
        callee_elsewhere: None,
        lease: Duration::from_secs(30),
        seat_lost: Duration::from_secs(3),
        media_proof: Duration::from_secs(12),
        now: NOW,
    };
    assert_eq!(initiate(&facts).unwrap_err().refusal, Refusal::CallsDisabled);
    let facts = InitiateFacts { calls_enabled: true, ..facts };
    assert_eq!(initiate(&facts).unwrap_err().refusal, Refusal::NoConversation);
}

#[test]
fn nobody_calls_whom_they_block_not_even_to_answer() {
    let ringing = record(CallStatus::Ringing);
    let here =
        Some(Standing { record: &ringing, caller: ALIVE, callee: None, connection: Connection::Reported });
    assert_eq!(wish(LAPTOP, Way { blocks: true, ..FREE }), "blocked_by_you");
    assert_eq!(wish(PHONE, Way { blocks: true, here, ..FREE }), "blocked_by_you");
}

#[test]
fn what_the_other_person_hears_of_is_counted_and_who_rings_or_joins_has_a_seat() {
    let missed = || Box::new(over(&record(CallStatus::Missed), CallStatus::Missed, None, NOW));
    for (begin, reaches, seats, rings) in [
        (Begin::Ring { end_first: Vec::new() }, true, true, true),
        (Begin::Join, false, true, false),
        (Begin::Same, false, false, false),
        (Begin::Busy(missed()), true, false, false),
        (Begin::Silenced(missed()), true, false, false),
    ] {
        let found = (begin.reaches_the_callee(), begin.takes_a_seat(), begin.rings());
        assert_eq!(found, (reaches, seats, rings), "{begin:?}");
    }
}
