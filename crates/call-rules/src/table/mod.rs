//! The rules as tables: every status, role and device against everything that can happen. The people are here,
//! the tables in the modules.

mod hearing;
mod relays;
mod sweeps;
mod verbs;
mod wishes;

use super::Denial;
use crate::{Address, Asker, CallRecord, Life, Manner, Moment, Parted, SeatRecord, Step};
use call_protocol::{CallStatus, CallType, ConversationId, DeviceId, User, UserId};
use std::time::Duration;

const NOW: Moment = Moment(1_767_225_600_000);
const ALIVE: Option<Life> = Some(LIFE);
const LIFE: Life = Life {
    connected: true,
    silent: Duration::from_secs(5),
    last_proof: Some(NOW),
    parted: None,
    media: None,
};
const DEAD: Option<Life> = Some(Life { connected: false, silent: Duration::from_secs(31), ..LIFE });
/// Devices whose socket broke a second ago or a while ago, or whose page said that it was being closed.
const CUT_OFF: Option<Life> = gone(Manner::Lost, 1);
const CRASHED: Option<Life> = gone(Manner::Lost, 4);
const LEFT: Option<Life> = gone(Manner::Left, 3);

const fn gone(manner: Manner, seconds: u64) -> Option<Life> {
    let parted = Some(Parted { manner, ago: Duration::from_secs(seconds) });
    Some(Life { connected: false, parted, ..LIFE })
}

/// The same, while the other side reports media from it.
fn sends(life: Option<Life>, seconds_ago: u64) -> Option<Life> {
    life.map(|life| Life { media: Some(Duration::from_secs(seconds_ago)), ..life })
}

/// Ann calls Ben from her laptop; he answers on his phone. Both have a second device, and Eve is a stranger.
const LAPTOP: (&str, &str) = ("ann", "laptop");
const ANNS_TABLET: (&str, &str) = ("ann", "tablet");
const PHONE: (&str, &str) = ("ben", "phone");
const BENS_TABLET: (&str, &str) = ("ben", "tablet");
const BENS_WATCH: (&str, &str) = ("ben", "watch");
const EVE: (&str, &str) = ("eve", "laptop");

fn asker((user, device): (&str, &str)) -> Asker {
    Asker { user: UserId::from(user), device: DeviceId::from(device) }
}

fn user(name: &str) -> User {
    User {
        id: UserId::from(name),
        username: name.to_owned(),
        display_name: name.to_owned(),
        display_picture_url: None,
    }
}

fn seat((user, device): (&str, &str), rung: bool) -> SeatRecord {
    SeatRecord {
        user: UserId::from(user),
        device: (!rung).then(|| DeviceId::from(device)),
        label: None,
        leased: true,
        left: false,
        last_seen: None,
        media_seen: None,
        address: Address::Shown,
    }
}

fn record(status: CallStatus) -> CallRecord {
    record_of("call", status, LAPTOP, PHONE)
}

fn record_of(id: &str, status: CallStatus, caller: (&str, &str), callee: (&str, &str)) -> CallRecord {
    let rung = status != CallStatus::Active;
    CallRecord {
        id: id.into(),
        conversation_id: ConversationId::from("k"),
        call_type: CallType::Audio,
        status,
        started_at: None,
        ended_at: None,
        error_reason: None,
        created_at: NOW.minus(Duration::from_secs(60)),
        updated_at: NOW,
        caller: user(caller.0),
        callee: user(callee.0),
        ring_deadline: Some(NOW.plus(Duration::from_secs(10))),
        version: 1,
        seats: vec![seat(caller, false), seat(callee, rung)],
    }
}

fn talking() -> CallRecord {
    let mut record = record(CallStatus::Active);
    record.started_at = Some(NOW.minus(Duration::from_secs(30)));
    record
}

/// A step in one word: the new status, or why not.
fn word(decision: Result<Step, Denial>) -> String {
    match decision {
        Ok(Step::Stay) => "as before".to_owned(),
        Ok(Step::Answer(_)) => "active".to_owned(),
        Ok(Step::Start) => "started".to_owned(),
        Ok(Step::End(ending)) => match ending.reason {
            Some(reason) => format!("{} {}", ending.status, reason.as_str()),
            None => ending.status.to_string(),
        },
        Err(denial) => denial.refusal.as_str().to_owned(),
    }
}
