//! The time spans that the rules use. Never measures anything.

use call_protocol::limits;
use std::time::Duration;

/// How long a call waits for a page that went and may be reloading: long enough for a page from the browser's cache to be
/// connected again, and short enough for whoever waits for somebody who closed the tab.
pub const RELOAD_TIME: Duration = Duration::from_secs(4);

/// The time spans that the rules use.
#[derive(Clone, Debug, Hash)]
pub struct Timings {
    /// How long a call rings.
    pub ring: Duration,
    /// Silence after which a device's lease has expired.
    pub lease: Duration,
    /// How long the caller's device may be without a socket while it rings.
    pub caller_gone: Duration,
    /// The same if the page said that it is being closed.
    pub left: Duration,
    /// How long a device in an active call may be without a socket after its page said that it is being closed: a reloaded
    /// page rejoins the call.
    pub returns: Duration,
    /// The same as `caller_gone` if its socket was seen to break.
    pub caller_lost: Duration,
    /// How long a seated device may be without a socket and without reported media before other callers reach
    /// its person.
    pub seat_lost: Duration,
    /// How long a report of flowing media proves that the other side is alive: reports arrive every 10 s.
    pub media_proof: Duration,
    /// Silence of both sides after which an active call is over.
    pub abandoned: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            ring: limits::RING_TIME,
            lease: Duration::from_secs(30),
            caller_gone: Duration::from_secs(15),
            left: Duration::from_millis(1500),
            returns: RELOAD_TIME,
            caller_lost: Duration::from_secs(3),
            seat_lost: Duration::from_secs(3),
            media_proof: Duration::from_secs(12),
            abandoned: Duration::from_secs(120),
        }
    }
}
