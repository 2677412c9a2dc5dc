//! The test kit: machines on model phones, a model server, model browsers and a bad network, all on one fake clock.
//! Deterministic: a seed determines all that happens in a world, and a failing test prints it.

mod claims;
mod description;
mod errand;
mod media;
mod network;
mod order_checker;
mod peer_connections;
pub(crate) mod people;
mod rng;
mod rules;
mod server;
pub(crate) mod solo;
mod world;

pub(crate) use description::JobKind;
pub(crate) use errand::{Errand, call_sent_again, errand};
pub(crate) use media::{Access, Devices};
pub(crate) use network::{Fate, Frame, Packet, Quality, Rule};
pub(crate) use order_checker::OrderChecker;
pub(crate) use peer_connections::{PcId, PeerConnections, Step};
pub(crate) use rng::Rng;
pub(crate) use server::{Server, WarmUp};
pub(crate) use world::World;

use call_core::{Machine, Rejoin};
use call_protocol::{CallId, DeviceId, User};

/// A phone, by its number in the world.
pub(crate) type Who = usize;

/// A device: its machine, its browser's media sources, its socket.
pub(crate) struct Phone {
    pub(crate) user: User,
    pub(crate) device: DeviceId,
    pub(crate) machine: Machine,
    pub(crate) devices: Devices,
    /// The number of the open socket.
    pub(crate) socket: Option<u32>,
    pub(crate) sockets: u32,
    /// How many pages it has had before this one.
    pub(crate) pages: u32,
    /// Its page is closed, or not loaded yet.
    pub(crate) is_closed: bool,
    /// Whether its person has pressed Call or Answer for the current call.
    pub(crate) consents: bool,
    /// The calls in which Answer was pressed on it, or the caller called back.
    pub(crate) answered: Vec<CallId>,
    /// Whether a button that was pressed since then includes the camera.
    pub(crate) names_camera: bool,
    /// What its page wants kept for the next one.
    pub(crate) kept: Option<Rejoin>,
    /// What the previous page kept, until the server's snapshot arrives: nobody has pressed more than that.
    pub(crate) returns: Option<Rejoin>,
}
