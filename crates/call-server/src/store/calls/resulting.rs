//! What a call is once a step of it is written: as the database would tell it, without asking again.
//! Never writes; whoever does holds the call's lock since it was read, so that nothing else has changed.

use crate::store::calls::new_call::NewCall;
use call_protocol::{CallStatus, User};
use call_rules::{Address, CallRecord, Ending, Moment, SeatRecord, Seating};

/// A call that was written just now: one that rings, or one that never will.
pub(in crate::store) fn began(
    new: &NewCall,
    (caller, callee): (&User, &User),
    addresses: (Address, Address),
    (status, at): (CallStatus, Moment),
) -> CallRecord {
    let rings = status.is_live();
    let nobodys = |(user, address): (&User, Address)| SeatRecord {
        user: user.id.clone(),
        address,
        device: None,
        label: None,
        leased: true,
        left: false,
        last_seen: None,
        media_seen: None,
    };
    let seats = if rings {
        vec![seated(nobodys((caller, addresses.0)), &new.seating, at), nobodys((callee, addresses.1))]
    } else {
        vec![]
    };
    CallRecord {
        id: new.id.clone(),
        conversation_id: new.conversation.clone(),
        call_type: new.call_type,
        status,
        started_at: None,
        ended_at: None,
        error_reason: None,
        created_at: at,
        updated_at: at,
        caller: caller.clone(),
        callee: callee.clone(),
        ring_deadline: rings.then(|| at.plus(new.ring)),
        version: i64::from(rings),
        seats,
    }
}

/// The call once the callee's device has taken it.
pub(in crate::store) fn answered(record: &CallRecord, seating: &Seating, at: Moment) -> CallRecord {
    let seats = record.seats.iter().cloned().map(|seat| {
        let takes = seat.user == record.callee.id && seat.device.is_none();
        if takes { seated(seat, seating, at) } else { seat }
    });
    CallRecord {
        status: CallStatus::Active,
        started_at: (!seating.leased).then_some(at),
        updated_at: at,
        seats: seats.collect(),
        ..next(record)
    }
}

/// The call once people talk.
pub(in crate::store) fn started(record: &CallRecord, at: Moment) -> CallRecord {
    CallRecord { started_at: Some(at), updated_at: at, ..next(record) }
}

/// The call once it is over.
pub(in crate::store) fn ended(record: &CallRecord, ending: &Ending, at: Moment) -> CallRecord {
    let seats = record.seats.iter().cloned().map(|seat| SeatRecord { left: true, ..seat });
    CallRecord {
        status: ending.status,
        ended_at: Some(ending.ended_at),
        error_reason: ending.reason,
        updated_at: at,
        seats: seats.collect(),
        ..next(record)
    }
}

fn seated(seat: SeatRecord, seating: &Seating, at: Moment) -> SeatRecord {
    SeatRecord {
        device: Some(seating.device.clone()),
        label: seating.label.clone(),
        leased: seating.leased,
        last_seen: Some(at),
        ..seat
    }
}

/// The same with the next version; a call that never rang has none.
fn next(record: &CallRecord) -> CallRecord {
    let version = record.version + i64::from(record.ring_deadline.is_some());
    CallRecord { version, ..record.clone() }
}
