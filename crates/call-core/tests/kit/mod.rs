//! The test kit: machines on model phones, a model server, model browsers and a bad network, all on one fake clock.
//! Deterministic: a world is told by its seed, and a failing test prints it.

mod air;
mod claims;
mod ledger;
mod media;
pub(crate) mod people;
mod post;
mod rng;
mod rules;
mod server;
pub(crate) mod solo;
mod world;

pub(crate) use air::JobKind;
pub(crate) use media::{Access, Devices};
pub(crate) use post::{Fate, Parcel, Quality, Rule, Upward};
pub(crate) use rng::Rng;
pub(crate) use server::Warming;
pub(crate) use world::World;

use call_core::Machine;
use call_protocol::{DeviceId, User};

/// Which phone, by its number in the world.
pub(crate) type Who = usize;

/// A device: its machine, its browser's microphone and camera, its socket.
pub(crate) struct Phone {
    pub(crate) user: User,
    pub(crate) device: DeviceId,
    pub(crate) machine: Machine,
    pub(crate) devices: Devices,
    /// The number of the open socket.
    pub(crate) link: Option<u32>,
    pub(crate) links: u32,
    /// How many pages it had before this one.
    pub(crate) pages: u32,
    /// Whether the person at it pressed Call or Answer for the present call.
    pub(crate) consents: bool,
    /// Whether what was pressed since names the camera, too.
    pub(crate) names_camera: bool,
}
