//! Frames of the server, read by their type.
//! Never acts on a frame.

use crate::platform::js::get_text;
use crate::platform::wire::{from_js, unread};
use call_protocol::{ServerFrame, limits};

/// Larger than any frame of ours: a snapshot holds offers.
const MOST_BYTES: usize = 4 * limits::FRAME_BYTES;

/// Reads a frame; nothing when this version does not know it, or when it is no frame at all.
pub fn parse(text: &str) -> Option<ServerFrame> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let frame = js_sys::JSON::parse(text).ok()?;
    let read = from_js(&frame);
    if read.is_none()
        && let Some(kind) = get_text(&frame, "type")
    {
        unread(&["frame \u{201c}", &kind, "\u{201d}"].concat());
    }
    read
}
