//! A client for one-to-one calls without a browser and without an interface: it drives the machine of [`call_core`]
//! over a few platform traits and reports what is to be shown and what happened.
//!
//! Two clients, one call, in virtual time and memory:
//!
//! ```
//! use call_client::{Milestone, News, memory::World};
//! use call_core::{AnswerWith, CallView, Outcome, UserEvent};
//! use call_protocol::CallType;
//! use std::{cell::RefCell, rc::Rc, time::Duration};
//!
//! let world = World::new();
//! let heard = Rc::new(RefCell::new(Vec::new()));
//! let listen = |name: &'static str| {
//!     let heard = heard.clone();
//!     move |news| match news {
//!         News::Call(call) => heard.borrow_mut().push((name, call.milestone)),
//!         News::View { .. } | News::Over(_) => {} // an interface draws this
//!     }
//! };
//! let ada = world.client("ada", listen("ada"));
//! let ben = world.client("ben", listen("ben"));
//!
//! let conversation_id = world.conversation("ada", "ben");
//! ada.act(UserEvent::Call { conversation_id, peer: world.user("ben"), call_type: CallType::Audio });
//! world.pass(Duration::from_secs(1));
//! assert!(matches!(ben.view(), CallView::Incoming(_)));
//!
//! ben.act(UserEvent::Answer(AnswerWith::Everything));
//! world.pass(Duration::from_secs(5));
//! ada.act(UserEvent::HangUp);
//! world.pass(Duration::from_secs(1));
//!
//! let heard = heard.borrow();
//! let of_ben: Vec<_> = heard.iter().filter(|(name, _)| *name == "ben").map(|(_, what)| what).collect();
//! let ended = Milestone::Ended { outcome: Some(Outcome::HungUpByThem), seconds: Some(4) };
//! assert_eq!(of_ben, [&Milestone::Ringing, &Milestone::Started, &ended]);
//! ```
//!
//! # What a program has to do
//!
//! 1. Implement [`Platform`] (time, tasks, memory), [`Network`] (sockets and HTTP) and [`MediaEngine`] (microphone, camera,
//!    peer connections, sounds), or use those of [`memory`].
//! 2. Make a [`Session`], which keeps the device connected and is the [`Signaling`] of a [`Client`]; hand the client what
//!    the session reports, by [`Client::hear`].
//! 3. Hand on what the person does by [`Client::act`], and show what [`News`] reports.
//!
//! Everything stays on one thread and is shared by `Rc`. A client never blocks; whatever takes time is answered by an
//! event later. Closing a client leaves its call; requests that were begun are still seen through.
//!
//! # Where things are
//!
//! - `platform`: the traits
//! - `client`: holds the machine, carries out its effects and reports its view
//! - `session`: one signed-in device: its socket, whether the other end lives, who listens
//! - `api`: REST · `credentials`: token and device · `network`: the traits that these need
//! - `connection`: how the device stands with its server
//! - `milestones`: what happened to a call, for whoever tells people or other programs
//! - `effects`, `frames`, `log`: effects as orders, frames as events, and both by name for developers
//! - [`memory`]: a platform, a server and an engine for examples and tests

mod api;
mod client;
mod connection;
mod credentials;
mod effects;
mod frames;
mod log;
#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
mod milestones;
mod network;
mod platform;
mod session;

pub use api::{Api, Block, Server};
pub use client::{Client, News};
pub use connection::{ConnectionStatus, SessionEnd, SessionEvent};
pub use credentials::{NoToken, TokenSource};
pub use milestones::{CallNews, Milestone};
pub use network::{Device, Hint, HttpRequest, Lifetime, Network, Reply, SocketReport, WebSocket};
pub use platform::{Departure, Emit, LeftCall, MediaEngine, Platform, Signaling};
pub use session::{Session, Subscription};
