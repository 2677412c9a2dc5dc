//! The kit of the end-to-end tests: real browsers with fake devices, controlled through WebDriver, with the
//! real server. Owns everything that is started for a test and ends it again. Never reaches into the product:
//! it finds controls as a person does, and learns about media from a script that is injected before the product
//! loads.
//!
//! Where to start: `stage` (what a test is given), `person` (somebody at a browser), `names` (the texts of the
//! buttons), `probe` (what the browser is really doing), `forwarder` (a network that can fail).

mod account;
mod balancer;
mod bare;
mod browser;
mod couple;
mod delay;
mod driver;
mod environment;
mod figures;
mod find;
mod folder;
mod foreign;
mod forwarder;
mod lab;
mod late_wire;
mod media;
pub mod names;
mod nat;
mod path_proxy;
mod peerjs;
mod person;
mod probe;
mod process;
mod server;
mod silence;
mod site;
mod stage;
mod wait;
mod web_server;

pub use account::Account;
pub use balancer::Balancer;
pub use bare::BareCouple;
pub use browser::{Autoplay, Browser, Camera, Engine, Equipment, Microphone, Permission, Voice};
pub use couple::{both_are_done, both_call_at_once};
pub use delay::Delay;
pub use environment::Environment;
pub use figures::Figures;
pub use find::Thing;
pub use foreign::{Foreign, Manners};
pub use forwarder::Forwarder;
pub use lab::{Lab, Place, SERVER as LAB_SERVER, Side};
pub use late_wire::LateWire;
pub use media::{both_see_and_hear, hears, hears_silence, nothing_is_left, sees, they_hear_each_other};
pub use nat::{Help, NatLab, Router};
pub use path_proxy::PathProxy;
pub use peerjs::PeerJsCouple;
pub use person::{LOADING, Person};
pub use probe::{Candidates, Hardware, Sighting};
pub use server::{Server, ServerOptions, Shared};
pub use silence::Silence;
pub use site::{Reserved, Site};
pub use stage::{Stage, play, play_with, run_program};
pub use wait::{PATIENCE, until};
pub use web_server::WebServer;
