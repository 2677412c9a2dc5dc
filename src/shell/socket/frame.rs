//! Frames of the server, read by their type.
//! Never acts on a frame.

use crate::shell::js::get_text;
use crate::shell::wire::{FromJs, field, unread};
use call_protocol::{ServerFrame, limits};
use wasm_bindgen::JsValue;

/// Larger than any frame of ours: a snapshot holds offers.
const MOST_BYTES: usize = 4 * limits::FRAME_BYTES;

/// Reads a frame; nothing when this version does not know it, or when it is no frame at all.
pub fn parse(text: &str) -> Option<ServerFrame> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let frame = js_sys::JSON::parse(text).ok()?;
    let kind = get_text(&frame, "type")?;
    let read = read(&kind, &frame);
    if read.is_none() {
        unread(&["frame \u{201c}", &kind, "\u{201d}"].concat());
    }
    read
}

fn read(kind: &str, frame: &JsValue) -> Option<ServerFrame> {
    Some(match kind {
        "welcome" => ServerFrame::Welcome(FromJs::from_js(frame)?),
        "call_ringing" => ServerFrame::CallRinging(FromJs::from_js(frame)?),
        "call_answered" => ServerFrame::CallAnswered(FromJs::from_js(frame)?),
        "call_declined" => ServerFrame::CallDeclined { call: field(frame, "call")? },
        "call_ended" => ServerFrame::CallEnded { call: field(frame, "call")? },
        "signal" => ServerFrame::Signal {
            call_id: field(frame, "call_id")?,
            sender_id: field(frame, "sender_id")?,
            recipient_id: field(frame, "recipient_id")?,
            timestamp: field(frame, "timestamp")?,
            signal_data: field(frame, "signal_data")?,
        },
        "device_ringing" => ServerFrame::DeviceRinging {
            call_id: field(frame, "call_id")?,
            device_id: field(frame, "device_id")?,
            offer_known: field(frame, "offer_known")?,
        },
        "presence" => {
            ServerFrame::Presence { user_id: field(frame, "user_id")?, online: field(frame, "online")? }
        }
        "message" => ServerFrame::Message { message: field(frame, "message")? },
        "contact" => ServerFrame::Contact { contact: field(frame, "contact")? },
        "contact_removed" => ServerFrame::ContactRemoved { user_id: field(frame, "user_id")? },
        "token_expiring" => ServerFrame::TokenExpiring { seconds: field(frame, "seconds")? },
        "ice_servers" => ServerFrame::IceServers { ice_servers: field(frame, "ice_servers")? },
        "alive" => ServerFrame::Alive { answers: field(frame, "answers")? },
        "error" => ServerFrame::Error { error: field(frame, "error")?, call_id: field(frame, "call_id")? },
        _ => return None,
    })
}
