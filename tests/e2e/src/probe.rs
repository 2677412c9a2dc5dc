//! What the injected probe reports: the state of the hardware, and which media has arrived. Never controls
//! anything.

use serde::Deserialize;

const SCRIPT: &str = include_str!("probe.js");

/// The probe's script, with the forwarder's port if there is one.
pub(crate) fn script(forwarder: Option<u16>) -> String {
    let port = forwarder.map_or_else(|| "null".to_owned(), |port| port.to_string());
    SCRIPT.replace("/* forwarder port */", &port)
}

/// The state of a page's microphones, cameras, network and loudspeakers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hardware {
    /// The results of each request for microphone or camera: `granted`, `asked`, or the name of the error.
    pub captures: Vec<String>,
    /// Microphones that are recording.
    pub live_microphones: usize,
    /// Cameras that are recording; each has its light on.
    pub live_cameras: usize,
    /// Microphones that are recording but send silence.
    pub silenced_microphones: usize,
    /// Peer connections that are not closed.
    pub open_peers: usize,
    /// Peer connections created so far.
    pub made_peers: usize,
    /// Live tracks attached to open peer connections.
    pub sending_tracks: usize,
    /// ICE restarts of all peer connections, detected by a change of the username fragment.
    pub restarts: usize,
    /// WebSockets that are open or opening.
    pub open_sockets: usize,
    /// Sounds that are playing, without the other side's voice.
    pub sounds: usize,
}

/// The types of the ICE candidates that a page's open connections know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Candidates {
    /// Those of this side.
    pub own: Vec<String>,
    /// Those of the other side.
    pub other: Vec<String>,
    /// The ways in use: the type of this side, the protocol by which it reaches a relay, and the type of the other side.
    pub used: Vec<String>,
}

/// What a page's open peer connections have received.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Sighting {
    /// Video frames decoded.
    pub frames: u64,
    /// Width of the frames.
    pub width: u32,
    /// Height of the frames.
    pub height: u32,
    /// Audio packets received.
    pub audio_packets: u64,
    /// Audio energy received; silence adds nothing.
    pub audio_energy: f64,
    /// Connections in the state `connected`.
    pub connected: usize,
    /// The ICE state of each connection.
    pub ices: Vec<String>,
}
