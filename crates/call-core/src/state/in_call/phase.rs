//! The connection of an answered call: being established, up, or lost and being restored. Decides when to
//! restart ICE and when to give up; never touches media or the server.

use crate::effect::Negotiator;
use crate::event::Link;
use crate::key::Time;
use crate::timing;
use core::time::Duration;

/// How long one side waits before it restarts ICE. The offering side goes first, so that the two rarely
/// collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Connections beside the current one cannot collide: both sides begin at once, and either may be the one that is
    /// heard. Only the next tries are apart.
    pub(super) fn of_handover(side: Negotiator) -> Self {
        Self { suspect: timing::SUSPECT, ..Self::of(side) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Not connected yet; given up at `until`.
    Connecting {
        until: Time,
    },
    Up,
    /// Lost, and being restored.
    Lost(Lost),
    /// The other side's page is away since `since`, and its connection closed; waited for until `until`.
    Away {
        since: Time,
        until: Time,
    },
}

/// Lost since `since`; the next restart, or the next connection beside this one, is due at `restart_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lost {
    since: Time,
    restart_at: Time,
    restarts: u32,
    loss: Loss,
    /// It has lasted so long that the person is told.
    shown: bool,
}

/// How the connection was lost, and so whether it can recover without a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
            Self::Connecting { .. } | Self::Up | Self::Lost(_) => None,
        }
    }

    fn lost(now: Time, restart_at: Time, loss: Loss) -> Self {
        Self::Lost(Lost { since: now, restart_at, restarts: 0, loss, shown: false })
    }

    /// The connection is `disconnected`: it may recover on its own for a while.
    pub(super) fn disconnected(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            Self::Up => Self::lost(now, now + timing.suspect, Loss::Disconnected),
            Self::Connecting { .. } | Self::Lost(_) | Self::Away { .. } => self,
        }
    }

    /// Nothing arrives any more, although the browser reports that the connection is up.
    pub(super) fn fell_silent(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            // The offering side goes first here, too.
            Self::Up => {
                let restart_at = now + timing.suspect.saturating_sub(timing::SUSPECT);
                Self::lost(now, restart_at, Loss::Silent)
            }
            Self::Lost(lost @ Lost { restarts: 0, loss: Loss::Disconnected, .. }) => {
                Self::Lost(Lost { loss: Loss::Silent, ..lost })
            }
            Self::Connecting { .. } | Self::Lost(_) | Self::Away { .. } => self,
        }
    }

    pub(super) fn is_silent(self) -> bool {
        matches!(self, Self::Lost(Lost { loss: Loss::Silent, .. }))
    }

    pub(super) fn is_lost(self) -> bool {
        matches!(self, Self::Lost(_))
    }

    pub(super) fn is_connecting(self) -> bool {
        matches!(self, Self::Connecting { .. })
    }

    /// Whether the connection may recover before the person notices anything.
    pub(super) fn is_not_shown_yet(self) -> bool {
        matches!(self, Self::Lost(Lost { shown: false, .. }))
    }

    /// The connection `failed`: only a restart helps, at once unless one was started a moment ago.
    pub(super) fn failed(self, now: Time) -> Self {
        match self {
            Self::Up => Self::lost(now, now, Loss::Failed),
            Self::Lost(lost @ Lost { restarts: 0, .. }) => {
                Self::Lost(Lost { restart_at: now, loss: Loss::Failed, ..lost })
            }
            Self::Connecting { .. } | Self::Lost(_) | Self::Away { .. } => self,
        }
    }

    /// A restart by either side was negotiated: it counts, and gets its time before the next one replaces it.
    pub(super) fn negotiated(self, now: Time, timing: RestartTiming) -> Self {
        match self {
            Self::Lost(lost) => Self::Lost(Lost {
                restart_at: lost.restart_at.max(now + timing.again),
                restarts: lost.restarts.max(1),
                ..lost
            }),
            Self::Connecting { .. } | Self::Up | Self::Away { .. } => self,
        }
    }

    /// This device hears the server again, perhaps by another network: there is no reason to wait any longer.
    pub(super) fn hurried(self, now: Time) -> Self {
        match self {
            Self::Lost(lost) => Self::Lost(Lost { restart_at: lost.restart_at.min(now), ..lost }),
            Self::Connecting { .. } | Self::Up | Self::Away { .. } => self,
        }
    }

    pub(super) fn deadline(self, give_up: Duration) -> Option<Time> {
        match self {
            Self::Connecting { until } | Self::Away { until, .. } => Some(until),
            Self::Up => None,
            Self::Lost(Lost { since, restart_at, loss, shown, .. }) => {
                let end = if loss == Loss::Silent { timing::SILENCE_EXPLAINED } else { give_up };
                let show = (!shown).then_some(since + timing::LOSS_SHOWN);
                [Some(restart_at), Some(since + end), show].into_iter().flatten().min()
            }
        }
    }

    /// What is due; `last_media` is when media last arrived, `give_up` how long a lost connection is restored.
    pub(super) fn due(
        &mut self,
        now: Time,
        (last_media, link): (Option<Time>, Link),
        timing: RestartTiming,
        give_up: Duration,
    ) -> Due {
        match self {
            Self::Connecting { until } if now >= *until => Due::GiveUpConnecting,
            Self::Away { until, .. } if now >= *until => Due::GiveUpAway,
            Self::Connecting { .. } | Self::Up | Self::Away { .. } => Due::Nothing,
            Self::Lost(lost) => {
                lost.shown |= now >= lost.since + timing::LOSS_SHOWN;
                if lost.loss == Loss::Silent && now >= lost.since + timing::SILENCE_EXPLAINED {
                    // By now the browser would have noticed a dead path: this one works, and the other side sends
                    // nothing.
                    if link == Link::Connected {
                        *self = Self::Up;
                        return Due::Nothing;
                    }
                    lost.loss = Loss::Failed;
                }
                lost.due(now, last_media, timing, give_up)
            }
        }
    }
}

impl Lost {
    fn due(&mut self, now: Time, last_media: Option<Time>, timing: RestartTiming, give_up: Duration) -> Due {
        if now >= self.since + give_up {
            return Due::GiveUpLost;
        }
        if now < self.restart_at {
            return Due::Nothing;
        }
        let flows = last_media.is_some_and(|at| now.since(at) < timing::SUSPECT);
        if flows && self.restarts == 0 && self.loss == Loss::Disconnected {
            self.restart_at = now + timing::SUSPECT; // bytes still arrive: it is recovering
            return Due::Nothing;
        }
        self.restart_at = now + timing.again;
        self.restarts += 1;
        Due::Restart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: RestartTiming = RestartTiming { suspect: timing::SUSPECT, again: timing::RESTART_AGAIN };

    fn due(phase: &mut Phase, ms: u64, link: Link) -> Due {
        phase.due(Time(ms), (None, link), CALLER, timing::GIVE_UP)
    }

    #[test]
    fn a_slow_restart_is_not_replaced_by_the_next_one() {
        let mut phase = Phase::Up.failed(Time(0));
        assert_eq!(due(&mut phase, 0, Link::Failed), Due::Restart);
        phase = phase.negotiated(Time(4_900), CALLER);
        assert_eq!(due(&mut phase, 5_000, Link::Failed), Due::Nothing);
        assert_eq!(due(&mut phase, 9_900, Link::Failed), Due::Restart);
    }

    #[test]
    fn a_connection_that_keeps_restarting_is_given_up_all_the_same() {
        let mut phase = Phase::Up.failed(Time(0));
        phase = phase.negotiated(Time(44_000), CALLER);
        assert_eq!(due(&mut phase, 44_999, Link::Failed), Due::Nothing);
        assert_eq!(due(&mut phase, 45_000, Link::Failed), Due::GiveUpLost);
    }

    #[test]
    fn a_silent_connection_that_the_browser_keeps_is_never_given_up() {
        let mut phase = Phase::Up.fell_silent(Time(0), CALLER);
        let due = |phase: &mut Phase, ms| due(phase, ms, Link::Connected);
        assert_eq!([0, 5_000, 10_000].map(|ms| due(&mut phase, ms)), [Due::Restart; 3]);
        assert_eq!((due(&mut phase, 12_000), phase), (Due::Nothing, Phase::Up));
    }

    #[test]
    fn a_silent_connection_that_the_browser_loses_too_is_given_up_like_any_other() {
        let mut phase = Phase::Up.fell_silent(Time(0), CALLER);
        let due = |phase: &mut Phase, ms| due(phase, ms, Link::Disconnected);
        assert_eq!(due(&mut phase, 12_000), Due::Restart);
        assert_eq!(due(&mut phase, 45_000), Due::GiveUpLost);
    }

    #[test]
    fn the_person_is_told_after_two_seconds_and_not_before() {
        for mut phase in [Phase::Up.fell_silent(Time(0), CALLER), Phase::Up.failed(Time(0))] {
            due(&mut phase, 1_999, Link::Failed);
            assert!(phase.is_not_shown_yet());
            assert!(phase.deadline(timing::GIVE_UP) <= Some(Time(2_000)), "which does not wait for an event");
            due(&mut phase, 2_000, Link::Failed);
            assert!(!phase.is_not_shown_yet());
        }
    }
}
