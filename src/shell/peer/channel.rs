//! The call's own data channel: its messages as JSON.
//! Never trusts its input: what is too large or not a message of ours is ignored.

use crate::shell::js::{self, get, get_text};
use crate::shell::wire::field;
use call_core::{Microphone, PeerMessage};
use call_protocol::limits;
use js_sys::JSON;

/// A message as it travels; nothing when it would be too large.
pub fn write(message: &PeerMessage) -> Option<String> {
    let wire = match message {
        PeerMessage::Media { microphone, camera_off } => js::object([
            ("type", "media".into()),
            // Whoever does not know the word below knows this one.
            ("muted", (*microphone != Microphone::On).into()),
            ("microphone", word(*microphone).into()),
            ("camera_off", (*camera_off).into()),
        ]),
        PeerMessage::HangUp => js::object([("type", "hang_up".into())]),
        // Who does not know the second word still hears the first.
        PeerMessage::Left => js::object([("type", "hang_up".into()), ("left", true.into())]),
        PeerMessage::Signal(signal) => {
            js::object([("type", "signal".into()), ("signal", js::to_js(signal)?)])
        }
    };
    let text = JSON::stringify(&wire).ok()?.as_string()?;
    (text.len() <= limits::FRAME_BYTES).then_some(text)
}

/// A message that arrived; nothing when it is none of ours.
pub fn read(text: &str) -> Option<PeerMessage> {
    if text.len() > limits::FRAME_BYTES {
        return None;
    }
    let wire = JSON::parse(text).ok()?;
    match get_text(&wire, "type")?.as_str() {
        "media" => {
            let (muted, camera_off) = (get(&wire, "muted").as_bool()?, get(&wire, "camera_off").as_bool()?);
            let silent = if muted { Microphone::Muted } else { Microphone::On };
            let said = get_text(&wire, "microphone");
            let known = [Microphone::On, Microphone::Muted, Microphone::Starting, Microphone::Failing];
            let microphone = known.into_iter().find(|known| said.as_deref() == Some(word(*known)));
            Some(PeerMessage::Media { microphone: microphone.unwrap_or(silent), camera_off })
        }
        "hang_up" if get(&wire, "left").as_bool() == Some(true) => Some(PeerMessage::Left),
        "hang_up" => Some(PeerMessage::HangUp),
        "signal" => Some(PeerMessage::Signal(Box::new(field(&wire, "signal")?))),
        _ => None,
    }
}

/// How a microphone is, as it travels.
const fn word(microphone: Microphone) -> &'static str {
    match microphone {
        Microphone::On => "on",
        Microphone::Muted => "muted",
        Microphone::Starting => "starting",
        Microphone::Failing => "failing",
    }
}
