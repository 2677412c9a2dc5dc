//! Times, and the keys of attempts, peer connections and media acquisitions, all numbered by the machine. A
//! reply carries the key of its request, so that a stale reply is recognised and what it brings is released.
//! Never reads a clock: a [`Time`] always comes from outside.

use core::ops::Add;
use core::time::Duration;

/// A moment, in milliseconds since an origin that the platform chooses and keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// How much later this is than `earlier`; zero if `earlier` lies in the future.
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

/// How many attempts and connections one page can number. After a reload the page starts at the next multiple,
/// so that a device never reuses a number and the other side can tell that its connections are newer.
pub(crate) const NUMBERS_OF_A_PAGE: u32 = 1 << 16;

/// A peer connection, named by its number on the device that offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey {
    /// The attempt it serves.
    pub epoch: Epoch,
    /// Counts the connections that the offering device has opened, across pages and calls. In JSON a signal's
    /// `generation`, which is not the ICE generation (RFC 8838) of its candidates.
    pub number: u32,
}

/// One acquisition of local media: the tracks of one `getUserMedia` or `getDisplayMedia`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey {
    /// The attempt it serves.
    pub epoch: Epoch,
    /// Counts the acquisitions of that attempt.
    pub number: u32,
}
