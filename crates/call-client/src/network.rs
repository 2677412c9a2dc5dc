//! What a session needs from the program that it runs in, beside time and tasks: sockets, HTTP, the device that it is, and
//! word of whatever may have cost the connection ([`Network`]).
//! Never decides anything: when to connect, what to send and what a reply means is the session's.

use crate::platform::Platform;
use call_protocol::{ClientFrame, DeviceId, Json, ServerFrame};
use core::any::Any;
use core::future::Future;
use core::time::Duration;
use serde::Serialize;

/// The way to a server. Cheap to clone; clones are the same surroundings.
pub trait Network: Platform {
    /// A WebSocket of this platform.
    type Socket: WebSocket;
    /// Parsed JSON.
    type Json: Json + 'static;
    /// Watches the surroundings for as long as it lives.
    type Watch: 'static;

    /// Begins to open a socket; nothing where the address is none. Reports later, never inside this call.
    fn open_socket(&self, url: &str, tell: impl Fn(SocketReport) + 'static) -> Option<Self::Socket>;

    /// Asks by HTTP; nothing without a reply in time.
    fn fetch(&self, request: HttpRequest) -> impl Future<Output = Option<Reply<Self::Json>>> + 'static;

    /// A value as JSON text.
    fn to_json<T: Serialize>(&self, value: &T) -> Option<String>;

    /// Which device this is: the one that it was before the program was started anew, if nobody else has it now.
    fn claim_device(&self) -> impl Future<Output = Device> + 'static;

    /// Reports from now on what may concern the connection.
    fn watch(&self, tell: impl Fn(Hint) + 'static) -> Self::Watch;

    /// Whether a person may be looking at this program.
    fn is_visible(&self) -> bool;

    /// Evenly distributed, from 0 to 1.
    fn random(&self) -> f64;
}

/// A WebSocket with the frames of the protocol. Dropping it closes it and ends its reports.
pub trait WebSocket: 'static {
    /// Sends a frame; on a socket that closes it is lost.
    fn send(&self, frame: &ClientFrame);

    /// Closes with a code.
    fn close(&self, code: u16);
}

/// What happened to a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum SocketReport {
    /// It is open.
    Opened,
    /// A frame came; nothing in it if this version cannot read it.
    Frame(Option<Box<ServerFrame>>),
    /// It was closed by the other end, or lost; with the code of RFC 6455, section 7.4.
    Closed(u16),
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// "GET" and so on.
    pub method: &'static str,
    /// Where.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub body: Option<String>,
    /// Whether it must reach the server even if the program ends meanwhile.
    pub lifetime: Lifetime,
    /// After which it is given up.
    pub time_out: Duration,
}

/// Whether a request may be cut off when the program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Of no use without it.
    Program,
    /// Must reach the server all the same (fetch `keepalive`).
    BeyondProgram,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply<J> {
    /// The status code.
    pub status: u16,
    /// The body, `null` for an empty one; nothing if it is no JSON.
    pub body: Option<J>,
}

/// A device of a person, claimed for as long as the value lives.
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// How many programs, such as pages before a reload, had it before.
    pub page: u32,
    /// What it calls itself ("Chromium on Linux").
    pub label: String,
    /// What keeps others from claiming it.
    pub claim: Box<dyn Any>,
}

/// Something that may concern the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// There is a network again: whatever is open may be dead.
    NetworkBack,
    /// Another network is used: what is open may be dead, or go on.
    NetworkChanged,
    /// The network may have changed, or somebody looks at the program again: whatever is open may be dead, and a wait may be over.
    LookAgain,
    /// The program is closed, left, or frozen for later: nobody is there any more.
    Left,
}
