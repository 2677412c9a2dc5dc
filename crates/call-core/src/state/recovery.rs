//! How far the link of an answered call is: being made, up, or lost and being brought back.
//! Decides when to restart ICE and when to give up; never touches media or the server.

use crate::effect::Negotiator;
use crate::key::Time;
use crate::timing;
use core::time::Duration;

/// How patient a side is with a lost link. The offering side is the first to restart, so that the two seldom collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    /// How long the link may waver.
    suspect: Duration,
    /// How long a restart gets.
    again: Duration,
}

impl Patience {
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
    /// The link is lost since `since`; the next restart is due at `restart_at`.
    Lost {
        since: Time,
        restart_at: Time,
        restarts: u32,
        hope: Hope,
    },
}

/// Whether a lost link can come back without a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hope {
    /// The browser still tries; bytes that arrive say that it succeeds.
    MayHeal,
    /// The browser has given it up.
    Broken,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Restart,
    GiveUpConnecting,
    GiveUpLost,
}

impl Phase {
    pub(super) fn connecting(now: Time) -> Self {
        Self::Connecting { until: now + timing::CONNECT }
    }

    /// The link wavers: it may heal by itself for a while.
    pub(super) fn wavers(self, now: Time, patience: Patience) -> Self {
        match self {
            Self::Up => Self::Lost {
                since: now,
                restart_at: now + patience.suspect,
                restarts: 0,
                hope: Hope::MayHeal,
            },
            Self::Connecting { .. } | Self::Lost { .. } => self,
        }
    }

    /// The browser has given the link up: only a restart helps, and at once, unless one was begun a moment ago.
    pub(super) fn breaks(self, now: Time) -> Self {
        match self {
            Self::Up => Self::Lost { since: now, restart_at: now, restarts: 0, hope: Hope::Broken },
            Self::Lost { since, restarts: 0, .. } => {
                Self::Lost { since, restart_at: now, restarts: 0, hope: Hope::Broken }
            }
            Self::Connecting { .. } | Self::Lost { .. } => self,
        }
    }

    /// A restart of either side has been negotiated: it counts, and gets its time before the next one undoes it.
    pub(super) fn negotiated(self, now: Time, patience: Patience) -> Self {
        match self {
            Self::Lost { since, restart_at, restarts, hope } => {
                let restart_at = restart_at.max(now + patience.again);
                Self::Lost { since, restart_at, restarts: restarts.max(1), hope }
            }
            Self::Connecting { .. } | Self::Up => self,
        }
    }

    pub(super) fn deadline(self) -> Option<Time> {
        match self {
            Self::Connecting { until } => Some(until),
            Self::Up => None,
            Self::Lost { since, restart_at, .. } => Some(restart_at.min(since + timing::GIVE_UP)),
        }
    }

    /// What time asks for; `last_media` is when bytes of the other side arrived last.
    pub(super) fn due(&mut self, now: Time, last_media: Option<Time>, patience: Patience) -> Due {
        match self {
            Self::Connecting { until } if now >= *until => Due::GiveUpConnecting,
            Self::Lost { since, .. } if now >= *since + timing::GIVE_UP => Due::GiveUpLost,
            Self::Lost { restart_at, restarts, hope, .. } if now >= *restart_at => {
                let flows = last_media.is_some_and(|at| now.since(at) < timing::SUSPECT);
                if flows && *restarts == 0 && *hope == Hope::MayHeal {
                    *restart_at = now + timing::SUSPECT; // bytes still arrive: it is healing
                    Due::Nothing
                } else {
                    *restart_at = now + patience.again;
                    *restarts += 1;
                    Due::Restart
                }
            }
            Self::Connecting { .. } | Self::Up | Self::Lost { .. } => Due::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Patience = Patience { suspect: timing::SUSPECT, again: timing::RESTART_AGAIN };

    #[test]
    fn a_slow_restart_is_not_undone_by_the_next_one() {
        let mut phase = Phase::Up.breaks(Time(0));
        assert_eq!(phase.due(Time(0), None, CALLER), Due::Restart);
        phase = phase.negotiated(Time(4_900), CALLER);
        assert_eq!(phase.due(Time(5_000), None, CALLER), Due::Nothing);
        assert_eq!(phase.due(Time(9_900), None, CALLER), Due::Restart);
    }

    #[test]
    fn a_line_that_restarts_again_and_again_is_given_up_all_the_same() {
        let mut phase = Phase::Up.breaks(Time(0));
        phase = phase.negotiated(Time(29_000), CALLER);
        assert_eq!(phase.due(Time(30_000), None, CALLER), Due::GiveUpLost);
    }
}
