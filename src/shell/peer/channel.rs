//! The call's own data channel: its messages as JSON.
//! Never trusts its input: what is too large or not a message of ours is ignored.

use crate::shell::js;
use call_core::PeerMessage;
use call_protocol::{Signal, limits};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire {
    Media { muted: bool, camera_off: bool },
    HangUp,
    Signal { signal: Box<Signal> },
}

/// A message as it travels; nothing when it would be too large.
pub fn write(message: &PeerMessage) -> Option<String> {
    let wire = match message.clone() {
        PeerMessage::Media { muted, camera_off } => Wire::Media { muted, camera_off },
        PeerMessage::HangUp => Wire::HangUp,
        PeerMessage::Signal(signal) => Wire::Signal { signal },
    };
    js::to_json(&wire).filter(|text| text.len() <= limits::FRAME_BYTES)
}

/// A message that arrived; nothing when it is none of ours.
pub fn read(text: &str) -> Option<PeerMessage> {
    if text.len() > limits::FRAME_BYTES {
        return None;
    }
    Some(match js::from_json(text)? {
        Wire::Media { muted, camera_off } => PeerMessage::Media { muted, camera_off },
        Wire::HangUp => PeerMessage::HangUp,
        Wire::Signal { signal } => PeerMessage::Signal(signal),
    })
}
