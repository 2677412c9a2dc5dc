//! Who may do what to which call, and what becomes of it. Pure: facts in, a decision out. The server decides by these
//! functions inside one transaction, and the simulated server of the client's tests decides by the same ones.
//! Never reads a clock, a database, a configuration or a socket, and knows no HTTP: a refusal has an error code.

mod answer;
mod door;
mod end;
mod ending;
mod initiate;
mod media;
mod moment;
mod record;
mod refresh;
mod refusal;
mod signal;
mod step;
mod sweep;
#[cfg(test)]
mod table;
mod timings;
mod transition;

pub use answer::answer;
pub use door::{Terms, Uninvited, door, invitation};
pub use end::{decline, end, leave, silence};
pub use ending::{Connection, over};
pub use initiate::{InitiateFacts, initiate};
pub use media::report_media;
pub use moment::Moment;
pub use record::{Address, Asker, CallRecord, Life, Manner, NO_DEVICE, Parted, SeatRecord, other};
pub use refresh::{Shown, Spent, TokenFamily, Verdict, refresh};
pub use refusal::{Denial, Refusal};
pub use signal::{Route, SignalFacts, signal};
pub use step::{Begin, Ending, Seating, Situation, Step};
pub use sweep::sweep;
pub use timings::Timings;

use call_protocol::CallRole;
use std::time::Duration;

/// A live call as it stands: the row, and what is known of the life of those who sit in it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The call.
    pub record: &'a CallRecord,
    /// The life of the caller's seat.
    pub caller: Option<Life>,
    /// The life of the callee's seat; nothing while the callee is only rung.
    pub callee: Option<Life>,
    /// What is known of its connection.
    pub connection: Connection,
}

impl Standing<'_> {
    /// The life of a side's seat.
    pub fn life(&self, role: CallRole) -> Option<Life> {
        match role {
            CallRole::Caller => self.caller,
            CallRole::Callee => self.callee,
        }
    }

    /// Whether a side's seat is taken by a device whose lease is dead.
    pub fn is_dead(&self, role: CallRole, lease: Duration) -> bool {
        self.life(role).is_some_and(|life| life.silent >= lease)
    }
}

/// Whether the asker's device may speak for a seat: the device that sits in it, or any device of a user whose client
/// named none when it sat down.
fn sits_in(seat: &SeatRecord, asker: &Asker) -> bool {
    seat.user == asker.user && (!seat.leased || seat.device.as_ref() == Some(&asker.device))
}
