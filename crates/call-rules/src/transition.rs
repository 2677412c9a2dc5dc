//! The record of a call after a step: the only description of every transition. The server's store writes the
//! result to its rows, and the simulated server keeps it in memory. Never decides whether a step is allowed.

use crate::{Address, CallRecord, Ending, Moment, SeatRecord, Seating, Step};
use call_protocol::{CallId, CallStatus, CallType, ConversationId, User};
use std::time::Duration;

impl CallRecord {
    /// A call that never rings: nobody has a seat in it, and it has no version.
    pub fn unrung(
        id: &CallId,
        conversation: &ConversationId,
        call_type: CallType,
        (caller, callee): (&User, &User),
        at: Moment,
    ) -> Self {
        Self {
            id: id.clone(),
            conversation_id: conversation.clone(),
            call_type,
            status: CallStatus::Missed,
            started_at: None,
            ended_at: None,
            error_reason: None,
            created_at: at,
            updated_at: at,
            caller: caller.clone(),
            callee: callee.clone(),
            ring_deadline: None,
            version: 0,
            seats: Vec::new(),
        }
    }

    /// The same call when it begins to ring: the caller's device has a seat, and the callee has one without a
    /// device.
    #[must_use]
    pub fn ringing(self, seating: &Seating, addresses: (Address, Address), ring: Duration) -> Self {
        let at = self.created_at;
        let callee = empty_seat(&self.callee, addresses.1);
        Self {
            status: CallStatus::Ringing,
            ring_deadline: Some(at.plus(ring)),
            version: 1,
            seats: vec![seated(empty_seat(&self.caller, addresses.0), seating, at), callee],
            ..self
        }
    }

    /// The call after a step at this time.
    #[must_use]
    pub fn after(&self, step: &Step, at: Moment) -> Self {
        match step {
            Step::Stay => self.clone(),
            Step::Answer(seating) => self.answered(seating, at),
            Step::Start => Self { started_at: Some(at), updated_at: at, ..self.next() },
            Step::End(ending) => self.ended(ending, at),
        }
    }

    /// The call after it has ended.
    #[must_use]
    pub fn ended(&self, ending: &Ending, at: Moment) -> Self {
        let seats = self.seats.iter().cloned().map(|seat| SeatRecord { left: true, ..seat });
        Self {
            status: ending.status,
            ended_at: Some(ending.ended_at),
            error_reason: ending.reason,
            updated_at: at,
            seats: seats.collect(),
            ..self.next()
        }
    }

    /// The callee's device takes the free seat. A client that names no device reports no media, so its answer
    /// starts the clock.
    fn answered(&self, seating: &Seating, at: Moment) -> Self {
        let seats = self.seats.iter().cloned().map(|seat| {
            let is_free = seat.user == self.callee.id && seat.device.is_none();
            if is_free { seated(seat, seating, at) } else { seat }
        });
        Self {
            status: CallStatus::Active,
            started_at: (!seating.leased).then_some(at),
            updated_at: at,
            seats: seats.collect(),
            ..self.next()
        }
    }

    /// The same with the next version; a call that never rang has none.
    fn next(&self) -> Self {
        Self { version: self.version + i64::from(self.ring_deadline.is_some()), ..self.clone() }
    }
}

fn empty_seat(user: &User, address: Address) -> SeatRecord {
    SeatRecord {
        user: user.id.clone(),
        address,
        device: None,
        label: None,
        leased: true,
        left: false,
        last_seen: None,
        media_seen: None,
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
