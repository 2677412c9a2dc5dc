//! The other end of a peer connection: which device it is, how it signals, and how it gets the first offer.
//! Data only.

use call_protocol::{CallId, DeviceId};

/// The device at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Remote {
    pub(crate) call_id: CallId,
    /// `None` if that person's client names no device; signals then go to all of their devices.
    pub(crate) device: Option<DeviceId>,
    /// Whether it numbers and acknowledges its signals.
    pub(crate) reliable: bool,
}

/// How the other end has been signaling on this connection so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Signaling {
    Unknown,
    /// It numbers and acknowledges its signals.
    Acknowledged,
    /// It does neither: a plain client, even if it names a device.
    Plain,
}

/// How the first offer reaches the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OfferDelivery {
    WithRing,
    AsSignal,
}
