//! How long a socket may live by its token: a warning before the end, so that it can be renewed without a gap.
//! Pure: the time is an argument.

use crate::clock::Moment;
use std::time::Duration;

/// The rest of a token's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    expires: Moment,
    warned: bool,
}

/// What the socket has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// The client is told, once, how long the token is still good.
    Warning(Duration),
    Close,
}

impl Lifetime {
    pub(super) fn until(expires: Moment) -> Self {
        Self { expires, warned: false }
    }

    /// Looks at the clock.
    pub(super) fn look(&mut self, now: Moment, warning: Duration) -> Due {
        let left = self.expires.since(now);
        if left.is_zero() {
            Due::Close
        } else if left <= warning && !self.warned {
            self.warned = true;
            Due::Warning(left)
        } else {
            Due::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_warned_once_and_closed_when_its_token_is_no_longer_good() {
        let begin = Moment(1_767_225_600_000);
        let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
        let mut lifetime = Lifetime::until(begin.plus(15 * minute));
        assert_eq!(lifetime.look(begin, minute), Due::Nothing);
        assert_eq!(lifetime.look(begin.plus(14 * minute), minute), Due::Warning(minute));
        assert_eq!(lifetime.look(begin.plus(14 * minute + second), minute), Due::Nothing);
        assert_eq!(lifetime.look(begin.plus(15 * minute), minute), Due::Close);
    }
}
