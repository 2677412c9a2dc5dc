//! The network between the machines and the server: packets that arrive late, twice or never. Never looks into
//! a packet.

use super::{Who, rng::Rng};
use call_core::{ReplyEvent, SocketEvent};
use call_protocol::{CallId, Signal};

/// A frame that a device sends over its socket.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Frame {
    Signal(CallId, Box<Signal>),
    MediaFlows(CallId),
}

/// Anything that is sent over the network.
#[derive(Clone, Debug)]
pub(crate) enum Packet {
    Request,
    Reply(ReplyEvent),
    ToDevice(SocketEvent),
    ToServer(Frame),
}

/// What happens to a packet; times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    After(u64),
    Lost,
    Twice(u64, u64),
}

/// The quality of the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    pub(crate) delay: (u64, u64),
    pub(crate) lost_percent: u32,
    pub(crate) twice_percent: u32,
}

/// Decides the fate of chosen packets; `None` leaves a packet to the network's quality.
pub(crate) type Rule = Box<dyn FnMut(Who, &Packet) -> Option<Fate>>;

pub(crate) struct Network {
    pub(crate) quality: Quality,
    pub(crate) rule: Option<Rule>,
    pub(crate) server_away: bool,
}

impl Quality {
    /// Every packet takes the same short time.
    pub(crate) const GOOD: Self = Self { delay: (20, 20), lost_percent: 0, twice_percent: 0 };
}

/// A fate, and whether a test's rule decided it.
pub(crate) struct Decided {
    pub(crate) fate: Fate,
    pub(crate) by_rule: bool,
}

impl Network {
    pub(crate) fn new() -> Self {
        Self { quality: Quality::GOOD, rule: None, server_away: false }
    }

    pub(crate) fn decide(&mut self, who: Who, packet: &Packet, rng: &mut Rng) -> Decided {
        if let Some(fate) = self.rule.as_mut().and_then(|rule| rule(who, packet)) {
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
