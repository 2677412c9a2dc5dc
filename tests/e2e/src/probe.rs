//! What the probe in the page tells: the state of the hardware, and what media has arrived.

use serde::Deserialize;

const SCRIPT: &str = include_str!("probe.js");

/// The probe's script, with the port of the forwarder if there is one.
pub(crate) fn script(forwarder: Option<u16>) -> String {
    let port = forwarder.map_or_else(|| "null".to_owned(), |port| port.to_string());
    SCRIPT.replace("/* forwarder port */", &port)
}

/// What microphone, camera, network and loudspeaker of a page are doing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hardware {
    /// How each request for microphone or camera went: `granted`, `asked`, or the name of the error.
    pub captures: Vec<String>,
    /// Microphones that are recording.
    pub live_microphones: usize,
    /// Cameras that are recording; each has its light on.
    pub live_cameras: usize,
    /// Microphones that are recording but send silence.
    pub silenced_microphones: usize,
    /// Peer connections that are not closed.
    pub open_peers: usize,
    /// Peer connections ever made.
    pub made_peers: usize,
    /// Live tracks attached to open peer connections.
    pub sending_tracks: usize,
    /// ICE restarts of all peer connections, seen by the change of the user name fragment.
    pub restarts: usize,
    /// WebSockets that are open or opening.
    pub open_sockets: usize,
    /// Sounds that are playing; the voice of the other side is none.
    pub sounds: usize,
}

/// What has come in over a page's open peer connections.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Sighting {
    /// Video frames decoded.
    pub frames: u64,
    /// Width of the frames.
    pub width: u32,
    /// Height of the frames.
    pub height: u32,
    /// Packets of sound received.
    pub audio_packets: u64,
    /// Sound energy received; silence adds nothing.
    pub audio_energy: f64,
    /// Connections that say `connected`.
    pub connected: usize,
    /// The ICE state of each connection.
    pub ices: Vec<String>,
}
