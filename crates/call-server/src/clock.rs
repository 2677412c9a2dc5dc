//! The one place that reads the clock: wall time for rows and tokens, a steady count for leases.
//! Never sleeps; tests replace it by a clock that moves only when told.

use call_protocol::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A moment of wall time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Later than everything that is written: near the end of the year 9999, the last that has a text.
    pub const LAST: Self = Self(253_402_200_000_000);

    /// The moment as the database and the wire hold it: RFC 3339, UTC, milliseconds.
    pub fn timestamp(self) -> Timestamp {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Timestamp(format!("{moment:.3}"))
    }

    /// The moment that a text of the database or of a client stands for.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Self(moment.as_millisecond()))
    }

    /// The moment this much later.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }

    /// The moment this much earlier.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment so many whole seconds after 1970.
    pub fn of_seconds(seconds: u64) -> Self {
        Self(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }
}

/// A moment of the steady clock, as the time since the server started; unmoved by changes of wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub Duration);

/// Where the time comes from; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { start: Instant },
    Manual { start: Moment, passed: Arc<AtomicI64> },
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Source::System { start: Instant::now() })
    }

    /// A clock for tests that stands still until [`Clock::advance`].
    pub fn manual() -> Self {
        Self(Source::Manual { start: wall_time(), passed: Arc::default() })
    }

    /// Moves a manual clock; the machine's own clock is not to be moved.
    pub fn advance(&self, span: Duration) {
        match &self.0 {
            Source::System { .. } => {}
            Source::Manual { passed, .. } => {
                passed.fetch_add(millis(span), Ordering::SeqCst);
            }
        }
    }

    /// The wall time.
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System { .. } => wall_time(),
            Source::Manual { start, passed } => Moment(start.0 + passed.load(Ordering::SeqCst)),
        }
    }

    /// The time by which rows are judged: the database's, where it told it, since the clocks of several servers differ
    /// and one of them may have stood still. Tests move their own.
    pub fn judge(&self, database: Option<Moment>) -> Moment {
        match &self.0 {
            Source::System { .. } => database.unwrap_or_else(wall_time),
            Source::Manual { .. } => self.now(),
        }
    }

    /// The steady time.
    pub fn tick(&self) -> Tick {
        match &self.0 {
            Source::System { start } => Tick(start.elapsed()),
            Source::Manual { passed, .. } => {
                Tick(Duration::from_millis(u64::try_from(passed.load(Ordering::SeqCst)).unwrap_or(0)))
            }
        }
    }
}

fn wall_time() -> Moment {
    Moment(millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()))
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_utc_text_with_milliseconds_and_back() {
        let moment = Moment(1_767_225_600_000);
        assert_eq!(moment.timestamp().0, "2026-01-01T00:00:00.000Z");
        assert_eq!(Moment::parse("2026-01-01T00:00:00.000Z"), Some(moment));
        assert_eq!(Moment::parse("yesterday"), None);
        assert_eq!(Moment::LAST.timestamp().0, "9999-12-30T20:00:00.000Z");
    }

    #[test]
    fn a_manual_clock_moves_both_times_and_only_when_told() {
        let clock = Clock::manual();
        let (now, tick) = (clock.now(), clock.tick());
        assert_eq!((clock.now(), clock.tick()), (now, tick));
        clock.advance(Duration::from_secs(45));
        assert_eq!(clock.now().since(now), Duration::from_secs(45));
        assert_eq!(clock.tick().0 - tick.0, Duration::from_secs(45));
    }
}
