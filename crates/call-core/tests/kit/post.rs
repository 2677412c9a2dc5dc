//! What lies between the machines and the server: parcels that are late, lost, or come twice.

use super::{Who, rng::Rng};
use call_core::{ReplyEvent, SocketEvent};
use call_protocol::{CallId, Signal};

/// What a device sends over its socket.
#[derive(Clone, Debug)]
pub(crate) enum Upward {
    Signal(CallId, Box<Signal>),
    MediaFlows(CallId),
}

/// Anything that travels.
#[derive(Clone, Debug)]
pub(crate) enum Parcel {
    Ask,
    Reply(ReplyEvent),
    Down(SocketEvent),
    Up(Upward),
}

/// What becomes of a parcel; times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    After(u64),
    Lost,
    Twice(u64, u64),
}

/// How good the network is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    pub(crate) delay: (u64, u64),
    pub(crate) lost_percent: u32,
    pub(crate) twice_percent: u32,
}

/// Decides for chosen parcels; `None` leaves one to the quality of the network.
pub(crate) type Rule = Box<dyn FnMut(Who, &Parcel) -> Option<Fate>>;

pub(crate) struct Post {
    pub(crate) quality: Quality,
    pub(crate) rule: Option<Rule>,
    pub(crate) server_away: bool,
}

impl Quality {
    /// Every parcel takes the same short time.
    pub(crate) const GOOD: Self = Self { delay: (20, 20), lost_percent: 0, twice_percent: 0 };
}

/// A fate, and whether a rule of the test decided it.
pub(crate) struct Decided {
    pub(crate) fate: Fate,
    pub(crate) by_rule: bool,
}

impl Post {
    pub(crate) fn new() -> Self {
        Self { quality: Quality::GOOD, rule: None, server_away: false }
    }

    pub(crate) fn decide(&mut self, who: Who, parcel: &Parcel, rng: &mut Rng) -> Decided {
        if let Some(fate) = self.rule.as_mut().and_then(|rule| rule(who, parcel)) {
            return Decided { fate, by_rule: true };
        }
        let Quality { delay, lost_percent, twice_percent } = self.quality;
        let fate = if rng.percent(lost_percent) {
            Fate::Lost
        } else if rng.percent(twice_percent) {
            Fate::Twice(rng.between(delay), rng.between(delay) + 200)
        } else {
            Fate::After(rng.between(delay))
        };
        Decided { fate, by_rule: false }
    }
}
