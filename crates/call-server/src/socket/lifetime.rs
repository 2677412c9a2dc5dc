//! When a socket's token expires, and when TURN credentials and proofs of life have to be sent again: before their end, so
//! that there is no gap.
//! Pure: the time is an argument.

use call_rules::Moment;
use std::time::Duration;

/// The rest of a token's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    expires: Moment,
    warned: bool,
}

/// What the socket has to do about its token.
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

/// The age of the credentials for relays that a socket was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credentials {
    made: Moment,
}

impl Credentials {
    pub(super) fn made(now: Moment) -> Self {
        Self { made: now }
    }

    /// Whether half of their life is over, so that others are to be made now. A connection keeps those with which it was
    /// opened, and half of a life is left to every one.
    pub(super) fn are_due(&mut self, now: Moment, life: Duration) -> bool {
        let due = now.since(self.made) >= life / 2;
        if due {
            self.made = now;
        }
        due
    }
}

/// When a device that asked for it is to be told next that the server lives, counted in pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proofs {
    /// Of how many pings one carries a proof; 0 for a device that did not ask.
    one_of: u16,
    pings: u16,
}

impl Proofs {
    pub(super) fn every(span: Option<Duration>, ping: Duration) -> Self {
        let pings =
            |span: Duration| u16::try_from(span.as_millis() / ping.as_millis().max(1)).unwrap_or(u16::MAX);
        Self { one_of: span.map_or(0, |span| pings(span).max(1)), pings: 0 }
    }

    /// A ping is sent; whether a proof goes with it. The first one comes with the snapshot, which is a proof itself.
    pub(super) fn tick(&mut self) -> bool {
        if self.one_of == 0 {
            return false;
        }
        let due = self.pings == self.one_of;
        self.pings = if due { 1 } else { self.pings + 1 };
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_asked_hears_every_twenty_seconds_that_the_server_lives_and_others_never() {
        let (ping, span) = (Duration::from_secs(10), Duration::from_secs(20));
        let heard = |mut proofs: Proofs| (0..8).map(|_| proofs.tick()).collect::<Vec<_>>();
        let told = [false, false, true, false, true, false, true, false];
        assert_eq!(heard(Proofs::every(Some(span), ping)), told);
        assert_eq!(heard(Proofs::every(None, ping)), [false; 8]);
        let shortest = Proofs::every(Some(Duration::from_millis(1)), ping);
        assert_eq!(heard(shortest)[..3], [false, true, true], "not more often than pings");
    }

    #[test]
    fn credentials_are_made_anew_whenever_half_of_their_life_is_over() {
        let begin = Moment(1_767_225_600_000);
        let (life, second) = (Duration::from_secs(12 * 3600), Duration::from_secs(1));
        let mut credentials = Credentials::made(begin);
        let mut due = |after: Duration| credentials.are_due(begin.plus(after), life);
        assert!(!due(Duration::ZERO) && !due(life / 2 - second));
        assert!(due(life / 2) && !due(life / 2));
        assert!(!due(life - second) && due(life), "again and again");
        assert!(due(5 * life) && !due(5 * life + second), "once after a long sleep");
    }

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
