//! Who may do what to a call, and what happens to it. Pure: facts in, a decision out. The server calls these
//! functions inside one transaction, and the simulated server of the client's tests calls the same ones. Never
//! reads a clock, a database, a configuration or a socket, and knows no HTTP: a refusal has an error code.

mod answer;
mod contacts;
mod door;
mod end;
mod ending;
mod initiate;
mod media;
mod moment;
mod news;
mod record;
mod refresh;
mod refusal;
mod relay;
mod signal;
mod step;
mod sweep;
#[cfg(test)]
mod table;
mod timings;
mod transition;

pub use answer::answer;
pub use contacts::ContactSide;
pub use door::{Terms, Uninvited, door, invitation};
pub use end::{decline, end, leave, silence};
pub use ending::{Connection, over};
pub use initiate::{InitiateFacts, initiate};
pub use media::report_media;
pub use moment::Moment;
pub use news::{News, news};
pub use record::{Address, Asker, CallRecord, Life, Manner, NO_DEVICE, Parted, SeatRecord, other};
pub use refresh::{Shown, Spent, TokenFamily, Verdict, refresh};
pub use refusal::{Denial, Refusal};
pub use relay::{PROBE, RelayRefusal, common_call, is_probe_of, may_allocate, may_keep};
pub use signal::{Route, SignalFacts, signal};
pub use step::{Begin, Ending, Seating, Situation, Step};
pub use sweep::sweep;
pub use timings::{RELOAD_TIME, Timings};

use call_protocol::CallRole;
use std::time::Duration;

/// A live call: its record, and what is known about the devices in its seats.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The call.
    pub record: &'a CallRecord,
    /// What is known about the caller's device.
    pub caller: Option<Life>,
    /// What is known about the callee's device; none while it only rings.
    pub callee: Option<Life>,
    /// What is known about its connection.
    pub connection: Connection,
}

impl Standing<'_> {
    /// What is known about a side's device.
    pub fn life(&self, role: CallRole) -> Option<Life> {
        match role {
            CallRole::Caller => self.caller,
            CallRole::Callee => self.callee,
        }
    }

    /// Whether the lease of a side's device has expired.
    pub fn is_dead(&self, role: CallRole, lease: Duration) -> bool {
        self.life(role).is_some_and(|life| life.silent >= lease)
    }
}

/// Whether the asker's device may act for a seat: the device in it, or any device of a user whose client named
/// none when it took the seat.
fn sits_in(seat: &SeatRecord, asker: &Asker) -> bool {
    seat.user == asker.user && (!seat.leased || seat.device.as_ref() == Some(&asker.device))
}
