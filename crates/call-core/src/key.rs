//! Tickets: moments, attempts, peer connections and media acquisitions, all numbered by the machine.
//! A reply carries the ticket of its question, so a stale one is recognised by number and what it brings is released.
//! Never reads a clock: a [`Time`] always comes from outside.

use core::ops::Add;
use core::time::Duration;

/// A moment, as milliseconds since an origin that the shell chooses and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// One attempt at a call on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

/// How many attempts and connections one page may number. A page loaded anew begins at the next multiple, so that a device
/// uses no number twice, and the other side takes its connections for newer ones.
pub(crate) const NUMBERS_OF_A_PAGE: u32 = 1 << 16;

/// One peer connection: its number on the device that offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey {
    /// The attempt it serves.
    pub epoch: Epoch,
    /// Counts the connections that the offering device has opened, over all pages and calls; the `generation` of a signal.
    pub number: u32,
}

/// One acquisition of local media: the tracks of one `getUserMedia`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey {
    /// The attempt it serves.
    pub epoch: Epoch,
    /// Counts the acquisitions of that attempt.
    pub number: u32,
}
