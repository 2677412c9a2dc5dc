//! The table of what a device may do to an existing call.

use super::{ANNS_TABLET, BENS_TABLET, BENS_WATCH, EVE, LAPTOP, NOW, PHONE, asker, record, talking, word};
use crate::{
    Address, Asker, CallRecord, Connection, Denial, NO_DEVICE, Route, Seating, SignalFacts, Step, answer,
    decline, end, leave, report_media, signal,
};
use call_protocol::{CallRole, CallStatus, DeviceId, EndReason, UserId};

const DEVICES: [(&str, &str); 5] = [LAPTOP, ANNS_TABLET, PHONE, BENS_TABLET, EVE];

fn check(
    what: &str,
    decide: impl Fn(&CallRecord, &Asker) -> Result<Step, Denial>,
    table: [(CallStatus, [&str; 5]); 6],
) {
    for (status, row) in table {
        for (device, expected) in DEVICES.into_iter().zip(row) {
            assert_eq!(
                word(decide(&record(status), &asker(device))),
                expected,
                "{what}, {status}, {device:?}"
            );
        }
    }
}

#[test]
fn who_may_answer() {
    let seating = Seating { device: DeviceId::from("phone"), label: None, leased: true };
    let over = ["wrong_state", "wrong_state", "wrong_state", "wrong_state", "no_call"];
    check(
        "answer",
        |record, asker| answer(record, asker, seating.clone()),
        [
            (CallStatus::Ringing, ["wrong_state", "wrong_state", "active", "active", "no_call"]),
            (
                CallStatus::Active,
                ["wrong_state", "wrong_state", "as before", "answered_elsewhere", "no_call"],
            ),
            (CallStatus::Ended, over),
            (CallStatus::Declined, over),
            (CallStatus::Missed, over),
            (CallStatus::Failed, over),
        ],
    );
}

#[test]
fn who_may_decline() {
    let over = ["wrong_state", "wrong_state", "wrong_state", "wrong_state", "no_call"];
    check(
        "decline",
        |record, asker| decline(record, asker, NOW),
        [
            (CallStatus::Ringing, ["wrong_state", "wrong_state", "declined", "declined", "no_call"]),
            (
                CallStatus::Active,
                ["wrong_state", "wrong_state", "wrong_state", "answered_elsewhere", "no_call"],
            ),
            (CallStatus::Ended, over),
            (CallStatus::Declined, ["wrong_state", "wrong_state", "as before", "as before", "no_call"]),
            (CallStatus::Missed, over),
            (CallStatus::Failed, over),
        ],
    );
}

#[test]
fn who_may_end_and_what_that_makes_of_it() {
    let over = ["as before", "as before", "as before", "as before", "no_call"];
    check(
        "end",
        |record, asker| end((record, Connection::Reported), asker, None, NOW),
        [
            (
                CallStatus::Ringing,
                ["missed cancelled", "answered_elsewhere", "declined", "declined", "no_call"],
            ),
            (
                CallStatus::Active,
                [
                    "failed cancelled",
                    "answered_elsewhere",
                    "failed cancelled",
                    "answered_elsewhere",
                    "no_call",
                ],
            ),
            (CallStatus::Ended, over),
            (CallStatus::Declined, over),
            (CallStatus::Missed, over),
            (CallStatus::Failed, over),
        ],
    );
    assert_eq!(word(end((&talking(), Connection::Reported), &asker(PHONE), None, NOW)), "ended");
    let lost = Some(EndReason::ConnectionLost);
    assert_eq!(
        word(end((&talking(), Connection::Reported), &asker(PHONE), lost, NOW)),
        "ended connection_lost"
    );
    assert_eq!(
        word(end((&record(CallStatus::Active), Connection::Reported), &asker(PHONE), lost, NOW)),
        "failed connection_lost"
    );
    for not_theirs in [
        EndReason::Busy,
        EndReason::NoAnswer,
        EndReason::LeaseExpired,
        EndReason::Replaced,
        EndReason::Unknown,
    ] {
        assert_eq!(
            word(end((&talking(), Connection::Reported), &asker(PHONE), Some(not_theirs), NOW)),
            "ended"
        );
    }
}

#[test]
fn somebody_who_leaves_for_good_ends_their_call_from_whatever_device_has_it() {
    let over = ["as before", "as before", "as before", "as before", "no_call"];
    let missed = "missed cancelled";
    let failed = "failed cancelled";
    check(
        "leave",
        |record, asker| leave((record, Connection::Reported), &asker.user, NOW),
        [
            (CallStatus::Ringing, [missed, missed, "declined", "declined", "no_call"]),
            (CallStatus::Active, [failed, failed, failed, failed, "no_call"]),
            (CallStatus::Ended, over),
            (CallStatus::Declined, over),
            (CallStatus::Missed, over),
            (CallStatus::Failed, over),
        ],
    );
    assert_eq!(word(leave((&talking(), Connection::Reported), &asker(BENS_TABLET).user, NOW)), "ended");
}

#[test]
fn whose_report_of_media_counts() {
    let over = ["wrong_state", "wrong_state", "wrong_state", "wrong_state", "no_call"];
    check(
        "media",
        report_media,
        [
            (CallStatus::Ringing, over),
            (
                CallStatus::Active,
                ["started", "answered_elsewhere", "started", "answered_elsewhere", "no_call"],
            ),
            (CallStatus::Ended, over),
            (CallStatus::Declined, over),
            (CallStatus::Missed, over),
            (CallStatus::Failed, over),
        ],
    );
    assert_eq!(word(report_media(&talking(), &asker(LAPTOP))), "as before");
}

#[test]
fn whose_signals_pass_and_to_whom() {
    let (phone, also) = (DeviceId::from("phone"), [DeviceId::from("watch")]);
    let route = |status, device, may_warm, to: Option<&str>| {
        let (record, asker, to) = (record(status), asker(device), to.map(DeviceId::from));
        let facts = SignalFacts {
            record: &record,
            asker: &asker,
            may_warm,
            warm_device: may_warm.then_some(&phone),
            also_warm: if may_warm { &also } else { &[] },
            to_device: to.as_ref(),
        };
        match signal(&facts) {
            Ok(Route::To(device)) => format!("to {device}"),
            Ok(Route::ToAll) => "to all".to_owned(),
            Ok(Route::Nobody) => "dropped".to_owned(),
            Err(denial) => denial.refusal.as_str().to_owned(),
        }
    };
    let (ringing, active) = (CallStatus::Ringing, CallStatus::Active);
    for (status, device, may_warm, to, expected) in [
        (ringing, LAPTOP, true, None, "to all"),
        (ringing, LAPTOP, true, Some("phone"), "to phone"),
        (ringing, LAPTOP, true, Some("tablet"), "to tablet"),
        (ringing, LAPTOP, false, Some("phone"), "dropped"),
        (ringing, ANNS_TABLET, true, None, "answered_elsewhere"),
        (ringing, PHONE, true, None, "to laptop"),
        (ringing, PHONE, true, Some("tablet"), "dropped"),
        (ringing, PHONE, false, None, "wrong_state"),
        (ringing, BENS_TABLET, true, None, "wrong_state"),
        (ringing, BENS_WATCH, true, None, "to laptop"),
        (ringing, BENS_WATCH, false, None, "wrong_state"),
        (ringing, EVE, true, None, "no_call"),
        (active, LAPTOP, true, None, "to phone"),
        (active, LAPTOP, false, None, "to phone"),
        (active, LAPTOP, true, Some("phone"), "to phone"),
        (active, LAPTOP, true, Some("tablet"), "dropped"),
        (active, PHONE, true, None, "to laptop"),
        (active, ANNS_TABLET, true, None, "answered_elsewhere"),
        (active, BENS_TABLET, true, None, "answered_elsewhere"),
        (active, EVE, true, None, "no_call"),
    ] {
        assert_eq!(route(status, device, may_warm, to), expected, "{status} {device:?} {may_warm} {to:?}");
    }
    for over in [CallStatus::Ended, CallStatus::Declined, CallStatus::Missed, CallStatus::Failed] {
        assert_eq!(route(over, LAPTOP, true, None), "wrong_state");
        assert_eq!(route(over, EVE, true, None), "no_call");
    }
}

#[test]
fn a_seat_without_a_name_is_the_person_and_signals_for_it_go_to_all_of_them() {
    let phone = DeviceId::from("phone");
    let nameless = |status, role: CallRole| {
        let mut record = record(status);
        let user = record.person(role).id.clone();
        for seat in record.seats.iter_mut().filter(|seat| seat.user == user) {
            seat.leased = false;
            seat.device = seat.device.as_ref().map(|_| DeviceId::from(NO_DEVICE));
        }
        record
    };
    let callee = nameless(CallStatus::Active, CallRole::Callee);
    let caller = nameless(CallStatus::Active, CallRole::Caller);
    let calls = nameless(CallStatus::Ringing, CallRole::Caller);
    let from = |device: (&'static str, &'static str)| asker(device);
    let to_all = "to all";
    for (record, sender, named, expected) in [
        (&callee, from(LAPTOP), None, to_all),
        (&callee, from(LAPTOP), Some("phone"), to_all),
        (&callee, from(LAPTOP), Some(NO_DEVICE), to_all),
        (&callee, from(PHONE), None, "to laptop"),
        (&callee, from(("ben", NO_DEVICE)), None, "to laptop"),
        (&callee, from(EVE), None, "no_call"),
        (&caller, from(PHONE), None, to_all),
        (&caller, from(PHONE), Some("laptop"), to_all),
        (&caller, from(ANNS_TABLET), None, "to phone"),
        (&calls, from(("ann", NO_DEVICE)), None, to_all),
        (&calls, from(LAPTOP), Some("phone"), "to phone"),
        (&calls, from(PHONE), None, "wrong_state"), // nobody is warmed by somebody without a name
    ] {
        let to = named.map(DeviceId::from);
        let warm = (record.status == CallStatus::Active).then_some(&phone);
        let facts = SignalFacts {
            record,
            asker: &sender,
            may_warm: true,
            warm_device: warm,
            also_warm: &[],
            to_device: to.as_ref(),
        };
        let found = match signal(&facts) {
            Ok(Route::To(device)) => format!("to {device}"),
            Ok(Route::ToAll) => to_all.to_owned(),
            Ok(Route::Nobody) => "dropped".to_owned(),
            Err(denial) => denial.refusal.as_str().to_owned(),
        };
        assert_eq!(found, expected, "{sender:?} to {named:?}");
    }
}

#[test]
fn while_it_rings_nothing_passes_between_people_of_whom_one_hides_unless_it_is_said_only_once() {
    use CallRole::{Callee, Caller};
    for (hides, named, expected) in [
        (&[][..], true, "nobody"), // not to be warmed for another reason
        (&[Callee][..], true, "nobody"),
        (&[Caller][..], true, "nobody"),
        (&[][..], false, "nobody"),
        (&[Callee][..], false, "to all"), // it waits at the callee, and is of the caller's own address
        (&[Caller][..], false, "nobody"),
        (&[Caller, Callee][..], false, "nobody"),
    ] {
        let mut record = record(CallStatus::Ringing);
        for role in hides {
            let user = record.person(*role).id.clone();
            record
                .seats
                .iter_mut()
                .filter(|seat| seat.user == user)
                .for_each(|seat| seat.address = Address::Relayed);
        }
        let caller = if named { asker(LAPTOP) } else { asker(("ann", NO_DEVICE)) };
        record.seats[0].leased = named;
        let facts = SignalFacts {
            record: &record,
            asker: &caller,
            may_warm: false,
            warm_device: None,
            also_warm: &[],
            to_device: None,
        };
        let found = match signal(&facts) {
            Ok(Route::To(_)) => "to one",
            Ok(Route::ToAll) => "to all",
            Ok(Route::Nobody) => "nobody",
            Err(_) => "refused",
        };
        assert_eq!(found, expected, "{hides:?} {named}");
    }
}

#[test]
fn only_the_two_people_of_a_call_are_shown_it() {
    let record = record(CallStatus::Active);
    assert_eq!(answer_denial(&record, EVE).call, None);
    assert!(answer_denial(&record, BENS_TABLET).call.is_some());
    assert_eq!(record.role_of(&UserId::from("ann")), Some(CallRole::Caller));
}

fn answer_denial(record: &CallRecord, device: (&str, &str)) -> Denial {
    end((record, Connection::Reported), &asker(device), None, NOW).unwrap_err()
}

#[test]
fn a_call_whose_clock_its_answer_started_failed_when_nothing_can_have_flowed() {
    let how = |connection, reason| word(end((&talking(), connection), &asker(PHONE), reason, NOW));
    let timeout = Some(EndReason::ConnectTimeout);
    assert_eq!(how(Connection::Reported, timeout), "ended connect_timeout");
    assert_eq!(how(Connection::Possible, timeout), "failed connect_timeout");
    assert_eq!(how(Connection::Possible, Some(EndReason::NegotiationFailed)), "failed negotiation_failed");
    assert_eq!(how(Connection::Possible, Some(EndReason::ConnectionLost)), "ended connection_lost");
    assert_eq!(how(Connection::Possible, None), "ended");
    assert_eq!(how(Connection::Impossible, None), "failed cancelled");
    assert_eq!(
        word(leave((&talking(), Connection::Impossible), &asker(PHONE).user, NOW)),
        "failed cancelled"
    );
}
