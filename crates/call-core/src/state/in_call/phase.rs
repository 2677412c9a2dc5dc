//! The connection of an answered call: being established, up, or lost and being restored. Decides when to
//! restart ICE and when to give up; never touches media or the server.

use crate::effect::Negotiator;
use crate::event::Link;
use crate::key::Time;
use crate::timing;
use core::time::Duration;

/// How long one side waits before it restarts ICE. The offering side goes first, so that the two rarely
/// collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RestartTiming {
    /// How long the connection may be `disconnected`.
    suspect: Duration,
    /// How long a restart may take.
    again: Duration,
}

impl RestartTiming {
    pub(super) fn of(side: Negotiator) -> Self {
        match side {
            Negotiator::Offerer => Self { suspect: timing::SUSPECT, again: timing::RESTART_AGAIN },
            Negotiator::Answerer => {
                Self { suspect: timing::SUSPECT_ANSWERER, again: timing::RESTART_AGAIN_ANSWERER }
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not connected yet; given up at `until`.
    Connecting {
        until: Time,
    },
    Up,
    /// Lost since `since`; the next restart is due at `restart_at`.
    Lost {
        since: Time,
        restart_at: Time,
        restarts: u32,
        loss: Loss,
    },
    /// The other side's page is away since `since`, and its connection closed; waited for until `until`.
    Away {
        since: Time,
        until: Time,
    },
}

/// How the connection was lost, and so whether it can recover without a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// The browser is still trying; arriving bytes show that it recovered.
    Disconnected,
    /// The browser has given up.
    Failed,
    /// Nothing arrives, although the browser still reports a connection: it notices many seconds later.
    /// Arriving bytes end this.
    Silent,
}

/// What has to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Restart,
    GiveUpConnecting,
    GiveUpLost,
    GiveUpAway,
}

impl Phase {
    pub(super) fn connecting(now: Time) -> Self {
        Self::Connecting { until: now + timing::CONNECT }
    }

    pub(super) fn away(now: Time) -> Self {
        Self::Away { since: now, until: now + timing::RETURN }
    }

    /// Since when the other side's page is away.
    pub(super) fn away_since(self) -> Option<Time> {
        match self {
            Self::Away { since, .. } => Some(since),
            Self::Connecting { .. } | Self::Up | Self::Lost { .. } => None,
        }
    }

    /// The connection is `disconnected`: it may recover on its own for a while.
    pub(super) fn disconnected(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            Self::Up => Self::Lost {
                since: now,
                restart_at: now + timing.suspect,
                restarts: 0,
                loss: Loss::Disconnected,
            },
            Self::Connecting { .. } | Self::Lost { .. } | Self::Away { .. } => self,
        }
    }

    /// Media stopped arriving, although the browser reports that the connection is up.
    pub(super) fn fell_silent(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            // The offering side goes first here, too.
            Self::Up => Self::Lost {
                since: now,
                restart_at: now + timing.suspect.saturating_sub(timing::SUSPECT),
                restarts: 0,
                loss: Loss::Silent,
            },
            Self::Lost { since, restart_at, restarts: 0, loss: Loss::Disconnected } => {
                Self::Lost { since, restart_at, restarts: 0, loss: Loss::Silent }
            }
            Self::Connecting { .. } | Self::Lost { .. } | Self::Away { .. } => self,
        }
    }

    pub(super) fn is_silent(self) -> bool {
        matches!(self, Self::Lost { loss: Loss::Silent, .. })
    }

    /// Whether the connection may recover before the person notices anything.
    pub(super) fn is_not_shown_yet(self) -> bool {
        matches!(self, Self::Lost { restarts: 0, loss: Loss::Disconnected | Loss::Failed, .. })
    }

    /// The connection `failed`: only a restart helps, at once unless one was started a moment ago.
    pub(super) fn failed(self, now: Time) -> Self {
        match self {
            Self::Up => Self::Lost { since: now, restart_at: now, restarts: 0, loss: Loss::Failed },
            Self::Lost { since, restarts: 0, .. } => {
                Self::Lost { since, restart_at: now, restarts: 0, loss: Loss::Failed }
            }
            Self::Connecting { .. } | Self::Lost { .. } | Self::Away { .. } => self,
        }
    }

    /// A restart by either side was negotiated: it counts, and gets its time before the next one replaces it.
    pub(super) fn negotiated(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            Self::Lost { since, restart_at, restarts, loss } => {
                let restart_at = restart_at.max(now + timing.again);
                Self::Lost { since, restart_at, restarts: restarts.max(1), loss }
            }
            Self::Connecting { .. } | Self::Up | Self::Away { .. } => self,
        }
    }

    pub(super) fn deadline(self) -> Option<Time> {
        match self {
            Self::Connecting { until } | Self::Away { until, .. } => Some(until),
            Self::Up => None,
            Self::Lost { since, restart_at, loss, .. } => {
                let end = if loss == Loss::Silent { timing::SILENCE_EXPLAINED } else { timing::GIVE_UP };
                Some(restart_at.min(since + end))
            }
        }
    }

    /// What is due; `last_media` is when media last arrived.
    pub(super) fn due(
        &mut self,
        now: Time,
        last_media: Option<Time>,
        link: Link,
        timing: RestartTiming,
    ) -> Due {
        match self {
            // By now the browser would have noticed a dead path: this one works, and the other side sends
            // nothing.
            Self::Lost { since, loss: Loss::Silent, .. }
                if link == Link::Connected && now >= *since + timing::SILENCE_EXPLAINED =>
            {
                *self = Self::Up;
                Due::Nothing
            }
            Self::Lost { since, loss: loss @ Loss::Silent, .. }
                if now >= *since + timing::SILENCE_EXPLAINED =>
            {
                *loss = Loss::Failed;
                self.due(now, last_media, link, timing)
            }
            Self::Connecting { until } if now >= *until => Due::GiveUpConnecting,
            Self::Lost { since, .. } if now >= *since + timing::GIVE_UP => Due::GiveUpLost,
            Self::Lost { restart_at, restarts, loss, .. } if now >= *restart_at => {
                let flows = last_media.is_some_and(|at| now.since(at) < timing::SUSPECT);
                if flows && *restarts == 0 && *loss == Loss::Disconnected {
                    *restart_at = now + timing::SUSPECT; // bytes still arrive: it is recovering
                    Due::Nothing
                } else {
                    *restart_at = now + timing.again;
                    *restarts += 1;
                    Due::Restart
                }
            }
            Self::Away { until, .. } if now >= *until => Due::GiveUpAway,
            Self::Connecting { .. } | Self::Up | Self::Lost { .. } | Self::Away { .. } => Due::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: RestartTiming = RestartTiming { suspect: timing::SUSPECT, again: timing::RESTART_AGAIN };

    #[test]
    fn a_slow_restart_is_not_replaced_by_the_next_one() {
        let mut phase = Phase::Up.failed(Time(0));
        assert_eq!(phase.due(Time(0), None, Link::Failed, CALLER), Due::Restart);
        phase = phase.negotiated(Time(4_900), CALLER);
        assert_eq!(phase.due(Time(5_000), None, Link::Failed, CALLER), Due::Nothing);
        assert_eq!(phase.due(Time(9_900), None, Link::Failed, CALLER), Due::Restart);
    }

    #[test]
    fn a_connection_that_keeps_restarting_is_given_up_all_the_same() {
        let mut phase = Phase::Up.failed(Time(0));
        phase = phase.negotiated(Time(29_000), CALLER);
        assert_eq!(phase.due(Time(30_000), None, Link::Failed, CALLER), Due::GiveUpLost);
    }

    #[test]
    fn a_silent_connection_that_the_browser_keeps_is_never_given_up() {
        let mut phase = Phase::Up.fell_silent(Time(0), CALLER);
        assert!(!phase.is_not_shown_yet());
        let due = |phase: &mut Phase, ms| phase.due(Time(ms), None, Link::Connected, CALLER);
        assert_eq!([0, 5_000, 10_000].map(|ms| due(&mut phase, ms)), [Due::Restart; 3]);
        assert_eq!((due(&mut phase, 12_000), phase), (Due::Nothing, Phase::Up));
    }

    #[test]
    fn a_silent_connection_that_the_browser_loses_too_is_given_up_like_any_other() {
        let mut phase = Phase::Up.fell_silent(Time(0), CALLER);
        let due = |phase: &mut Phase, ms| phase.due(Time(ms), None, Link::Disconnected, CALLER);
        assert_eq!(due(&mut phase, 12_000), Due::Restart);
        assert_eq!(due(&mut phase, 30_000), Due::GiveUpLost);
    }
}
