//! The one place that reads the clock: the server's own count for rows, a steady one for leases, wall time for what other
//! machines read by theirs.
//! Never sleeps; tests replace it by a clock that moves only when told.

use call_rules::Moment;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Milliseconds by which two clocks may differ before one follows the other: less than people notice, more than a slow
/// reading takes.
const APART: u64 = 1000;

/// A moment of the steady clock, as the time since the server started; unmoved by changes of wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub Duration);

/// Where the time comes from; cheap to clone.
///
/// What happens here is dated by a count of its own ([`Clock::now`]): it begins with the machine's wall time and then follows the
/// steady clock, so that a wall clock that is set ends no ring and lengthens no call. It is set right, by [`Clock::follow`],
/// at a moment when nobody is in a call.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Arc<SystemClock>),
    Manual(Arc<ManualClock>),
}

#[derive(Debug)]
struct SystemClock {
    start: Instant,
    /// What the count says when the steady clock says nothing, in milliseconds since 1970.
    zero: AtomicI64,
}

#[derive(Debug)]
struct ManualClock {
    start: Moment,
    passed: AtomicI64,
    /// By how much the wall clock was set, and how much of it the count followed.
    set: AtomicI64,
    followed: AtomicI64,
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        let clock = SystemClock { start: Instant::now(), zero: AtomicI64::new(wall_time().0) };
        Self(Source::System(Arc::new(clock)))
    }

    /// A clock for tests that stands still until [`Clock::advance`].
    pub fn manual() -> Self {
        let (passed, set, followed) = Default::default();
        Self(Source::Manual(Arc::new(ManualClock { start: wall_time(), passed, set, followed })))
    }

    /// Moves a manual clock; the machine's own clock is not to be moved.
    pub fn advance(&self, span: Duration) {
        match &self.0 {
            Source::System(_) => {}
            Source::Manual(clock) => {
                clock.passed.fetch_add(millis(span), Ordering::SeqCst);
            }
        }
    }

    /// Sets the wall time of a manual clock, by so many seconds, while the steady time goes on as before.
    pub fn set_wall(&self, seconds: i64) {
        match &self.0 {
            Source::System(_) => {}
            Source::Manual(clock) => {
                clock.set.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
            }
        }
    }

    /// The time by which the server dates what happens. It never jumps during a call.
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System(clock) => {
                Moment(clock.zero.load(Ordering::SeqCst).saturating_add(millis(clock.start.elapsed())))
            }
            Source::Manual(clock) => Moment(
                clock.start.0 + clock.passed.load(Ordering::SeqCst) + clock.followed.load(Ordering::SeqCst),
            ),
        }
    }

    /// The machine's wall time, for what other machines date or read by theirs: credentials for a relay, an issuer's tokens.
    pub fn wall(&self) -> Moment {
        match &self.0 {
            Source::System(_) => wall_time(),
            Source::Manual(clock) => {
                Moment(clock.start.0 + clock.passed.load(Ordering::SeqCst) + clock.set.load(Ordering::SeqCst))
            }
        }
    }

    /// A moment of wall time as the server's own count has it.
    pub fn of_wall(&self, wall: Moment) -> Moment {
        Moment(wall.0.saturating_add(self.now().0.saturating_sub(self.wall().0)))
    }

    /// Whether the count and a clock that should be followed are further apart than it takes to read both.
    pub fn differs_from(&self, other: Moment) -> bool {
        let other = match &self.0 {
            Source::System(_) => other,
            Source::Manual(_) => self.wall(),
        };
        self.now().0.abs_diff(other.0) >= APART
    }

    /// Sets the count to a moment of now. Whoever calls it knows that nothing is measured by it meanwhile, or that all
    /// else is measured by that other clock. Tests move their own: a manual clock follows its own wall time only.
    pub fn follow(&self, other: Moment) {
        match &self.0 {
            Source::System(clock) => {
                clock.zero.store(other.0.saturating_sub(millis(clock.start.elapsed())), Ordering::SeqCst);
            }
            Source::Manual(clock) => clock.followed.store(clock.set.load(Ordering::SeqCst), Ordering::SeqCst),
        }
    }

    /// The time by which rows are judged: the database's, where it told it, since the clocks of several servers differ
    /// and one of them may have stood still. Tests move their own.
    pub fn judge(&self, database: Option<Moment>) -> Moment {
        match &self.0 {
            Source::System(_) => database.unwrap_or_else(|| self.now()),
            Source::Manual(_) => self.now(),
        }
    }

    /// The steady time.
    pub fn tick(&self) -> Tick {
        match &self.0 {
            Source::System(clock) => Tick(clock.start.elapsed()),
            Source::Manual(clock) => {
                let passed = clock.passed.load(Ordering::SeqCst);
                Tick(Duration::from_millis(u64::try_from(passed).unwrap_or(0)))
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
    fn a_manual_clock_moves_both_times_and_only_when_told() {
        let clock = Clock::manual();
        let (now, tick) = (clock.now(), clock.tick());
        assert_eq!((clock.now(), clock.tick()), (now, tick));
        clock.advance(Duration::from_secs(45));
        assert_eq!(clock.now().since(now), Duration::from_secs(45));
        assert_eq!(clock.tick().0 - tick.0, Duration::from_secs(45));
    }

    #[test]
    fn the_count_goes_on_evenly_when_the_wall_clock_is_set_and_follows_it_when_told() {
        let clock = Clock::manual();
        let (begun, hour) = (clock.now(), Duration::from_secs(3600));
        clock.set_wall(3600);
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.now().since(begun), Duration::from_secs(3), "people talked for three seconds");
        assert_eq!(clock.wall().since(begun), hour + Duration::from_secs(3));
        assert!(clock.differs_from(clock.wall()));
        assert_eq!(clock.of_wall(clock.wall().plus(hour)), clock.now().plus(hour));
        clock.follow(clock.wall());
        assert!(!clock.differs_from(clock.wall()));
        assert_eq!(clock.now().since(begun), hour + Duration::from_secs(3));
        clock.set_wall(-86_400);
        assert_eq!(clock.now().since(begun), hour + Duration::from_secs(3));
    }

    #[test]
    fn the_machines_own_clock_follows_another_one_and_goes_on_from_there() {
        let clock = Clock::system();
        assert!(!clock.differs_from(wall_time()));
        let far = Moment(1_000_000_000_000);
        assert!(clock.differs_from(far));
        clock.follow(far);
        assert!(!clock.differs_from(far) && clock.wall() > far.plus(Duration::from_secs(3600)));
    }
}
