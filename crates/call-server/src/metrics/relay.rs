//! What the relay of the server carries, loses and refuses. Never labelled with an address or an id.

use super::labels::{Loss, Refused, Transport};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// The measurements of the relay.
#[derive(Debug, Default)]
pub struct RelayMetrics {
    allocations: Gauge,
    packets: Carried,
    bytes: Carried,
    lost: Family<Loss, Counter>,
    refused: Family<Refused, Counter>,
}

/// What is counted for every packet: without looking for the counter each time.
#[derive(Debug)]
struct Carried {
    family: Family<Transport, Counter>,
    udp: Counter,
    stream: Counter,
}

impl Default for Carried {
    fn default() -> Self {
        let family = Family::<Transport, Counter>::default();
        let of =
            |traffic: RelayTraffic| family.get_or_create(&Transport { transport: traffic.as_str() }).clone();
        let (udp, stream) = (of(RelayTraffic::Udp), of(RelayTraffic::Stream));
        Self { family, udp, stream }
    }
}

impl Carried {
    fn of(&self, traffic: RelayTraffic) -> &Counter {
        match traffic {
            RelayTraffic::Udp => &self.udp,
            RelayTraffic::Stream => &self.stream,
        }
    }
}

/// How a packet leaves the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayTraffic {
    /// As a datagram.
    Udp,
    /// By TCP or TLS.
    Stream,
}

impl RelayTraffic {
    /// Its name in the log and in labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Stream => "tcp",
        }
    }
}

/// Why a packet was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelayLoss {
    /// Its sender has no allocation, or no such channel.
    Unknown,
    /// It was for somebody who is not in a call with its sender, or for no allocation at all.
    Unpermitted,
    /// Its sender sent too much.
    TooMuch,
    /// Its receiver takes less than is sent.
    NoRoom,
    /// An answer to one of too many strangers of one network.
    Strangers,
}

impl RelayLoss {
    const ALL: [Self; 5] = [Self::Unknown, Self::Unpermitted, Self::TooMuch, Self::NoRoom, Self::Strangers];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unpermitted => "unpermitted",
            Self::TooMuch => "too_much",
            Self::NoRoom => "no_room",
            Self::Strangers => "strangers",
        }
    }
}

/// The codes by which requests are refused (RFC 8489, 14.8; RFC 8656, 19).
const REFUSALS: [u16; 11] = [400, 401, 403, 437, 438, 440, 441, 442, 443, 486, 508];

impl RelayMetrics {
    /// Counts what has not happened yet.
    pub(super) fn begin_at_zero(&self) {
        for loss in RelayLoss::ALL {
            drop(self.lost.get_or_create(&Loss { reason: loss.as_str() }));
        }
        for code in REFUSALS {
            drop(self.refused.get_or_create(&Refused { code }));
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("relay_allocations", "Allocations of the relay", self.allocations.clone());
        let Carried { family: packets, .. } = &self.packets;
        registry.register("relay_packets", "Packets that the relay passed on", packets.clone());
        let Carried { family: bytes, .. } = &self.bytes;
        registry.register("relay_bytes", "Bytes of these packets", bytes.clone());
        registry.register("relay_lost", "Packets that the relay did not pass on", self.lost.clone());
        registry.register("relay_refusals", "Requests that the relay refused, by code", self.refused.clone());
    }

    /// So many allocations are there.
    pub fn allocations(&self, count: usize) {
        self.allocations.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A packet of so many bytes is passed on.
    pub fn passed(&self, traffic: RelayTraffic, bytes: usize) {
        self.packets.of(traffic).inc();
        self.bytes.of(traffic).inc_by(bytes as u64);
    }

    /// A packet is lost.
    pub fn lost(&self, loss: RelayLoss) {
        self.lost.get_or_create(&Loss { reason: loss.as_str() }).inc();
    }

    /// A request was refused.
    pub fn refused(&self, code: u16) {
        self.refused.get_or_create(&Refused { code }).inc();
    }
}
